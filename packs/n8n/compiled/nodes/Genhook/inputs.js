"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.inputOf = inputOf;
exports.upload = upload;
const n8n_workflow_1 = require("n8n-workflow");
const http_1 = require("./http");
async function inputOf(context, action, itemIndex, uploads) {
    const added = context.getNodeParameter('additionalFields', itemIndex, {});
    const input = {};
    for (const [name, field] of Object.entries(action.fields)) {
        if (field.when && !field.when.in.includes(input[field.when.field])) {
            continue;
        }
        const given = field.added ? added[name] : context.getNodeParameter(name, itemIndex, undefined);
        const value = typed(context, name, field, given, itemIndex);
        if (isFilled(value) || (field.required && value !== undefined)) {
            input[name] = field.media ? await withUploads(context, value, itemIndex, uploads) : value;
        }
    }
    return input;
}
function isFilled(value) {
    return (value !== undefined &&
        value !== null &&
        value !== '' &&
        !(Array.isArray(value) && value.length === 0));
}
function typed(context, name, field, given, itemIndex) {
    var _a;
    switch (field.kind) {
        case 'locator': {
            const chosen = given && typeof given === 'object' ? given.value : given;
            return (field.numeric && isFilled(chosen) ? Number(chosen) : chosen);
        }
        case 'mapper': {
            const filled = Object.entries((_a = given === null || given === void 0 ? void 0 : given.value) !== null && _a !== void 0 ? _a : {});
            const kept = filled.filter(([, value]) => isFilled(value));
            return kept.length > 0 ? Object.fromEntries(kept) : undefined;
        }
        case 'texts':
        case 'choices':
            return (isFilled(given) && !Array.isArray(given) ? [given] : given);
        case 'json':
            return parsed(context, name, given, itemIndex);
        default:
            return given;
    }
}
function parsed(context, name, given, itemIndex) {
    if (typeof given !== 'string') {
        return given;
    }
    try {
        const value = JSON.parse(given);
        return Object.keys(value !== null && value !== void 0 ? value : {}).length > 0 ? value : undefined;
    }
    catch (error) {
        throw new n8n_workflow_1.NodeOperationError(context.getNode(), `${name} is not valid JSON`, {
            itemIndex,
            description: error.message,
        });
    }
}
async function withUploads(context, value, itemIndex, uploads) {
    var _a, _b;
    if (Array.isArray(value)) {
        const urls = [];
        for (const part of value) {
            urls.push((await withUploads(context, part, itemIndex, uploads)));
        }
        return urls;
    }
    const text = String(value);
    const binary = (_a = context.getInputData()[itemIndex].binary) !== null && _a !== void 0 ? _a : {};
    if (!(text in binary)) {
        return text;
    }
    const place = `${itemIndex}/${text}`;
    (_b = uploads[place]) !== null && _b !== void 0 ? _b : (uploads[place] = await upload(context, itemIndex, text));
    return uploads[place];
}
async function upload(context, itemIndex, property) {
    var _a;
    const described = context.helpers.assertBinaryData(itemIndex, property);
    const bytes = await context.helpers.getBinaryDataBuffer(itemIndex, property);
    const form = new FormData();
    const file = new Blob([new Uint8Array(bytes)], { type: described.mimeType });
    form.append('file', file, (_a = described.fileName) !== null && _a !== void 0 ? _a : property);
    const answer = await (0, http_1.ask)(context, 'POST', '/v1/files', {
        body: form,
        itemIndex,
    });
    return answer.url;
}
