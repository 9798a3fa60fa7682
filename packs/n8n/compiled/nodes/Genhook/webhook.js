"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.resumeWebhooks = void 0;
exports.resumeWebhooks = [
    {
        name: 'default',
        httpMethod: 'POST',
        responseMode: 'onReceived',
        path: '',
        restartWebhook: true,
        isFullPath: false,
    },
];
