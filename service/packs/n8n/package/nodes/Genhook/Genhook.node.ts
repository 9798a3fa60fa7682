import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeApiError, NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';
import { commonProperties } from './common';
import { listSearch, resourceMapping } from './dynamic';
import { generate } from './generate';
import { actions } from './generated/actions';
import { properties } from './generated/properties';
import { perform } from './read';
import { runProperties, steer } from './runs';
import { resume } from './waiting';
import { resumeWebhooks } from './webhook';

export class Genhook implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Genhook',
		name: 'genhook',
		icon: { light: 'file:../../icons/genhook.svg', dark: 'file:../../icons/genhook.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"].replaceAll("_", " ") }}',
		description: 'Generate text, images, video and sound, and wait for the result without polling',
		defaults: { name: 'Genhook' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'genhookApi', required: true }],
		webhooks: resumeWebhooks,
		properties: [...properties, ...runProperties, ...commonProperties],
	};

	methods = { listSearch, resourceMapping };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const resource = this.getNodeParameter('resource', 0) as string;
		const operation = this.getNodeParameter('operation', 0) as string;
		const action = actions[`${resource}.${operation}`];
		if (action?.kind === 'generate') {
			return [await generate(this, action)];
		}
		const out: INodeExecutionData[] = [];
		for (let itemIndex = 0; itemIndex < this.getInputData().length; itemIndex++) {
			try {
				const items = action
					? await perform(this, action, itemIndex)
					: await steer(this, operation, itemIndex);
				out.push(...items);
			} catch (error) {
				if (!this.continueOnFail()) {
					throw error instanceof NodeApiError
						? error
						: new NodeOperationError(this.getNode(), error as Error, { itemIndex });
				}
				out.push({ json: { error: (error as Error).message }, pairedItem: { item: itemIndex } });
			}
		}
		return [out];
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await resume(this);
	}
}
