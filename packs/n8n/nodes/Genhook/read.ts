import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { ask } from './http';
import { inputOf } from './inputs';
import { find, itemsOf } from './outputs';
import type { Action, Run } from './types';

/** Reads, searches, estimates and writes: done at once. */
export async function perform(
	context: IExecuteFunctions,
	action: Action,
	itemIndex: number,
): Promise<INodeExecutionData[]> {
	const input = await inputOf(context, action, itemIndex, {});
	if (action.estimating) {
		const path = `/v1/actions/${action.id}/estimate`;
		const json = await ask<IDataObject>(context, 'POST', path, { body: { input }, itemIndex });
		return [{ json, pairedItem: { item: itemIndex } }];
	}
	if (action.page) {
		const listed = await list(context, action, input, itemIndex);
		return listed.map((json) => ({ json, pairedItem: { item: itemIndex } }));
	}
	const run = await outcome(context, action, input, itemIndex);
	return await itemsOf(context, action, run.output, itemIndex);
}

async function outcome(
	context: IExecuteFunctions,
	action: Action,
	input: IDataObject,
	itemIndex: number,
): Promise<Run> {
	return await ask<Run>(context, 'POST', `/v1/actions/${action.id}`, {
		body: { input },
		itemIndex,
	});
}

/** Page by page until there is no more, or enough. */
async function list(
	context: IExecuteFunctions,
	action: Action,
	input: IDataObject,
	itemIndex: number,
): Promise<IDataObject[]> {
	const wanted = context.getNodeParameter('returnAll', itemIndex, false)
		? Infinity
		: (context.getNodeParameter('limit', itemIndex, 50) as number);
	const { page, size, token, items = '', next = '', largest = 100 } = action.page ?? {};
	const found: IDataObject[] = [];
	let number = 1;
	let following: unknown;
	do {
		const asked = { ...input };
		const perPage = Math.min(wanted, largest);
		if (page && size) {
			Object.assign(asked, { [page]: number, [size]: perPage });
		} else if (token && following) {
			asked[token] = following as string;
		}
		const { output } = await outcome(context, action, asked, itemIndex);
		const part = find(output, items)[0] as IDataObject[];
		found.push(...part);
		number += 1;
		following = next ? find(output, next)[0] : part.length === perPage;
	} while (following && found.length < wanted);
	return found.slice(0, wanted === Infinity ? undefined : wanted);
}
