"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.runProperties = void 0;
exports.steer = steer;
const http_1 = require("./http");
const show = (operations) => ({ show: { resource: ['run'], operation: operations } });
exports.runProperties = [
    {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        displayOptions: { show: { resource: ['run'] } },
        options: [
            {
                name: 'Cancel',
                value: 'cancel',
                description: 'End a run; what was sent to a provider may be charged, and the run goes on until it was asked to stop',
                action: 'Cancel a run',
            },
            { name: 'Get', value: 'get', description: 'Retrieve a run', action: 'Get a run' },
            {
                name: 'Get Many',
                value: 'getAll',
                description: 'Retrieve a list of runs',
                action: 'Get many runs',
            },
        ],
        default: 'get',
    },
    {
        displayName: 'Run ID',
        name: 'runId',
        type: 'string',
        displayOptions: show(['cancel', 'get']),
        default: '',
        required: true,
        placeholder: 'run_…',
    },
    {
        displayName: 'Filters',
        name: 'filters',
        type: 'collection',
        placeholder: 'Add Filter',
        default: {},
        displayOptions: show(['getAll']),
        options: [
            {
                displayName: 'Action',
                name: 'action',
                type: 'string',
                default: '',
                description: "The action's ID",
            },
            { displayName: 'Group', name: 'group', type: 'string', default: '' },
            {
                displayName: 'Status',
                name: 'status',
                type: 'options',
                options: ['Canceled', 'Completed', 'Failed', 'Queued', 'Running'].map((name) => ({
                    name,
                    value: name.toLowerCase(),
                })),
                default: 'completed',
            },
        ],
    },
];
async function steer(context, operation, itemIndex) {
    const pairedItem = { item: itemIndex };
    if (operation === 'getAll') {
        return (await many(context, itemIndex)).map((json) => ({ json, pairedItem }));
    }
    const id = encodeURIComponent(context.getNodeParameter('runId', itemIndex));
    const json = operation === 'cancel'
        ? await (0, http_1.ask)(context, 'POST', `/v1/runs/${id}/cancel`, { itemIndex })
        : await (0, http_1.ask)(context, 'GET', `/v1/runs/${id}`, { itemIndex });
    return [{ json, pairedItem }];
}
async function many(context, itemIndex) {
    const filters = context.getNodeParameter('filters', itemIndex, {});
    const limit = context.getNodeParameter('returnAll', itemIndex, false)
        ? Infinity
        : context.getNodeParameter('limit', itemIndex, 50);
    const found = [];
    let cursor = null;
    do {
        const qs = { ...filters, limit: Math.min(100, limit - found.length) };
        if (cursor !== null) {
            qs.cursor = cursor;
        }
        const page = await (0, http_1.ask)(context, 'GET', '/v1/runs', { qs, itemIndex });
        found.push(...page.data);
        cursor = page.next_cursor;
    } while (cursor !== null && found.length < limit);
    return found;
}
