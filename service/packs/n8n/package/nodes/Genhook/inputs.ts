import type {
	GenericValue,
	IDataObject,
	IExecuteFunctions,
	ResourceMapperValue,
} from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { ask } from './http';
import type { Action, Field } from './types';

export type Uploads = Record<string, string>;

/** What an item fills in, as the action's flat input. Files are uploaded once for all tries of the node. */
export async function inputOf(
	context: IExecuteFunctions,
	action: Action,
	itemIndex: number,
	uploads: Uploads,
): Promise<IDataObject> {
	const added = context.getNodeParameter('additionalFields', itemIndex, {}) as IDataObject;
	const input: IDataObject = {};
	for (const [name, field] of Object.entries(action.fields)) {
		if (field.when && !field.when.in.includes(input[field.when.field] as GenericValue)) {
			continue;
		}
		const given = field.added ? added[name] : context.getNodeParameter(name, itemIndex, undefined);
		const value = typed(context, name, field, given, itemIndex);
		if (isFilled(value) || (field.required && value !== undefined)) {
			input[name] = field.media ? await withUploads(context, value, itemIndex, uploads) : value;
		}
	}
	return input;
}

function isFilled(value: unknown): boolean {
	return (
		value !== undefined &&
		value !== null &&
		value !== '' &&
		!(Array.isArray(value) && value.length === 0)
	);
}

function typed(
	context: IExecuteFunctions,
	name: string,
	field: Field,
	given: unknown,
	itemIndex: number,
): GenericValue | IDataObject | GenericValue[] {
	switch (field.kind) {
		case 'locator': {
			const chosen = given && typeof given === 'object' ? (given as IDataObject).value : given;
			return (field.numeric && isFilled(chosen) ? Number(chosen) : chosen) as GenericValue;
		}
		case 'mapper': {
			const filled = Object.entries((given as ResourceMapperValue | undefined)?.value ?? {});
			const kept = filled.filter(([, value]) => isFilled(value));
			return kept.length > 0 ? Object.fromEntries(kept) : undefined;
		}
		case 'texts':
		case 'choices':
			return (isFilled(given) && !Array.isArray(given) ? [given] : given) as GenericValue[];
		case 'json':
			return parsed(context, name, given, itemIndex);
		default:
			return given as GenericValue;
	}
}

function parsed(
	context: IExecuteFunctions,
	name: string,
	given: unknown,
	itemIndex: number,
): IDataObject | undefined {
	if (typeof given !== 'string') {
		return given as IDataObject | undefined;
	}
	try {
		const value = JSON.parse(given) as IDataObject;
		return Object.keys(value ?? {}).length > 0 ? value : undefined;
	} catch (error) {
		throw new NodeOperationError(context.getNode(), `${name} is not valid JSON`, {
			itemIndex,
			description: (error as Error).message,
		});
	}
}

/** URLs as they are; anything else names a binary field of the item, which is uploaded. */
async function withUploads(
	context: IExecuteFunctions,
	value: unknown,
	itemIndex: number,
	uploads: Uploads,
): Promise<GenericValue | GenericValue[]> {
	if (Array.isArray(value)) {
		const urls: string[] = [];
		for (const part of value) {
			urls.push((await withUploads(context, part, itemIndex, uploads)) as string);
		}
		return urls;
	}
	const text = String(value);
	const binary = context.getInputData()[itemIndex].binary ?? {};
	if (!(text in binary)) {
		return text;
	}
	const place = `${itemIndex}/${text}`;
	uploads[place] ??= await upload(context, itemIndex, text);
	return uploads[place];
}

/** Keep a binary field's file at the service; its URL. */
export async function upload(
	context: IExecuteFunctions,
	itemIndex: number,
	property: string,
): Promise<string> {
	const described = context.helpers.assertBinaryData(itemIndex, property);
	const bytes = await context.helpers.getBinaryDataBuffer(itemIndex, property);
	const form = new FormData();
	const file = new Blob([new Uint8Array(bytes)], { type: described.mimeType });
	form.append('file', file, described.fileName ?? property);
	const answer = await ask<{ url: string }>(context, 'POST', '/v1/files', {
		body: form as unknown as IDataObject,
		itemIndex,
	});
	return answer.url;
}
