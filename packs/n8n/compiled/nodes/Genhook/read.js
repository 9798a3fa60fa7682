"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.perform = perform;
const http_1 = require("./http");
const inputs_1 = require("./inputs");
const outputs_1 = require("./outputs");
async function perform(context, action, itemIndex) {
    const input = await (0, inputs_1.inputOf)(context, action, itemIndex, {});
    if (action.estimating) {
        const path = `/v1/actions/${action.id}/estimate`;
        const json = await (0, http_1.ask)(context, 'POST', path, { body: { input }, itemIndex });
        return [{ json, pairedItem: { item: itemIndex } }];
    }
    if (action.page) {
        const listed = await list(context, action, input, itemIndex);
        return listed.map((json) => ({ json, pairedItem: { item: itemIndex } }));
    }
    const run = await outcome(context, action, input, itemIndex);
    return await (0, outputs_1.itemsOf)(context, action, run.output, itemIndex);
}
async function outcome(context, action, input, itemIndex) {
    return await (0, http_1.ask)(context, 'POST', `/v1/actions/${action.id}`, {
        body: { input },
        itemIndex,
    });
}
async function list(context, action, input, itemIndex) {
    var _a;
    const wanted = context.getNodeParameter('returnAll', itemIndex, false)
        ? Infinity
        : context.getNodeParameter('limit', itemIndex, 50);
    const { page, size, token, items = '', next = '', largest = 100 } = (_a = action.page) !== null && _a !== void 0 ? _a : {};
    const found = [];
    let number = 1;
    let following;
    do {
        const asked = { ...input };
        const perPage = Math.min(wanted, largest);
        if (page && size) {
            Object.assign(asked, { [page]: number, [size]: perPage });
        }
        else if (token && following) {
            asked[token] = following;
        }
        const { output } = await outcome(context, action, asked, itemIndex);
        const part = (0, outputs_1.find)(output, items)[0];
        found.push(...part);
        number += 1;
        following = next ? (0, outputs_1.find)(output, next)[0] : part.length === perPage;
    } while (following && found.length < wanted);
    return found.slice(0, wanted === Infinity ? undefined : wanted);
}
