"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.GenhookApi = void 0;
class GenhookApi {
    constructor() {
        this.name = 'genhookApi';
        this.displayName = 'Genhook API';
        this.icon = { light: 'file:../icons/genhook.svg', dark: 'file:../icons/genhook.dark.svg' };
        this.properties = [
            {
                displayName: 'Base URL',
                name: 'baseUrl',
                type: 'string',
                default: 'http://127.0.0.1:8000',
                required: true,
                description: 'Where Genhook answers',
            },
            {
                displayName: 'API Key',
                name: 'apiKey',
                type: 'string',
                typeOptions: { password: true },
                default: '',
                required: true,
                description: 'A key of any of the three APIs; what it may do follows from its scopes',
            },
            {
                displayName: 'Signing Secret',
                name: 'signingSecret',
                type: 'string',
                typeOptions: { password: true },
                default: '',
                placeholder: 'whsec_…',
                description: "The account's callback secret. Needed to wait for callbacks and by the trigger; without it results are polled for.",
            },
        ];
        this.authenticate = {
            type: 'generic',
            properties: { headers: { Authorization: '=Bearer {{$credentials.apiKey}}' } },
        };
        this.test = {
            request: { baseURL: '={{$credentials.baseUrl}}', url: '/v1/runs', qs: { limit: 1 } },
        };
    }
}
exports.GenhookApi = GenhookApi;
