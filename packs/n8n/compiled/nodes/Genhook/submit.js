"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.groupOf = groupOf;
exports.submitAll = submitAll;
const crypto_1 = require("crypto");
const n8n_workflow_1 = require("n8n-workflow");
const http_1 = require("./http");
const inputs_1 = require("./inputs");
function groupOf(context) {
    const run = String(context.evaluateExpression('{{ $runIndex }}', 0));
    return ['n8n', context.getWorkflow().id, context.getExecutionId(), context.getNode().id, run]
        .join(':')
        .slice(0, 255);
}
async function submitAll(context, action, items, callbackUrl, uploads) {
    const done = { slots: [], runs: new Map() };
    for (let itemIndex = 0; itemIndex < items.length; itemIndex++) {
        try {
            const input = await (0, inputs_1.inputOf)(context, action, itemIndex, uploads);
            const run = await submit(context, action, itemIndex, input, done.refused ? undefined : callbackUrl, done);
            done.slots.push({ run: run.id });
            done.runs.set(run.id, run);
        }
        catch (error) {
            if (!context.continueOnFail()) {
                throw error instanceof n8n_workflow_1.NodeApiError
                    ? error
                    : new n8n_workflow_1.NodeOperationError(context.getNode(), error, { itemIndex });
            }
            done.slots.push({ error: error.message });
        }
    }
    return done;
}
async function submit(context, action, itemIndex, input, callbackUrl, done) {
    const options = context.getNodeParameter('options', itemIndex, {});
    const compared = { input };
    if (options.connection && options.connection !== 'local') {
        compared.connection = options.connection;
    }
    if (options.maxCredits !== undefined) {
        compared.max_credits = options.maxCredits;
    }
    const key = idempotencyKey(context, action, itemIndex, compared, options);
    const body = {
        ...compared,
        group: groupOf(context),
        metadata: { n8n: { item: itemIndex } },
    };
    const asked = { headers: key === undefined ? undefined : { 'Idempotency-Key': key }, itemIndex };
    const path = `/v1/actions/${action.id}`;
    if (callbackUrl === undefined) {
        return await (0, http_1.ask)(context, 'POST', path, { ...asked, body });
    }
    try {
        return await (0, http_1.ask)(context, 'POST', path, {
            ...asked,
            body: { ...body, callback_url: callbackUrl },
        });
    }
    catch (error) {
        if ((0, http_1.isProblem)(error, 'address-refused')) {
            done.refused = `${await (0, http_1.baseUrl)(context)} can't call ${new URL(callbackUrl).origin}: ${error.message}`;
            return await (0, http_1.ask)(context, 'POST', path, { ...asked, body });
        }
        throw error instanceof n8n_workflow_1.NodeApiError
            ? error
            : new n8n_workflow_1.NodeOperationError(context.getNode(), error, { itemIndex });
    }
}
function idempotencyKey(context, action, itemIndex, compared, options) {
    if (options.idempotency === 'none') {
        return undefined;
    }
    const hash = (0, crypto_1.createHash)('sha256')
        .update(JSON.stringify([action.id, compared]))
        .digest('hex');
    if (options.idempotency === 'own') {
        if (!options.idempotencyKey) {
            throw new n8n_workflow_1.NodeOperationError(context.getNode(), 'Reuse Result Across Executions needs an idempotency key', {
                itemIndex,
            });
        }
        return String(options.idempotencyKey);
    }
    return `${groupOf(context).slice(0, 170)}:${itemIndex}:${hash}`;
}
