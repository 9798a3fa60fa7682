"use strict";
var _a, _b;
Object.defineProperty(exports, "__esModule", { value: true });
exports.commonProperties = void 0;
const actions_1 = require("./generated/actions");
function shownFor(wanted) {
    const keys = Object.keys(actions_1.actions).filter((key) => wanted(actions_1.actions[key]));
    const resource = [...new Set(keys.map((key) => key.split('.')[0]))];
    const operation = [...new Set(keys.map((key) => key.split('.')[1]))];
    return { show: { resource, operation } };
}
const generates = shownFor((action) => action.kind === 'generate');
exports.commonProperties = [
    {
        displayName: 'Return All',
        name: 'returnAll',
        type: 'boolean',
        displayOptions: shownFor((action) => action.page !== undefined),
        default: false,
        description: 'Whether to return all results or only up to a given limit',
    },
    {
        displayName: 'Limit',
        name: 'limit',
        type: 'number',
        typeOptions: { minValue: 1 },
        displayOptions: {
            show: { ...(_a = shownFor((action) => action.page !== undefined)) === null || _a === void 0 ? void 0 : _a.show, returnAll: [false] },
        },
        default: 50,
        description: 'Max number of results to return',
    },
    {
        displayName: 'Return All',
        name: 'returnAll',
        type: 'boolean',
        displayOptions: { show: { resource: ['run'], operation: ['getAll'] } },
        default: false,
        description: 'Whether to return all results or only up to a given limit',
    },
    {
        displayName: 'Limit',
        name: 'limit',
        type: 'number',
        typeOptions: { minValue: 1 },
        displayOptions: { show: { resource: ['run'], operation: ['getAll'], returnAll: [false] } },
        default: 50,
        description: 'Max number of results to return',
    },
    {
        displayName: 'Wait for Result',
        name: 'wait',
        type: 'options',
        displayOptions: generates,
        options: [
            {
                name: 'Callback',
                value: 'callback',
                description: 'The execution sleeps until the service calls back. The service must reach this n8n.',
            },
            { name: 'Poll', value: 'poll', description: 'The node asks every few seconds' },
            {
                name: 'Return Immediately',
                value: 'none',
                description: 'The node puts out the queued run',
            },
        ],
        default: 'callback',
        description: 'How to wait until everything is made',
    },
    {
        displayName: 'Simplify',
        name: 'simplify',
        type: 'boolean',
        displayOptions: shownFor((action) => action.page === undefined && action.summary !== undefined),
        default: true,
        description: 'Whether to return a simplified version of the response instead of the raw data',
    },
    {
        displayName: 'Download Files',
        name: 'downloadFiles',
        type: 'boolean',
        displayOptions: shownFor((action) => action.page === undefined && action.files !== undefined),
        default: false,
        description: 'Whether to put the files that were made out as binary data',
    },
    {
        displayName: 'Put Output File in Field',
        name: 'binaryProperty',
        type: 'string',
        displayOptions: {
            show: {
                ...(_b = shownFor((action) => action.page === undefined && action.files !== undefined)) === null || _b === void 0 ? void 0 : _b.show,
                downloadFiles: [true],
            },
        },
        default: 'data',
        required: true,
        hint: 'The name of the output binary field to put the file in; further files get _1, _2 and so on',
    },
    {
        displayName: 'Options',
        name: 'options',
        type: 'collection',
        placeholder: 'Add Option',
        default: {},
        displayOptions: generates,
        options: [
            {
                displayName: 'Connection',
                name: 'connection',
                type: 'options',
                options: [
                    { name: 'Flixly', value: 'flixly' },
                    { name: 'Flokan', value: 'flokan' },
                    { name: 'Generor', value: 'generor' },
                    { name: 'Local', value: 'local' },
                ],
                default: 'local',
                description: 'Where it runs: at the service itself, or at a hosted original whose key it holds',
            },
            {
                displayName: 'Idempotency',
                name: 'idempotency',
                type: 'options',
                options: [
                    {
                        name: 'Force New',
                        value: 'none',
                        description: 'Every try is a new run, and is paid for',
                    },
                    {
                        name: 'Once per Execution',
                        value: 'execution',
                        description: 'A retry of this node finds the run of the first try',
                    },
                    {
                        name: 'Reuse Result Across Executions',
                        value: 'own',
                        description: 'The same key gives the same run for 24 hours',
                    },
                ],
                default: 'execution',
                description: 'What a repeated request gives',
            },
            {
                displayName: 'Idempotency Key',
                name: 'idempotencyKey',
                type: 'string',
                displayOptions: { show: { idempotency: ['own'] } },
                default: '',
                description: 'Such as the ID of the record that it is made for',
            },
            {
                displayName: 'Max Credits',
                name: 'maxCredits',
                type: 'number',
                typeOptions: { minValue: 0 },
                default: 100,
                description: 'Refuse, at no cost, where the estimate is higher',
            },
            {
                displayName: 'Wait Limit (Minutes)',
                name: 'waitLimit',
                type: 'number',
                typeOptions: { minValue: 1 },
                default: 1440,
                description: 'Fail the node when nothing has come back by then; the runs go on',
            },
        ],
    },
];
