"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.CREDENTIAL = void 0;
exports.baseUrl = baseUrl;
exports.ask = ask;
exports.isProblem = isProblem;
exports.runsOf = runsOf;
exports.download = download;
const n8n_workflow_1 = require("n8n-workflow");
exports.CREDENTIAL = 'genhookApi';
const PAGE = 100;
async function baseUrl(context) {
    const credentials = await context.getCredentials(exports.CREDENTIAL);
    return String(credentials.baseUrl).replace(/\/+$/, '');
}
async function ask(context, method, path, asked = {}) {
    const options = {
        method,
        url: `${await baseUrl(context)}${path}`,
        body: asked.body,
        qs: asked.qs,
        headers: asked.headers,
        json: true,
        returnFullResponse: true,
        ignoreHttpStatusErrors: true,
    };
    let response;
    try {
        response = (await context.helpers.httpRequestWithAuthentication.call(context, exports.CREDENTIAL, options));
    }
    catch (error) {
        throw new n8n_workflow_1.NodeApiError(context.getNode(), error, { itemIndex: asked.itemIndex });
    }
    if (response.statusCode >= 400) {
        throw refusal(context, response, asked.itemIndex);
    }
    return response.body;
}
function refusal(context, response, itemIndex) {
    var _a, _b, _c, _d;
    const body = response.body;
    const problem = (typeof body === 'object' && body !== null ? body : {});
    const details = ((_a = problem.errors) !== null && _a !== void 0 ? _a : []).map(({ pointer, message }) => `${pointer}: ${message}`);
    const message = (_c = (_b = problem.detail) !== null && _b !== void 0 ? _b : problem.title) !== null && _c !== void 0 ? _c : `Genhook answered ${response.statusCode}.`;
    const error = new n8n_workflow_1.NodeApiError(context.getNode(), problem, {
        message,
        description: details.join('\n') || problem.title,
        httpCode: String(response.statusCode),
        itemIndex,
    });
    error.context.problem = (_d = problem.type) !== null && _d !== void 0 ? _d : '';
    return error;
}
function isProblem(error, code) {
    return error instanceof n8n_workflow_1.NodeApiError && String(error.context.problem).endsWith(`/${code}`);
}
async function runsOf(context, group, more = {}) {
    const found = new Map();
    let cursor = null;
    do {
        const qs = { group, limit: PAGE, ...more, ...(cursor === null ? {} : { cursor }) };
        const page = await ask(context, 'GET', '/v1/runs', { qs });
        page.data.forEach((run) => found.set(run.id, run));
        cursor = page.next_cursor;
    } while (cursor !== null);
    return found;
}
async function download(context, url) {
    const base = await baseUrl(context);
    const absolute = new URL(url, `${base}/`);
    const options = {
        method: 'GET',
        url: absolute.toString(),
        encoding: 'stream',
        returnFullResponse: true,
    };
    const own = absolute.origin === new URL(base).origin;
    const answer = own
        ? await context.helpers.httpRequestWithAuthentication.call(context, exports.CREDENTIAL, options)
        : await context.helpers.httpRequest(options);
    return answer;
}
