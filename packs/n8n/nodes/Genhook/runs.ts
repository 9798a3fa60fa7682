import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
} from 'n8n-workflow';
import { ask } from './http';
import type { Run } from './types';

const show = (operations: string[]) => ({ show: { resource: ['run'], operation: operations } });

export const runProperties: INodeProperties[] = [
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

/** The runs of the account: read one or many, cancel one. */
export async function steer(
	context: IExecuteFunctions,
	operation: string,
	itemIndex: number,
): Promise<INodeExecutionData[]> {
	const pairedItem = { item: itemIndex };
	if (operation === 'getAll') {
		return (await many(context, itemIndex)).map((json) => ({ json, pairedItem }));
	}
	const id = encodeURIComponent(context.getNodeParameter('runId', itemIndex) as string);
	const json =
		operation === 'cancel'
			? await ask<Run>(context, 'POST', `/v1/runs/${id}/cancel`, { itemIndex })
			: await ask<Run>(context, 'GET', `/v1/runs/${id}`, { itemIndex });
	return [{ json, pairedItem }];
}

async function many(context: IExecuteFunctions, itemIndex: number): Promise<Run[]> {
	const filters = context.getNodeParameter('filters', itemIndex, {}) as IDataObject;
	const limit = context.getNodeParameter('returnAll', itemIndex, false)
		? Infinity
		: (context.getNodeParameter('limit', itemIndex, 50) as number);
	const found: Run[] = [];
	let cursor: string | null = null;
	do {
		const qs: IDataObject = { ...filters, limit: Math.min(100, limit - found.length) };
		if (cursor !== null) {
			qs.cursor = cursor;
		}
		const page: { data: Run[]; next_cursor: string | null } = await ask(
			context,
			'GET',
			'/v1/runs',
			{ qs, itemIndex },
		);
		found.push(...page.data);
		cursor = page.next_cursor;
	} while (cursor !== null && found.length < limit);
	return found;
}
