import type { IDataObject, IExecuteFunctions, INodeExecutionData, JsonObject } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';
import { runsOf } from './http';
import { itemOf } from './outputs';
import { groupOf, submitAll } from './submit';
import type { Action, Batch, Run, Slot } from './types';
import { allEnded, canPark, memoryOf, park, poll } from './waiting';

const MINUTE_MS = 60_000;
/** A list of runs leaves out what they made, unless it is asked for. */
const WITH_OUTPUT = { include: 'output' };

/** Submit all items, wait as the node says, and put out what was made in the items' order. */
export async function generate(
	context: IExecuteFunctions,
	action: Action,
): Promise<INodeExecutionData[]> {
	const items = context.getInputData();
	const memory = memoryOf(context);
	if (memory.genhook?.ended) {
		return await results(
			context,
			action,
			memory.genhook.slots,
			await runsOf(context, memory.genhook.group, WITH_OUTPUT),
		);
	}
	const wait = context.getNodeParameter('wait', 0, 'callback') as string;
	const callbackUrl = wait === 'callback' ? await resumeUrl(context) : undefined;
	const uploads = (memory.genhookUploads ??= {});
	const { slots, runs, refused } = await submitAll(context, action, items, callbackUrl, uploads);
	if (refused) {
		context.addExecutionHints({
			message: `Polled in place of callbacks. ${refused}`,
			type: 'warning',
			location: 'outputPane',
		});
	}
	if (wait === 'none') {
		return shown(slots, runs);
	}
	if (allEnded(slots, runs)) {
		return await results(context, action, slots, runs);
	}
	const options = context.getNodeParameter('options', 0, {}) as IDataObject;
	const limit = Number(options.waitLimit ?? 1440) * MINUTE_MS;
	const account = [...runs.values()][0].account;
	const batch: Batch = { group: groupOf(context), account, slots };
	if (callbackUrl === undefined || refused) {
		await poll(context, batch, limit);
		return await results(context, action, slots, await runsOf(context, batch.group, WITH_OUTPUT));
	}
	await park(context, batch, limit);
	return shown(slots, runs);
}

/** Where callbacks resume this execution; undefined where they can't be verified or taken in, with a warning. */
async function resumeUrl(context: IExecuteFunctions): Promise<string | undefined> {
	const { signingSecret } = await context.getCredentials('genhookApi');
	if (signingSecret && canPark(context)) {
		return String(context.evaluateExpression('{{ $execution.resumeUrl }}', 0));
	}
	const message = signingSecret
		? 'Polled in place of callbacks: n8n does not let this node sleep here.'
		: 'Polled in place of callbacks: the credential has no signing secret to verify them with.';
	context.addExecutionHints({ message, type: 'warning', location: 'outputPane' });
	return undefined;
}

/** What became of each item, in order. A failed one is an error item under continue on fail, else fails the node. */
async function results(
	context: IExecuteFunctions,
	action: Action,
	slots: Slot[],
	runs: Map<string, Run>,
): Promise<INodeExecutionData[]> {
	const out: INodeExecutionData[] = [];
	for (const [itemIndex, slot] of slots.entries()) {
		const run = 'run' in slot ? runs.get(slot.run) : undefined;
		if (run?.status === 'completed') {
			out.push(await itemOf(context, action, run, itemIndex));
			continue;
		}
		const error =
			'error' in slot
				? new NodeApiError(context.getNode(), {}, { message: slot.error, itemIndex })
				: failure(context, run, itemIndex);
		if (!context.continueOnFail()) {
			throw error;
		}
		out.push({ json: { error: error.message }, error, pairedItem: { item: itemIndex } });
	}
	return out;
}

function failure(
	context: IExecuteFunctions,
	run: Run | undefined,
	itemIndex: number,
): NodeApiError {
	const message = run?.error?.message ?? `The run was ${run?.status ?? 'lost'}.`;
	return new NodeApiError(context.getNode(), (run?.error ?? {}) as JsonObject, {
		message,
		description: run ? `${run.error?.code ?? run.status}, run ${run.id}` : undefined,
		httpCode: run?.error ? String(run.error.status) : undefined,
		itemIndex,
	});
}

/** The runs as they are now. */
function shown(slots: Slot[], runs: Map<string, Run>): INodeExecutionData[] {
	return slots.map((slot, item) => ({
		json: 'run' in slot ? (runs.get(slot.run) ?? {}) : { error: slot.error },
		pairedItem: { item },
	}));
}
