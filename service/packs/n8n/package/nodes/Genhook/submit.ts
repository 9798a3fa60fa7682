import { createHash } from 'crypto';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { ask, baseUrl, isProblem } from './http';
import { inputOf, type Uploads } from './inputs';
import type { Action, Run, Slot } from './types';

export interface Submitted {
	slots: Slot[];
	runs: Map<string, Run>;
	/** Why callbacks can't come, where the service refused their address. */
	refused?: string;
}

/** What all items of this run of the node share. */
export function groupOf(context: IExecuteFunctions): string {
	const run = String(context.evaluateExpression('{{ $runIndex }}', 0));
	return ['n8n', context.getWorkflow().id, context.getExecutionId(), context.getNode().id, run]
		.join(':')
		.slice(0, 255);
}

/** Submit every item. With continue on fail a refused one keeps its place with the reason; else it fails the node. */
export async function submitAll(
	context: IExecuteFunctions,
	action: Action,
	items: INodeExecutionData[],
	callbackUrl: string | undefined,
	uploads: Uploads,
): Promise<Submitted> {
	const done: Submitted = { slots: [], runs: new Map() };
	for (let itemIndex = 0; itemIndex < items.length; itemIndex++) {
		try {
			const input = await inputOf(context, action, itemIndex, uploads);
			const run = await submit(
				context,
				action,
				itemIndex,
				input,
				done.refused ? undefined : callbackUrl,
				done,
			);
			done.slots.push({ run: run.id });
			done.runs.set(run.id, run);
		} catch (error) {
			if (!context.continueOnFail()) {
				throw error instanceof NodeApiError
					? error
					: new NodeOperationError(context.getNode(), error as Error, { itemIndex });
			}
			done.slots.push({ error: (error as Error).message });
		}
	}
	return done;
}

async function submit(
	context: IExecuteFunctions,
	action: Action,
	itemIndex: number,
	input: IDataObject,
	callbackUrl: string | undefined,
	done: Submitted,
): Promise<Run> {
	const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
	const compared: IDataObject = { input };
	if (options.connection && options.connection !== 'local') {
		compared.connection = options.connection;
	}
	if (options.maxCredits !== undefined) {
		compared.max_credits = options.maxCredits;
	}
	const key = idempotencyKey(context, action, itemIndex, compared, options);
	const body: IDataObject = {
		...compared,
		group: groupOf(context),
		metadata: { n8n: { item: itemIndex } },
	};
	const asked = { headers: key === undefined ? undefined : { 'Idempotency-Key': key }, itemIndex };
	const path = `/v1/actions/${action.id}`;
	if (callbackUrl === undefined) {
		return await ask<Run>(context, 'POST', path, { ...asked, body });
	}
	try {
		return await ask<Run>(context, 'POST', path, {
			...asked,
			body: { ...body, callback_url: callbackUrl },
		});
	} catch (error) {
		if (isProblem(error, 'address-refused')) {
			done.refused = `${await baseUrl(context)} can't call ${new URL(callbackUrl).origin}: ${(error as Error).message}`;
			return await ask<Run>(context, 'POST', path, { ...asked, body });
		}
		throw error instanceof NodeApiError
			? error
			: new NodeOperationError(context.getNode(), error as Error, { itemIndex });
	}
}

/**
 * The same for every try of this item in this execution, so that "Retry On Fail" never pays twice: execution, node,
 * run of the node, item, and a hash of what is compared. Or the user's own, across executions; or none.
 */
function idempotencyKey(
	context: IExecuteFunctions,
	action: Action,
	itemIndex: number,
	compared: IDataObject,
	options: IDataObject,
): string | undefined {
	if (options.idempotency === 'none') {
		return undefined;
	}
	const hash = createHash('sha256')
		.update(JSON.stringify([action.id, compared]))
		.digest('hex');
	if (options.idempotency === 'own') {
		if (!options.idempotencyKey) {
			throw new NodeOperationError(
				context.getNode(),
				'Reuse Result Across Executions needs an idempotency key',
				{
					itemIndex,
				},
			);
		}
		return String(options.idempotencyKey);
	}
	return `${groupOf(context).slice(0, 170)}:${itemIndex}:${hash}`;
}
