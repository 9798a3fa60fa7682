import type {
	IDataObject,
	IExecuteFunctions,
	IHttpRequestMethods,
	IHttpRequestOptions,
	IN8nHttpFullResponse,
	JsonObject,
} from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';
import type { Context, Run } from './types';

export const CREDENTIAL = 'genhookApi';
const PAGE = 100;

/** RFC 9457 problem details, as every error under /v1 answers. */
interface Problem extends JsonObject {
	type: string;
	title: string;
	status: number;
	detail: string;
	errors: Array<{ pointer: string; message: string }>;
}

export interface Asked {
	body?: IDataObject;
	qs?: IDataObject;
	headers?: IDataObject;
	itemIndex?: number;
}

/** Where the service answers, without a slash at the end. */
export async function baseUrl(context: Context): Promise<string> {
	const credentials = await context.getCredentials(CREDENTIAL);
	return String(credentials.baseUrl).replace(/\/+$/, '');
}

/** What the service answers. A refusal becomes a NodeApiError in the words of its problem details. */
export async function ask<Answer>(
	context: Context,
	method: IHttpRequestMethods,
	path: string,
	asked: Asked = {},
): Promise<Answer> {
	const options: IHttpRequestOptions = {
		method,
		url: `${await baseUrl(context)}${path}`,
		body: asked.body,
		qs: asked.qs,
		headers: asked.headers,
		json: true,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
	};
	let response: IN8nHttpFullResponse;
	try {
		response = (await context.helpers.httpRequestWithAuthentication.call(
			context,
			CREDENTIAL,
			options,
		)) as IN8nHttpFullResponse;
	} catch (error) {
		throw new NodeApiError(context.getNode(), error as JsonObject, { itemIndex: asked.itemIndex });
	}
	if (response.statusCode >= 400) {
		throw refusal(context, response, asked.itemIndex);
	}
	return response.body as Answer;
}

function refusal(
	context: Context,
	response: IN8nHttpFullResponse,
	itemIndex?: number,
): NodeApiError {
	const body = response.body as unknown;
	const problem = (typeof body === 'object' && body !== null ? body : {}) as Partial<Problem>;
	const details = (problem.errors ?? []).map(({ pointer, message }) => `${pointer}: ${message}`);
	const message = problem.detail ?? problem.title ?? `Genhook answered ${response.statusCode}.`;
	const error = new NodeApiError(context.getNode(), problem as JsonObject, {
		message,
		description: details.join('\n') || problem.title,
		httpCode: String(response.statusCode),
		itemIndex,
	});
	error.context.problem = problem.type ?? '';
	return error;
}

/** Whether the service refused for this reason: the last part of its problem type. */
export function isProblem(error: unknown, code: string): boolean {
	return error instanceof NodeApiError && String(error.context.problem).endsWith(`/${code}`);
}

/** Every run of a group, by its id. */
export async function runsOf(
	context: Context,
	group: string,
	more: IDataObject = {},
): Promise<Map<string, Run>> {
	const found = new Map<string, Run>();
	let cursor: string | null = null;
	do {
		const qs: IDataObject = { group, limit: PAGE, ...more, ...(cursor === null ? {} : { cursor }) };
		const page: { data: Run[]; next_cursor: string | null } = await ask(
			context,
			'GET',
			'/v1/runs',
			{ qs },
		);
		page.data.forEach((run) => found.set(run.id, run));
		cursor = page.next_cursor;
	} while (cursor !== null);
	return found;
}

/** A file's bytes as a stream; the key goes with it only to the service itself. */
export async function download(
	context: IExecuteFunctions,
	url: string,
): Promise<IN8nHttpFullResponse> {
	const base = await baseUrl(context);
	const absolute = new URL(url, `${base}/`);
	const options: IHttpRequestOptions = {
		method: 'GET',
		url: absolute.toString(),
		encoding: 'stream',
		returnFullResponse: true,
	};
	const own = absolute.origin === new URL(base).origin;
	const answer = own
		? await context.helpers.httpRequestWithAuthentication.call(context, CREDENTIAL, options)
		: await context.helpers.httpRequest(options);
	return answer as IN8nHttpFullResponse;
}
