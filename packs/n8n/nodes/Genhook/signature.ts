import { createHmac, timingSafeEqual } from 'crypto';
import type { IWebhookFunctions } from 'n8n-workflow';
import { CREDENTIAL } from './http';
import type { Run } from './types';

const TOLERANCE_S = 5 * 60;

/** The body of a callback. */
export interface Event {
	type: string;
	timestamp: string;
	data: Run;
}

/** Tell whether one of the signatures is ours: Standard Webhooks sign `id.timestamp.body`. */
export function verified(
	secret: string,
	id: string,
	timestamp: string,
	signatures: string,
	body: Buffer,
): boolean {
	const age = Math.abs(Date.now() / 1000 - Number(timestamp));
	if (!secret || !id || !(age <= TOLERANCE_S)) {
		return false;
	}
	const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
	const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
	return signatures.split(' ').some((signature) => {
		const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64');
		return (
			signature.startsWith('v1,') &&
			given.length === expected.length &&
			timingSafeEqual(given, expected)
		);
	});
}

/** The event that was posted, undefined where its signature over the raw body is not the account's. */
export async function signedEvent(context: IWebhookFunctions): Promise<Event | undefined> {
	const { signingSecret } = await context.getCredentials(CREDENTIAL);
	const headers = context.getHeaderData();
	const named = (name: string) => String(headers[name] ?? '');
	const { rawBody } = context.getRequestObject() as { rawBody?: Buffer };
	if (
		rawBody === undefined ||
		!verified(
			String(signingSecret ?? ''),
			named('webhook-id'),
			named('webhook-timestamp'),
			named('webhook-signature'),
			rawBody,
		)
	) {
		return undefined;
	}
	return JSON.parse(rawBody.toString('utf8')) as Event;
}
