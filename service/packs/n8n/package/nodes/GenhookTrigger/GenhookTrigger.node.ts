import type {
	IDataObject,
	IHookFunctions,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
	JsonObject,
} from 'n8n-workflow';
import { NodeApiError, NodeConnectionTypes } from 'n8n-workflow';
import { subscribable } from '../Genhook/generated/subscribable';
import { ask, isProblem } from '../Genhook/http';
import { signedEvent } from '../Genhook/signature';
import { refused } from '../Genhook/waiting';

interface Subscription {
	id: string;
	target_url: string;
	status: string;
}

export class GenhookTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Genhook Trigger',
		name: 'genhookTrigger',
		icon: { light: 'file:../../icons/genhook.svg', dark: 'file:../../icons/genhook.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		description: 'Starts the workflow when runs start, go on, complete, fail or are canceled',
		defaults: { name: 'Genhook Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
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
				options: subscribable,
				default: [],
				description: 'Which actions to hear of; none means every generation',
			},
			{
				displayName: 'Simplify',
				name: 'simplify',
				type: 'boolean',
				default: false,
				description:
					'Whether to return a simplified version of the response instead of the raw data',
			},
		],
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				const { subscriptionId } = this.getWorkflowStaticData('node');
				const { data } = await ask<{ data: Subscription[] }>(this, 'GET', '/v1/subscriptions');
				const url = this.getNodeWebhookUrl('default');
				return data.some(
					({ id, target_url, status }) =>
						id === subscriptionId && target_url === url && status === 'active',
				);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				const body: IDataObject = {
					target_url: this.getNodeWebhookUrl('default'),
					events: this.getNodeParameter('events') as string[],
					actions: this.getNodeParameter('actions') as string[],
				};
				const made = await ask<Subscription>(this, 'POST', '/v1/subscriptions', { body });
				this.getWorkflowStaticData('node').subscriptionId = made.id;
				return true;
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				const kept = this.getWorkflowStaticData('node');
				if (kept.subscriptionId === undefined) {
					return true;
				}
				try {
					await ask(this, 'DELETE', `/v1/subscriptions/${String(kept.subscriptionId)}`);
				} catch (error) {
					if (!isProblem(error, 'not-found')) {
						throw new NodeApiError(this.getNode(), error as JsonObject);
					}
				}
				delete kept.subscriptionId;
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const event = await signedEvent(this);
		if (event === undefined) {
			return refused(this, 401, "The signature is not the account's.");
		}
		const { id, action, status, output, error } = event.data;
		const simplified = { event: event.type, id, action, status, output, error };
		const json = this.getNodeParameter('simplify') ? simplified : { ...event };
		return { webhookResponse: 'Received.', workflowData: [[{ json: json as IDataObject }]] };
	}
}
