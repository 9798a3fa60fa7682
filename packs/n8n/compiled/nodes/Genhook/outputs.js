"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.find = find;
exports.itemOf = itemOf;
exports.itemsOf = itemsOf;
const http_1 = require("./http");
function find(value, pointer) {
    let found = [value];
    for (const part of pointer.split('/').slice(1)) {
        found = found.flatMap((each) => {
            if (part === '*') {
                return Array.isArray(each) ? each : [];
            }
            const inner = each && typeof each === 'object' ? each[part] : undefined;
            return inner === undefined || inner === null ? [] : [inner];
        });
    }
    return found;
}
function picked(output, names) {
    return Object.fromEntries(names.filter((name) => name in output).map((name) => [name, output[name]]));
}
async function itemOf(context, action, run, itemIndex) {
    var _a, _b;
    const simplify = context.getNodeParameter('simplify', itemIndex, true);
    const output = (_a = run.output) !== null && _a !== void 0 ? _a : {};
    const short = { ...picked(output, (_b = action.summary) !== null && _b !== void 0 ? _b : Object.keys(output)), run_id: run.id };
    const item = {
        json: simplify ? short : run,
        pairedItem: { item: itemIndex },
    };
    const binary = await filesOf(context, action, output, itemIndex);
    return binary === undefined ? item : { ...item, binary };
}
async function itemsOf(context, action, output, itemIndex) {
    const pairedItem = { item: itemIndex };
    if (Array.isArray(output)) {
        return output.map((json) => ({ json, pairedItem }));
    }
    const simplify = context.getNodeParameter('simplify', itemIndex, true);
    const whole = (output !== null && output !== void 0 ? output : {});
    const item = { json: whole, pairedItem };
    if (simplify && action.deletes) {
        item.json = { deleted: true };
    }
    else if (simplify && action.summary) {
        item.json = picked(whole, action.summary);
    }
    const binary = await filesOf(context, action, whole, itemIndex);
    return [binary === undefined ? item : { ...item, binary }];
}
async function filesOf(context, action, output, itemIndex) {
    var _a, _b;
    if (!action.files || !context.getNodeParameter('downloadFiles', itemIndex, false)) {
        return undefined;
    }
    const property = context.getNodeParameter('binaryProperty', itemIndex, 'data');
    const urls = action.files.flatMap((pointer) => find(output, pointer));
    const binary = {};
    for (const [index, url] of urls.entries()) {
        const answer = await (0, http_1.download)(context, url);
        const name = decodeURIComponent((_a = new URL(url, 'http://relative').pathname.split('/').pop()) !== null && _a !== void 0 ? _a : '');
        const type = String((_b = answer.headers['content-type']) !== null && _b !== void 0 ? _b : '').split(';')[0];
        binary[index === 0 ? property : `${property}_${index}`] =
            await context.helpers.prepareBinaryData(answer.body, name, type || undefined);
    }
    return binary;
}
