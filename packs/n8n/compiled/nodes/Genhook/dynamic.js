"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.resourceMapping = exports.listSearch = void 0;
const actions_1 = require("./generated/actions");
const dynamic_1 = require("./generated/dynamic");
const http_1 = require("./http");
function current(context) {
    const { resource, operation } = context.getCurrentNodeParameters();
    return actions_1.actions[`${String(resource)}.${String(operation)}`];
}
function filledIn(context, action) {
    var _a, _b;
    const shown = ((_a = context.getCurrentNodeParameters()) !== null && _a !== void 0 ? _a : {});
    const input = {};
    for (const [name, field] of Object.entries(action.fields)) {
        const given = field.added
            ? (_b = shown.additionalFields) === null || _b === void 0 ? void 0 : _b[name]
            : shown[name];
        const value = given && typeof given === 'object' ? given.value : given;
        if (['string', 'number', 'boolean'].includes(typeof value) &&
            value !== '' &&
            field.kind !== 'mapper') {
            input[name] = field.numeric ? Number(value) : value;
        }
    }
    return input;
}
const searching = (field) => async function (filter, token) {
    var _a;
    const action = current(this);
    const body = { field, input: filledIn(this, action) };
    if (filter) {
        body.search = filter;
    }
    if (token) {
        body.cursor = token;
    }
    const path = `/v1/actions/${action.id}/fields`;
    const answer = await (0, http_1.ask)(this, 'POST', path, { body });
    return {
        results: answer.options.map(({ value, label }) => ({ name: label, value })),
        paginationToken: (_a = answer.next_cursor) !== null && _a !== void 0 ? _a : undefined,
    };
};
const mapping = (field) => async function () {
    var _a;
    const action = current(this);
    const path = `/v1/actions/${action.id}/fields`;
    const body = { field, input: filledIn(this, action) };
    const { schema } = await (0, http_1.ask)(this, 'POST', path, { body });
    const parameters = Object.entries((_a = schema === null || schema === void 0 ? void 0 : schema.properties) !== null && _a !== void 0 ? _a : {});
    return { fields: parameters.map(([id, parameter]) => mapped(id, parameter)) };
};
function mapped(id, parameter) {
    var _a, _b, _c;
    const type = parameter.enum
        ? 'options'
        : parameter.type === 'number'
            ? 'number'
            : 'string';
    return {
        id,
        displayName: (_a = parameter.title) !== null && _a !== void 0 ? _a : id,
        required: false,
        defaultMatch: false,
        display: true,
        type,
        options: (_b = parameter.enum) === null || _b === void 0 ? void 0 : _b.map((value, at) => {
            var _a, _b;
            return ({
                name: (_b = (_a = parameter['x-labels']) === null || _a === void 0 ? void 0 : _a[at]) !== null && _b !== void 0 ? _b : value,
                value,
            });
        }),
        defaultValue: ((_c = parameter.default) !== null && _c !== void 0 ? _c : null),
    };
}
exports.listSearch = Object.fromEntries(dynamic_1.locators.map((name) => [`search_${name}`, searching(name)]));
exports.resourceMapping = Object.fromEntries(dynamic_1.mappers.map((name) => [`fields_${name}`, mapping(name)]));
