import type {
	IBinaryKeyData,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
} from 'n8n-workflow';
import { download } from './http';
import type { Action, Run } from './types';

/** What a JSON pointer finds; `*` stands for every item of a list. */
export function find(value: unknown, pointer: string): unknown[] {
	let found: unknown[] = [value];
	for (const part of pointer.split('/').slice(1)) {
		found = found.flatMap((each) => {
			if (part === '*') {
				return Array.isArray(each) ? (each as unknown[]) : [];
			}
			const inner = each && typeof each === 'object' ? (each as IDataObject)[part] : undefined;
			return inner === undefined || inner === null ? [] : [inner];
		});
	}
	return found;
}

function picked(output: IDataObject, names: string[]): IDataObject {
	return Object.fromEntries(
		names.filter((name) => name in output).map((name) => [name, output[name]]),
	);
}

/** A run that has completed as one item: its simplified output or the whole run, and its files where wanted. */
export async function itemOf(
	context: IExecuteFunctions,
	action: Action,
	run: Run,
	itemIndex: number,
): Promise<INodeExecutionData> {
	const simplify = context.getNodeParameter('simplify', itemIndex, true) as boolean;
	const output = run.output ?? {};
	const short = { ...picked(output, action.summary ?? Object.keys(output)), run_id: run.id };
	const item: INodeExecutionData = {
		json: simplify ? short : run,
		pairedItem: { item: itemIndex },
	};
	const binary = await filesOf(context, action, output, itemIndex);
	return binary === undefined ? item : { ...item, binary };
}

/** An output that is there at once, as items: one for each member of a list. */
export async function itemsOf(
	context: IExecuteFunctions,
	action: Action,
	output: unknown,
	itemIndex: number,
): Promise<INodeExecutionData[]> {
	const pairedItem = { item: itemIndex };
	if (Array.isArray(output)) {
		return (output as IDataObject[]).map((json) => ({ json, pairedItem }));
	}
	const simplify = context.getNodeParameter('simplify', itemIndex, true) as boolean;
	const whole = (output ?? {}) as IDataObject;
	const item: INodeExecutionData = { json: whole, pairedItem };
	if (simplify && action.deletes) {
		item.json = { deleted: true };
	} else if (simplify && action.summary) {
		item.json = picked(whole, action.summary);
	}
	const binary = await filesOf(context, action, whole, itemIndex);
	return [binary === undefined ? item : { ...item, binary }];
}

/** The files that an output names, streamed into n8n's binary data: data, data_1, data_2… */
async function filesOf(
	context: IExecuteFunctions,
	action: Action,
	output: IDataObject,
	itemIndex: number,
): Promise<IBinaryKeyData | undefined> {
	if (!action.files || !context.getNodeParameter('downloadFiles', itemIndex, false)) {
		return undefined;
	}
	const property = context.getNodeParameter('binaryProperty', itemIndex, 'data') as string;
	const urls = action.files.flatMap((pointer) => find(output, pointer) as string[]);
	const binary: IBinaryKeyData = {};
	for (const [index, url] of urls.entries()) {
		const answer = await download(context, url);
		const name = decodeURIComponent(
			new URL(url, 'http://relative').pathname.split('/').pop() ?? '',
		);
		const type = String(answer.headers['content-type'] ?? '').split(';')[0];
		binary[index === 0 ? property : `${property}_${index}`] =
			await context.helpers.prepareBinaryData(
				answer.body as unknown as Buffer,
				name,
				type || undefined,
			);
	}
	return binary;
}
