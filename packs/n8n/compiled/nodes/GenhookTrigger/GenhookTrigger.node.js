"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.GenhookTrigger = void 0;
const n8n_workflow_1 = require("n8n-workflow");
const subscribable_1 = require("../Genhook/generated/subscribable");
const http_1 = require("../Genhook/http");
const signature_1 = require("../Genhook/signature");
const waiting_1 = require("../Genhook/waiting");
class GenhookTrigger {
    constructor() {
        this.description = {
            displayName: 'Genhook Trigger',
            name: 'genhookTrigger',
            icon: { light: 'file:../../icons/genhook.svg', dark: 'file:../../icons/genhook.dark.svg' },
            group: ['trigger'],
            version: 1,
            subtitle: '={{ $parameter["events"].join(", ") }}',
            description: 'Starts the workflow when runs start, go on, complete, fail or are canceled',
            defaults: { name: 'Genhook Trigger' },
            inputs: [],
            outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
            credentials: [{ name: 'genhookApi', required: true }],
            webhooks: [
                { name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'genhook' },
            ],
            properties: [
                {
                    displayName: 'Events',
                    name: 'events',
                    type: 'multiOptions',
                    options: [
                        { name: 'Run Canceled', value: 'run.canceled' },
                        { name: 'Run Completed', value: 'run.completed' },
                        { name: 'Run Failed', value: 'run.failed' },
                        { name: 'Run Progress', value: 'run.progress' },
                        { name: 'Run Started', value: 'run.started' },
                    ],
                    default: ['run.completed', 'run.failed'],
                    required: true,
                    description: 'What to hear of',
                },
                {
                    displayName: 'Actions',
                    name: 'actions',
                    type: 'multiOptions',
                    options: subscribable_1.subscribable,
                    default: [],
                    description: 'Which actions to hear of; none means every generation',
                },
                {
                    displayName: 'Simplify',
                    name: 'simplify',
                    type: 'boolean',
                    default: false,
                    description: 'Whether to return a simplified version of the response instead of the raw data',
                },
            ],
        };
        this.webhookMethods = {
            default: {
                async checkExists() {
                    const { subscriptionId } = this.getWorkflowStaticData('node');
                    const { data } = await (0, http_1.ask)(this, 'GET', '/v1/subscriptions');
                    const url = this.getNodeWebhookUrl('default');
                    return data.some(({ id, target_url, status }) => id === subscriptionId && target_url === url && status === 'active');
                },
                async create() {
                    const body = {
                        target_url: this.getNodeWebhookUrl('default'),
                        events: this.getNodeParameter('events'),
                        actions: this.getNodeParameter('actions'),
                    };
                    const made = await (0, http_1.ask)(this, 'POST', '/v1/subscriptions', { body });
                    this.getWorkflowStaticData('node').subscriptionId = made.id;
                    return true;
                },
                async delete() {
                    const kept = this.getWorkflowStaticData('node');
                    if (kept.subscriptionId === undefined) {
                        return true;
                    }
                    try {
                        await (0, http_1.ask)(this, 'DELETE', `/v1/subscriptions/${String(kept.subscriptionId)}`);
                    }
                    catch (error) {
                        if (!(0, http_1.isProblem)(error, 'not-found')) {
                            throw new n8n_workflow_1.NodeApiError(this.getNode(), error);
                        }
                    }
                    delete kept.subscriptionId;
                    return true;
                },
            },
        };
    }
    async webhook() {
        const event = await (0, signature_1.signedEvent)(this);
        if (event === undefined) {
            return (0, waiting_1.refused)(this, 401, "The signature is not the account's.");
        }
        const { id, action, status, output, error } = event.data;
        const simplified = { event: event.type, id, action, status, output, error };
        const json = this.getNodeParameter('simplify') ? simplified : { ...event };
        return { webhookResponse: 'Received.', workflowData: [[{ json: json }]] };
    }
}
exports.GenhookTrigger = GenhookTrigger;
