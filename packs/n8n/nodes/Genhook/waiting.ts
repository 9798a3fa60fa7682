import type {
	IDataObject,
	IExecuteData,
	IExecuteFunctions,
	IRunExecutionData,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeOperationError, sleep } from 'n8n-workflow';
import { runsOf } from './http';
import { signedEvent } from './signature';
import { type Batch, hasEnded, type Run, type Slot } from './types';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10000;

/**
 * What n8n keeps of a parked node: its entry on the execution's stack, saved with the execution. Its metadata holds
 * the batch; `resumeError` fails the node if it is resumed by the clock, where a parked node would else hand on its
 * input as if that were a result.
 */
interface Memory {
	genhook?: Batch;
	genhookUploads?: Record<string, string>;
	resumeError?: { name: string; message: string; description: string };
}

/** What stays between the tries of this node, and while it is parked. */
export function memoryOf(context: IExecuteFunctions): Memory {
	const entry = context.getExecuteData();
	entry.metadata ??= {};
	return entry.metadata as Memory;
}

/** Whether a webhook can reach what the parked node keeps; an agent's tool can't sleep at all. */
export function canPark(context: IExecuteFunctions): boolean {
	return 'runExecutionData' in context && !context.getNode().type.endsWith('Tool');
}

/** Park the execution until every run of the batch has been called back, or the limit is over. */
export async function park(
	context: IExecuteFunctions,
	batch: Batch,
	limitMs: number,
): Promise<void> {
	const memory = memoryOf(context);
	memory.genhook = batch;
	memory.resumeError = {
		name: 'NodeOperationError',
		message: `Timed out: no callback within ${Math.round(limitMs / 60000)} minutes`,
		description: `The runs go on at the service, and may still be charged: GET /v1/runs?group=${batch.group}`,
	};
	await context.putExecutionToWait(new Date(Date.now() + limitMs));
}

/** Wait until all of the batch has ended. Raises NodeOperationError when the limit is over. */
export async function poll(
	context: IExecuteFunctions,
	batch: Batch,
	limitMs: number,
): Promise<void> {
	const deadline = Date.now() + limitMs;
	let pause = FIRST_PAUSE_MS;
	for (;;) {
		if (allEnded(batch.slots, await runsOf(context, batch.group))) {
			return;
		}
		if (Date.now() + pause > deadline) {
			throw new NodeOperationError(
				context.getNode(),
				`Timed out after ${Math.round(limitMs / 60000)} minutes`,
				{
					description: `The runs go on at the service, and may still be charged: GET /v1/runs?group=${batch.group}`,
				},
			);
		}
		await sleep(pause);
		pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS);
	}
}

/** Whether every run that was accepted has ended. */
export function allEnded(slots: Slot[], runs: Map<string, Run>): boolean {
	return slots.every((slot) => {
		const run = 'run' in slot ? runs.get(slot.run) : undefined;
		return 'error' in slot || (run !== undefined && hasEnded(run));
	});
}

/**
 * A callback on the resume URL. Nothing resumes until it is verified and the batch's last run has ended; then the node
 * runs again with its own input and reads the runs, so that errors are its own and files stream without holding up
 * the answer.
 */
export async function resume(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const event = await signedEvent(context);
	if (event === undefined) {
		return refused(context, 401, "The signature is not the account's.");
	}
	const entry = entryOf(context);
	const memory = entry?.metadata as Memory | undefined;
	const batch = memory?.genhook;
	if (
		!entry ||
		!batch ||
		event.data.account !== batch.account ||
		event.data.group !== batch.group
	) {
		return refused(context, 403, 'This execution waits for other runs.');
	}
	try {
		if (!allEnded(batch.slots, await runsOf(context, batch.group))) {
			return { webhookResponse: 'Waiting for the other runs of the group.' };
		}
	} catch (error) {
		// The service tries a 409 again within seconds, as it does while n8n is not asleep yet.
		return refused(context, 409, `The runs can't be read now: ${(error as Error).message}`);
	}
	batch.ended = true;
	delete memory.resumeError;
	entry.node.disabled = false;
	return { webhookResponse: 'Resumed.', workflowData: entry.data.main.map((items) => items ?? []) };
}

function entryOf(context: IWebhookFunctions): IExecuteData | undefined {
	const { runExecutionData } = context as unknown as { runExecutionData?: IRunExecutionData };
	return runExecutionData?.executionData?.nodeExecutionStack[0];
}

/** Answer for ourselves: n8n ends an execution whose webhook throws. */
export function refused(
	context: IWebhookFunctions,
	status: number,
	message: string,
): IWebhookResponseData {
	const body: IDataObject = { message };
	context.getResponseObject().status(status).json(body);
	return { noWebhookResponse: true };
}
