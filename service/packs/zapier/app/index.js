'use strict';

// Every function of the app. What the steps are stands in creates/, searches/ and triggers/, what this file must know
// of the actions behind them in genhook.json; both are made from the service's definitions.

const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const { actions, options } = require('./genhook.json');
const ENDED = ['completed', 'failed', 'canceled'];
const EMPTY = [undefined, null, ''];
const LONGEST_DROPDOWN = 1000;
const byId = Object.fromEntries(Object.values(actions).map((action) => [action.id, action]));

const steps = (folder) =>
  fs.readdirSync(path.join(__dirname, folder)).filter((name) => name.endsWith('.json')).sort()
    .map((name) => require(`./${folder}/${name}`));

// Talking to the service

const base = (bundle) => bundle.authData.base_url.replace(/\/+$/, '');

const authorize = (request, z, bundle) => {
  if (bundle.authData.base_url && request.url.startsWith(`${base(bundle)}/`)) {
    request.headers.Authorization = `Bearer ${bundle.authData.api_key}`;
  }
  return request;
};

const refuse = (response, z) => {
  if (response.status < 400 || response.request.raw) return response;
  const problem = response.data || {};
  const faults = (problem.errors || []).map(({ pointer, message }) => `${pointer || 'input'} ${message}`);
  const message = [problem.detail || `The service answered ${response.status}.`, ...faults].join('\n');
  if (response.status === 401) throw new z.errors.ExpiredAuthError(message);
  if (response.status === 429) throw new z.errors.ThrottledError(message, Number(response.getHeader('retry-after')) || 60);
  throw new z.errors.Error(message, (problem.type || '').split('/').pop() || 'error', response.status);
};

const call = async (z, bundle, method, route, body, headers = {}, params = {}) =>
  (await z.request({ method, url: `${base(bundle)}${route}`, body, headers, params })).data;

// Reading what a step was given: Zapier hands over texts, the service takes what its schemas say

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

const parsedOr = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
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

const hash = (...parts) => crypto.createHash('sha256').update(JSON.stringify(parts)).digest('hex');

// The callback URL is new at each execution: the same input tomorrow is another run, a retry of this step is not.
const idempotency = (action, bundle, input, callbackUrl) => {
  const own = (bundle.inputData || {}).run_deduplication_key;
  if (!EMPTY.includes(own)) return { 'Idempotency-Key': hash(action.id, String(own)) };
  return callbackUrl ? { 'Idempotency-Key': hash((bundle.meta.zap || {}).id, action.id, input, callbackUrl) } : {};
};

const submit = (z, bundle, action, callbackUrl) => {
  const input = inputOf(action, bundle);
  const limit = (bundle.inputData || {}).run_max_credits;
  const body = { input, callback_url: callbackUrl };
  if (!EMPTY.includes(limit)) body.max_credits = Number(limit);
  return call(z, bundle, 'POST', `/v1/actions/${action.id}`, body, idempotency(action, bundle, input, callbackUrl));
};

// Presenting results: their files are fetched only where a later step wants them

const found = (value, parts) => {
  if (!parts.length) return typeof value === 'string' && value ? [value] : [];
  if (parts[0] === '*') return Array.isArray(value) ? value.flatMap((item) => found(item, parts.slice(1))) : [];
  return value && typeof value === 'object' ? found(value[parts[0]], parts.slice(1)) : [];
};

const filesOf = (z, bundle, places, output) =>
  places.flatMap(({ at, media }) => found(output, at.split('/').slice(1)).map((link) => {
    const url = new URL(link, `${base(bundle)}/`).href;
    return { media, url, file: z.dehydrateFile(hydrators.file, { url }) };
  }));

const presentedRun = (z, bundle, run) => {
  const places = (byId[run.action] || { files: [] }).files;
  return { ...run, files: filesOf(z, bundle, places, run.output) };
};

const presented = (z, bundle, action, output) => {
  const whole = output !== null && typeof output === 'object' && !Array.isArray(output) ? output : { data: output };
  return action.files.length ? { ...whole, files: filesOf(z, bundle, action.files, output) } : whole;
};

const presentedItems = (z, bundle, action, output) => {
  if (action.items === null) return [presented(z, bundle, action, output)];
  const items = action.items.split('/').slice(1).reduce((value, part) => value[part], output);
  const files = action.files.map(({ at, media }) => ({ media, at: at.slice(`${action.items}/*`.length) }));
  return items.map((item) => presented(z, bundle, { files }, item));
};

const hydrators = {
  file: async (z, bundle) => {
    const response = await z.request({ url: bundle.inputData.url, raw: true });
    if (response.status >= 400) throw new z.errors.Error(`The file answered ${response.status}.`, 'file', response.status);
    const name = path.posix.basename(new URL(bundle.inputData.url).pathname);
    return z.stashFile(response, Number(response.getHeader('content-length')) || undefined, name, response.getHeader('content-type'));
  },
};

// Creates and searches

const generating = (action, step) => ({
  perform: async (z, bundle) => {
    if (bundle.meta.isLoadingSample) return step.operation.sample;
    const run = await submit(z, bundle, action, z.generateCallbackUrl());
    return { id: run.id, status: run.status };
  },
  // The post only rings: what counts is the run as the service tells it to this connection's own key.
  performResume: async (z, bundle) => {
    const told = eventOf(bundle);
    const { id } = bundle.outputData;
    if (told.data && told.data.id !== id) throw new z.errors.Error('The callback tells of another run.', 'callback', 400);
    const run = await call(z, bundle, 'GET', `/v1/runs/${id}`);
    if (!ENDED.includes(run.status)) throw new z.errors.Error(`The run ${id} has not ended yet.`, 'not_ended', 409);
    if (run.status === 'failed') throw new z.errors.Error(run.error.message, run.error.code, run.error.status);
    if (run.status === 'canceled') throw new z.errors.HaltedError(`The run ${id} was canceled.`);
    return presentedRun(z, bundle, run);
  },
});

