'use strict';

// Reading what a step was given: Zapier hands over texts, the service takes what its schemas say.

const crypto = require('crypto');
const path = require('path');
const { EMPTY, base, call } = require('./service');

// A file that Zapier holds for a step: its address serves for a while, and needs no key.
const HELD_FILE = /^https?:\/\/[^/]+\/engine\/hydrate\//;
// The service keeps an upload for a day.
const UPLOAD_KEPT_S = 23 * 3600;

const hash = (...parts) => crypto.createHash('sha256').update(JSON.stringify(parts)).digest('hex');

const parsedOr = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const typed = (value, shape) => {
  if (shape.type === 'integer' || shape.type === 'number') {
    return value === true || value === false || Number.isNaN(Number(value)) ? value : Number(value);
  }
  if (shape.type === 'boolean') return typeof value === 'string' ? /^(true|yes|y|1|on)$/i.test(value) : Boolean(value);
  if (shape.type === 'string') return String(value);
  const parsed = typeof value === 'string' && /^\s*[[{]/.test(value) ? parsedOr(value) : value;
  if (shape.type === 'array') {
    return (Array.isArray(parsed) ? parsed : [parsed]).filter((item) => !EMPTY.includes(item))
      .map((item) => typed(item, shape.items));
  }
  if (parsed === null || typeof parsed !== 'object') return parsed;
  return Object.fromEntries(Object.entries(parsed).filter(([, part]) => !EMPTY.includes(part)).map(([name, part]) => {
    const inner = (shape.properties || {})[name] || shape.values;
    return [name, inner ? typed(part, inner) : part];
  }));
};

const inputOf = (action, bundle) => {
  const given = bundle.inputData || {};
  const input = {};
  for (const [name, shape] of Object.entries(action.input)) {
    let value = given[name];
    if (action.schemas.includes(name)) {
      const parts = Object.entries(given).filter(([key, part]) => key.startsWith(`${name}__`) && !EMPTY.includes(part));
      value = parts.length ? Object.fromEntries(parts.map(([key, part]) => [key.slice(name.length + 2), part])) : value;
    }
    const empty = EMPTY.includes(value) || (Array.isArray(value) && !value.some((item) => !EMPTY.includes(item)));
    if (!empty) input[name] = typed(value, shape);
  }
  return input;
};

// The same file is uploaded once, so that a step that is tried again sends the same input.
const uploaded = async (z, bundle, url) => {
  const held = await z.request({ url, raw: true, skipThrowForStatus: true });
  if (held.status >= 400) throw new z.errors.Error(`The file answered ${held.status}.`, 'file', held.status);
  const bytes = await held.buffer();
  const [, named] = /filename="?([^";]+)/.exec(held.getHeader('content-disposition') || '') || [];
  const name = named || path.posix.basename(new URL(held.url || url).pathname) || 'file';
  const digest = crypto.createHash('sha256').update(bytes).digest('hex');
  const key = `upload ${hash(base(bundle), bundle.authData.api_key, name, digest)}`;
  const known = await z.cache.get(key);
  if (known) return known;
  const form = new FormData();
  form.append('file', new Blob([bytes], { type: held.getHeader('content-type') || '' }), name);
  const encoded = new Response(form);
  const headers = { 'Content-Type': encoded.headers.get('content-type') };
  const body = Buffer.from(await encoded.arrayBuffer());
  const kept = (await call(z, bundle, 'POST', '/v1/files', { body, headers })).url;
  await z.cache.set(key, kept, UPLOAD_KEPT_S);
  return kept;
};

// Files that Zapier holds, uploaded; everything else as it is.
const withUploads = async (z, bundle, value) => {
  if (typeof value === 'string') return HELD_FILE.test(value) ? uploaded(z, bundle, value) : value;
  if (value === null || typeof value !== 'object') return value;
  const parts = await Promise.all(
    Object.entries(value).map(async ([name, part]) => [name, await withUploads(z, bundle, part)]),
  );
  return Array.isArray(value) ? parts.map(([, part]) => part) : Object.fromEntries(parts);
};

// The callback URL is new at each execution: the same input tomorrow is another run, a retry of this step is not.
const idempotency = (action, bundle, input, callbackUrl) => {
  const own = (bundle.inputData || {}).run_deduplication_key;
  if (!EMPTY.includes(own)) return { 'Idempotency-Key': hash(action.id, String(own)) };
  return callbackUrl ? { 'Idempotency-Key': hash((bundle.meta.zap || {}).id, action.id, input, callbackUrl) } : {};
};

// What a submission and an estimate say: the input, and where it is to run.
const asked = async (z, bundle, action) => {
  const connection = (bundle.inputData || {}).run_connection;
  const body = { input: await withUploads(z, bundle, inputOf(action, bundle)) };
  return EMPTY.includes(connection) || connection === 'local' ? body : { ...body, connection };
};

const submit = async (z, bundle, action, callbackUrl) => {
  const body = await asked(z, bundle, action);
  const limit = (bundle.inputData || {}).run_max_credits;
  if (!EMPTY.includes(limit)) body.max_credits = Number(limit);
  const headers = idempotency(action, bundle, body.input, callbackUrl);
  return call(z, bundle, 'POST', `/v1/actions/${action.id}`, {
    body: { ...body, callback_url: callbackUrl },
    headers,
    skipThrowForStatus: action.kind === 'read' || action.kind === 'search',
  });
};

const estimated = async (z, bundle, action) =>
  call(z, bundle, 'POST', `/v1/actions/${action.id}/estimate`, { body: await asked(z, bundle, action) });

module.exports = { estimated, inputOf, parsedOr, submit };
