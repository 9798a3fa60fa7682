import type {
	GenericValue,
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	ILoadOptionsFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';

export type Context =
	| IExecuteFunctions
	| IHookFunctions
	| ILoadOptionsFunctions
	| IWebhookFunctions;

/** How a field of an action is filled in and read back. */
export interface Field {
	kind:
		| 'boolean'
		| 'choice'
		| 'choices'
		| 'json'
		| 'locator'
		| 'mapper'
		| 'number'
		| 'text'
		| 'texts';
	added?: boolean;
	required?: boolean;
	media?: boolean;
	numeric?: boolean;
	when?: { field: string; in: GenericValue[] };
}

/** The inputs that name a page, and where its items and the next page's token stand in an output. */
export interface Page {
	page?: string;
	size?: string;
	token?: string;
	items?: string;
	next?: string;
	largest?: number;
}

/** One operation, as its definition says it. */
export interface Action {
	id: string;
	kind: string;
	title: string;
	fields: Record<string, Field>;
	estimating?: boolean;
	page?: Page;
	deletes?: boolean;
	files?: string[];
	summary?: string[];
}

export interface RunError {
	code: string;
	message: string;
	status: number;
	permanent: boolean;
}

/** A run as Genhook answers it. */
export interface Run extends IDataObject {
	id: string;
	status: string;
	account: string;
	group: string | null;
	output: IDataObject | null;
	error: (RunError & IDataObject) | null;
	credits_charged: number;
}

/** What became of one input item: a run, or the reason why there is none. */
export type Slot = { run: string } | { error: string };

/** All items of one run of the node: what is waited for together. */
export interface Batch {
	group: string;
	account: string;
	slots: Slot[];
	ended?: boolean;
}

export const FINAL = ['completed', 'failed', 'canceled'];

export const hasEnded = (run: Run): boolean => FINAL.includes(run.status);
