"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Genhook = void 0;
const n8n_workflow_1 = require("n8n-workflow");
const common_1 = require("./common");
const dynamic_1 = require("./dynamic");
const generate_1 = require("./generate");
const actions_1 = require("./generated/actions");
const properties_1 = require("./generated/properties");
const read_1 = require("./read");
const runs_1 = require("./runs");
const waiting_1 = require("./waiting");
const webhook_1 = require("./webhook");
class Genhook {
    constructor() {
        this.description = {
            displayName: 'Genhook',
            name: 'genhook',
            icon: { light: 'file:../../icons/genhook.svg', dark: 'file:../../icons/genhook.dark.svg' },
            group: ['transform'],
            version: 1,
            subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"].replaceAll("_", " ") }}',
            description: 'Generate text, images, video and sound, and wait for the result without polling',
            defaults: { name: 'Genhook' },
            usableAsTool: true,
            inputs: [n8n_workflow_1.NodeConnectionTypes.Main],
            outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
            credentials: [{ name: 'genhookApi', required: true }],
            webhooks: webhook_1.resumeWebhooks,
            properties: [...properties_1.properties, ...runs_1.runProperties, ...common_1.commonProperties],
        };
        this.methods = { listSearch: dynamic_1.listSearch, resourceMapping: dynamic_1.resourceMapping };
    }
    async execute() {
        const resource = this.getNodeParameter('resource', 0);
        const operation = this.getNodeParameter('operation', 0);
        const action = actions_1.actions[`${resource}.${operation}`];
        if ((action === null || action === void 0 ? void 0 : action.kind) === 'generate') {
            return [await (0, generate_1.generate)(this, action)];
        }
        const out = [];
        for (let itemIndex = 0; itemIndex < this.getInputData().length; itemIndex++) {
            try {
                const items = action
                    ? await (0, read_1.perform)(this, action, itemIndex)
                    : await (0, runs_1.steer)(this, operation, itemIndex);
                out.push(...items);
            }
            catch (error) {
                if (!this.continueOnFail()) {
                    throw error instanceof n8n_workflow_1.NodeApiError
                        ? error
                        : new n8n_workflow_1.NodeOperationError(this.getNode(), error, { itemIndex });
                }
                out.push({ json: { error: error.message }, pairedItem: { item: itemIndex } });
            }
        }
        return [out];
    }
    async webhook() {
        return await (0, waiting_1.resume)(this);
    }
}
exports.Genhook = Genhook;
