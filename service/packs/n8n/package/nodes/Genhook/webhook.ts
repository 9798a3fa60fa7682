import type { IWebhookDescription } from 'n8n-workflow';

/** The execution's resume URL, which takes the callbacks of a parked execution. It is nobody's to subscribe. */
export const resumeWebhooks: IWebhookDescription[] = [
	{
		name: 'default',
		httpMethod: 'POST',
		responseMode: 'onReceived',
		path: '',
		restartWebhook: true,
		isFullPath: false,
	},
];
