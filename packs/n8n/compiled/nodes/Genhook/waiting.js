"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.memoryOf = memoryOf;
exports.canPark = canPark;
exports.park = park;
exports.poll = poll;
exports.allEnded = allEnded;
exports.resume = resume;
exports.refused = refused;
const n8n_workflow_1 = require("n8n-workflow");
const http_1 = require("./http");
const signature_1 = require("./signature");
const types_1 = require("./types");
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10000;
function memoryOf(context) {
    var _a;
    const entry = context.getExecuteData();
    (_a = entry.metadata) !== null && _a !== void 0 ? _a : (entry.metadata = {});
    return entry.metadata;
}
function canPark(context) {
    return 'runExecutionData' in context && !context.getNode().type.endsWith('Tool');
}
async function park(context, batch, limitMs) {
    const memory = memoryOf(context);
    memory.genhook = batch;
    memory.resumeError = {
        name: 'NodeOperationError',
        message: `Timed out: no callback within ${Math.round(limitMs / 60000)} minutes`,
        description: `The runs go on at the service, and may still be charged: GET /v1/runs?group=${batch.group}`,
    };
    await context.putExecutionToWait(new Date(Date.now() + limitMs));
}
async function poll(context, batch, limitMs) {
    const deadline = Date.now() + limitMs;
    let pause = FIRST_PAUSE_MS;
    for (;;) {
        if (allEnded(batch.slots, await (0, http_1.runsOf)(context, batch.group))) {
            return;
        }
        if (Date.now() + pause > deadline) {
            throw new n8n_workflow_1.NodeOperationError(context.getNode(), `Timed out after ${Math.round(limitMs / 60000)} minutes`, {
                description: `The runs go on at the service, and may still be charged: GET /v1/runs?group=${batch.group}`,
            });
        }
        await (0, n8n_workflow_1.sleep)(pause);
        pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS);
    }
}
function allEnded(slots, runs) {
    return slots.every((slot) => {
        const run = 'run' in slot ? runs.get(slot.run) : undefined;
        return 'error' in slot || (run !== undefined && (0, types_1.hasEnded)(run));
    });
}
async function resume(context) {
    const event = await (0, signature_1.signedEvent)(context);
    if (event === undefined) {
        return refused(context, 401, "The signature is not the account's.");
    }
    const entry = entryOf(context);
    const memory = entry === null || entry === void 0 ? void 0 : entry.metadata;
    const batch = memory === null || memory === void 0 ? void 0 : memory.genhook;
    if (!entry ||
        !batch ||
        event.data.account !== batch.account ||
        event.data.group !== batch.group) {
        return refused(context, 403, 'This execution waits for other runs.');
    }
    try {
        if (!allEnded(batch.slots, await (0, http_1.runsOf)(context, batch.group))) {
            return { webhookResponse: 'Waiting for the other runs of the group.' };
        }
    }
    catch (error) {
        return refused(context, 409, `The runs can't be read now: ${error.message}`);
    }
    batch.ended = true;
    delete memory.resumeError;
    entry.node.disabled = false;
    return { webhookResponse: 'Resumed.', workflowData: entry.data.main.map((items) => items !== null && items !== void 0 ? items : []) };
}
function entryOf(context) {
    var _a;
    const { runExecutionData } = context;
    return (_a = runExecutionData === null || runExecutionData === void 0 ? void 0 : runExecutionData.executionData) === null || _a === void 0 ? void 0 : _a.nodeExecutionStack[0];
}
function refused(context, status, message) {
    const body = { message };
    context.getResponseObject().status(status).json(body);
    return { noWebhookResponse: true };
}
