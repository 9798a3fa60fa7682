"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.verified = verified;
exports.signedEvent = signedEvent;
const crypto_1 = require("crypto");
const http_1 = require("./http");
const TOLERANCE_S = 5 * 60;
function verified(secret, id, timestamp, signatures, body) {
    const age = Math.abs(Date.now() / 1000 - Number(timestamp));
    if (!secret || !id || !(age <= TOLERANCE_S)) {
        return false;
    }
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const expected = (0, crypto_1.createHmac)('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
    return signatures.split(' ').some((signature) => {
        const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64');
        return (signature.startsWith('v1,') &&
            given.length === expected.length &&
            (0, crypto_1.timingSafeEqual)(given, expected));
    });
}
async function signedEvent(context) {
    const { signingSecret } = await context.getCredentials(http_1.CREDENTIAL);
    const headers = context.getHeaderData();
    const named = (name) => { var _a; return String((_a = headers[name]) !== null && _a !== void 0 ? _a : ''); };
    const { rawBody } = context.getRequestObject();
    if (rawBody === undefined ||
        !verified(String(signingSecret !== null && signingSecret !== void 0 ? signingSecret : ''), named('webhook-id'), named('webhook-timestamp'), named('webhook-signature'), rawBody)) {
        return undefined;
    }
    return JSON.parse(rawBody.toString('utf8'));
}