const writing = (action, step) => ({
  perform: async (z, bundle) => {
    if (bundle.meta.isLoadingSample) return step.operation.sample;
    return presented(z, bundle, action, (await submit(z, bundle, action)).output);
  },
});

const searching = (action) => ({
  perform: async (z, bundle) => presentedItems(z, bundle, action, (await submit(z, bundle, action)).output),
});

// Fields that hang on what is filled in

const dynamicFields = (action) => async (z, bundle) => {
  const input = inputOf(action, bundle);
  const shown = action.conditional.filter(({ when }) => when.in.includes(input[when.field])).map(({ field }) => field);
  for (const name of action.schemas) {
    const { schema } = await call(z, bundle, 'POST', `/v1/actions/${action.id}/fields`, { field: name, input });
    for (const [key, part] of Object.entries((schema || {}).properties || {})) shown.push(fieldOf(`${name}__${key}`, key, part));
  }
  return shown;
};

const fieldOf = (key, name, part) => {
  const field = { key, label: part.title || name, required: false, type: part.type };
  if (part.enum) {
    const labels = part['x-labels'] || part.enum.map(String);
    field.choices = part.enum.map((value, n) => ({ value: String(value), sample: String(value), label: labels[n] }));
  }
  return EMPTY.includes(part.default) ? field : { ...field, default: String(part.default) };
};

const step = (functions) => (definition) => {
  const action = actions[definition.key];
  const inputFields = [...definition.operation.inputFields];
  if (action.conditional.length || action.schemas.length) inputFields.push(dynamicFields(action));
  return { ...definition, operation: { ...definition.operation, inputFields, ...functions(action, definition) } };
};

const optionsOf = ({ action, field }) => async (z, bundle) => {
  const input = inputOf(byId[action], bundle);
  const listed = [];
  let cursor;
  do {
    const page = await call(z, bundle, 'POST', `/v1/actions/${action}/fields`, { field, input, ...(cursor ? { cursor } : {}) });
    listed.push(...page.options.map(({ value, label }) => ({ id: value, label })));
    cursor = page.next_cursor;
  } while (cursor && listed.length < LONGEST_DROPDOWN);
  return listed;
};

// Triggers

const eventOf = (bundle) => {
  let told = bundle.cleanedRequest || {};
  for (const wrap of ['content', 'body']) if (told[wrap] !== undefined && !told.data) told = told[wrap];
  return typeof told === 'string' ? parsedOr(told) : told;
};

const hearing = (status) => ({
  performSubscribe: (z, bundle) => call(z, bundle, 'POST', '/v1/subscriptions', {
    target_url: bundle.targetUrl,
    events: [`run.${status}`],
    actions: (bundle.inputData.actions || []).filter(Boolean),
  }),
  performUnsubscribe: (z, bundle) => call(z, bundle, 'DELETE', `/v1/subscriptions/${bundle.subscribeData.id}`),
  perform: async (z, bundle) => {
    const { id } = eventOf(bundle).data || {};
    if (!/^run_[0-9a-f]+$/.test(id || '')) return [];
    const run = await call(z, bundle, 'GET', `/v1/runs/${id}`);
    return run.status === status ? [presentedRun(z, bundle, run)] : [];
  },
  performList: async (z, bundle) => {
    const wanted = (bundle.inputData.actions || []).filter(Boolean);
    const { data } = await call(z, bundle, 'GET', '/v1/runs', undefined, {}, { status, limit: 100 });
    return data.filter((run) => (wanted.length ? wanted.includes(run.action) : (byId[run.action] || {}).kind === 'generate'))
      .map((run) => presentedRun(z, bundle, run));
  },
});

const trigger = (definition) => {
  const functions = options[definition.key]
    ? { perform: optionsOf(options[definition.key]) }
    : hearing(definition.key.replace('run_', ''));
  return { ...definition, operation: { ...definition.operation, ...functions } };
};

const keyed = (list) => Object.fromEntries(list.map((one) => [one.key, one]));
const create = (definition) => step(actions[definition.key].kind === 'generate' ? generating : writing)(definition);

module.exports = {
  version: require('./package.json').version,
  platformVersion: require('zapier-platform-core').version,
  flags: { cleanInputData: false },
  authentication: {
    type: 'custom',
    fields: [
      { key: 'base_url', label: 'Base URL', type: 'string', required: true, placeholder: 'https://genhook.example.com', helpText: 'Where your Genhook answers.' },
      { key: 'api_key', label: 'API Key', type: 'password', required: true, helpText: 'A key of any of its APIs.' },
    ],
    test: async (z, bundle) => {
      await call(z, bundle, 'GET', '/v1/connections');
      return { host: new URL(base(bundle)).host, key: `${bundle.authData.api_key.slice(0, 13)}…` };
    },
    connectionLabel: '{{key}} at {{host}}',
  },
  beforeRequest: [authorize],
  afterResponse: [refuse],
  hydrators,
  creates: keyed(steps('creates').map(create)),
  searches: keyed(steps('searches').map(step(searching))),
  triggers: keyed(steps('triggers').map(trigger)),
};
