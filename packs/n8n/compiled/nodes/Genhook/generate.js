"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.generate = generate;
const n8n_workflow_1 = require("n8n-workflow");
const http_1 = require("./http");
const outputs_1 = require("./outputs");
const submit_1 = require("./submit");
const waiting_1 = require("./waiting");
const MINUTE_MS = 60000;
const WITH_OUTPUT = { include: 'output' };
async function generate(context, action) {
    var _a, _b, _c;
    const items = context.getInputData();
    const memory = (0, waiting_1.memoryOf)(context);
    if ((_a = memory.genhook) === null || _a === void 0 ? void 0 : _a.ended) {
        return await results(context, action, memory.genhook.slots, await (0, http_1.runsOf)(context, memory.genhook.group, WITH_OUTPUT));
    }
    const wait = context.getNodeParameter('wait', 0, 'callback');
    const callbackUrl = wait === 'callback' ? await resumeUrl(context) : undefined;
    const uploads = ((_b = memory.genhookUploads) !== null && _b !== void 0 ? _b : (memory.genhookUploads = {}));
    const { slots, runs, refused } = await (0, submit_1.submitAll)(context, action, items, callbackUrl, uploads);
    if (refused) {
        context.addExecutionHints({
            message: `Polled in place of callbacks. ${refused}`,
            type: 'warning',
            location: 'outputPane',
        });
    }
    if (wait === 'none') {
        return shown(slots, runs);
    }
    if ((0, waiting_1.allEnded)(slots, runs)) {
        return await results(context, action, slots, runs);
    }
    const options = context.getNodeParameter('options', 0, {});
    const limit = Number((_c = options.waitLimit) !== null && _c !== void 0 ? _c : 1440) * MINUTE_MS;
    const account = [...runs.values()][0].account;
    const batch = { group: (0, submit_1.groupOf)(context), account, slots };
    if (callbackUrl === undefined || refused) {
        await (0, waiting_1.poll)(context, batch, limit);
        return await results(context, action, slots, await (0, http_1.runsOf)(context, batch.group, WITH_OUTPUT));
    }
    await (0, waiting_1.park)(context, batch, limit);
    return shown(slots, runs);
}
async function resumeUrl(context) {
    const { signingSecret } = await context.getCredentials('genhookApi');
    if (signingSecret && (0, waiting_1.canPark)(context)) {
        return String(context.evaluateExpression('{{ $execution.resumeUrl }}', 0));
    }
    const message = signingSecret
        ? 'Polled in place of callbacks: n8n does not let this node sleep here.'
        : 'Polled in place of callbacks: the credential has no signing secret to verify them with.';
    context.addExecutionHints({ message, type: 'warning', location: 'outputPane' });
    return undefined;
}
async function results(context, action, slots, runs) {
    const out = [];
    for (const [itemIndex, slot] of slots.entries()) {
        const run = 'run' in slot ? runs.get(slot.run) : undefined;
        if ((run === null || run === void 0 ? void 0 : run.status) === 'completed') {
            out.push(await (0, outputs_1.itemOf)(context, action, run, itemIndex));
            continue;
        }
        const error = 'error' in slot
            ? new n8n_workflow_1.NodeApiError(context.getNode(), {}, { message: slot.error, itemIndex })
            : failure(context, run, itemIndex);
        if (!context.continueOnFail()) {
            throw error;
        }
        out.push({ json: { error: error.message }, error, pairedItem: { item: itemIndex } });
    }
    return out;
}
function failure(context, run, itemIndex) {
    var _a, _b, _c, _d, _e, _f;
    const message = (_b = (_a = run === null || run === void 0 ? void 0 : run.error) === null || _a === void 0 ? void 0 : _a.message) !== null && _b !== void 0 ? _b : `The run was ${(_c = run === null || run === void 0 ? void 0 : run.status) !== null && _c !== void 0 ? _c : 'lost'}.`;
    return new n8n_workflow_1.NodeApiError(context.getNode(), ((_d = run === null || run === void 0 ? void 0 : run.error) !== null && _d !== void 0 ? _d : {}), {
        message,
        description: run ? `${(_f = (_e = run.error) === null || _e === void 0 ? void 0 : _e.code) !== null && _f !== void 0 ? _f : run.status}, run ${run.id}` : undefined,
        httpCode: (run === null || run === void 0 ? void 0 : run.error) ? String(run.error.status) : undefined,
        itemIndex,
    });
}
function shown(slots, runs) {
    return slots.map((slot, item) => {
        var _a;
        return ({
            json: 'run' in slot ? ((_a = runs.get(slot.run)) !== null && _a !== void 0 ? _a : {}) : { error: slot.error },
            pairedItem: { item },
        });
    });
}
