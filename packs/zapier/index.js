'use strict';

// The app. What the steps are, and what the functions must know of the actions behind them, stands in generated/, made
// from the service's definitions.

const fs = require('fs');
const path = require('path');
const { actions, estimates, options } = require('./generated/genhook.json');
const { estimated, inputOf, parsedOr, submit } = require('./inputs');
const { hydrators, presented, presentedItems, presentedRun } = require('./results');
const { EMPTY, authorize, base, call, refuse } = require('./service');

const ENDED = ['completed', 'failed', 'canceled'];
const LONGEST_DROPDOWN = 1000;
const byId = Object.fromEntries(Object.values(actions).map((action) => [action.id, action]));

const steps = (folder) =>
  fs.readdirSync(path.join(__dirname, 'generated', folder)).filter((name) => name.endsWith('.json')).sort()
    .map((name) => require(`./generated/${folder}/${name}`));

// Creates and searches

const eventOf = (bundle) => {
  let told = bundle.cleanedRequest || {};
  for (const wrap of ['content', 'body']) if (told[wrap] !== undefined && !told.data) told = told[wrap];
  return typeof told === 'string' ? parsedOr(told) : told;
};

const failure = (z, { message, code, status, permanent }) =>
  permanent ? new z.errors.HaltedError(message) : new z.errors.Error(message, code, status);

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
    if (run.status === 'failed') throw failure(z, run.error);
    if (run.status === 'canceled') {
      throw new z.errors.HaltedError((run.error && run.error.message) || `The run ${id} was canceled.`);
    }
    return presentedRun(z, bundle, action, run);
  },
});

const writing = (action, step) => ({
  perform: async (z, bundle) => {
    if (bundle.meta.isLoadingSample) return step.operation.sample;
    return presented(z, bundle, action, (await submit(z, bundle, action)).output);
  },
});

// A record that isn't there is an empty answer, which Zapier tells from an error.
const searching = (action) => ({
  perform: async (z, bundle) => {
    const run = await submit(z, bundle, action);
    return run.status === 'completed' ? presentedItems(z, bundle, action, run.output) : [];
  },
});

const estimating = (action) => ({ perform: async (z, bundle) => [await estimated(z, bundle, action)] });

// Fields that hang on what is filled in

const dynamicFields = (action) => async (z, bundle) => {
  const input = inputOf(action, bundle);
  const shown = action.conditional.filter(({ when }) => when.in.includes(input[when.field])).map(({ field }) => field);
  for (const name of action.schemas) {
    const { schema } = await call(z, bundle, 'POST', `/v1/actions/${action.id}/fields`, { body: { field: name, input } });
    for (const [key, part] of Object.entries((schema || {}).properties || {})) shown.push(fieldOf(`${name}__${key}`, key, part));
  }
  return shown;
};

const fieldOf = (key, name, part) => {
  const field = { key, label: part.title || name, required: false, type: part.type };
  if (part.description) field.helpText = part.description;
  if (part.enum) {
    const labels = part['x-labels'] || part.enum.map(String);
    field.choices = part.enum.map((value, n) => ({ value: String(value), sample: String(value), label: labels[n] }));
  }
  return EMPTY.includes(part.default) ? field : { ...field, default: String(part.default) };
};

// They stand behind the fields that everybody fills in, and before the group of those that few do.
const step = (action, functions, definition) => {
  const { inputFields } = definition.operation;
  const shown = inputFields.filter((field) => !field.group);
  if (action.conditional.length || action.schemas.length) shown.push(dynamicFields(action));
  return {
    ...definition,
    operation: {
      ...definition.operation,
      inputFields: [...shown, ...inputFields.filter((field) => field.group)],
      ...functions(action, definition),
    },
  };
};

const create = (definition) => {
  const action = actions[definition.key];
  return step(action, action.kind === 'generate' ? generating : writing, definition);
};

const search = (definition) =>
  definition.key in estimates
    ? step(byId[estimates[definition.key]], estimating, definition)
    : step(actions[definition.key], searching, definition);

const optionsOf = ({ action, field }) => async (z, bundle) => {
  const input = inputOf(byId[action], bundle);
  const listed = [];
  let cursor;
  do {
    const body = { field, input, ...(cursor ? { cursor } : {}) };
    const page = await call(z, bundle, 'POST', `/v1/actions/${action}/fields`, { body });
    listed.push(...page.options.map(({ value, label }) => ({ id: value, label })));
    cursor = page.next_cursor;
  } while (cursor && listed.length < LONGEST_DROPDOWN);
  return listed;
};

// Triggers

const hearing = (status) => ({
  performSubscribe: (z, bundle) => call(z, bundle, 'POST', '/v1/subscriptions', {
    body: {
      target_url: bundle.targetUrl,
      events: [`run.${status}`],
      actions: (bundle.inputData.actions || []).filter(Boolean),
    },
  }),
  performUnsubscribe: (z, bundle) => call(z, bundle, 'DELETE', `/v1/subscriptions/${bundle.subscribeData.id}`, { skipThrowForStatus: true }),
  perform: async (z, bundle) => {
    const { id } = eventOf(bundle).data || {};
    if (!/^run_[0-9a-f]+$/.test(id || '')) return [];
    const run = await call(z, bundle, 'GET', `/v1/runs/${id}`);
    return run.status === status ? [presentedRun(z, bundle, byId[run.action], run)] : [];
  },
  performList: async (z, bundle) => {
    const wanted = (bundle.inputData.actions || []).filter(Boolean);
    const { data } = await call(z, bundle, 'GET', '/v1/runs', { params: { status, limit: 20, include: 'input,output' } });
    return data.filter((run) => (wanted.length ? wanted.includes(run.action) : (byId[run.action] || {}).kind === 'generate'))
      .map((run) => presentedRun(z, bundle, byId[run.action], run));
  },
});

const trigger = (definition) => {
  const functions = options[definition.key]
    ? { perform: optionsOf(options[definition.key]) }
    : hearing(definition.key.replace('run_', ''));
  return { ...definition, operation: { ...definition.operation, ...functions } };
};

const keyed = (list) => Object.fromEntries(list.map((one) => [one.key, one]));

module.exports = {
  version: require('./package.json').version,
  platformVersion: require('zapier-platform-core').version,
  // The service's own words on a 429 are better than the platform's.
  flags: { cleanInputData: false, throwForThrottlingEarly: false },
  authentication: {
    type: 'custom',
    fields: [
      {
        key: 'base_url',
        label: 'Base URL',
        type: 'string',
        required: true,
        placeholder: 'https://genhook.example.com',
        helpText: 'Where your Genhook answers. Zapier must be able to reach it.',
      },
      {
        key: 'api_key',
        label: 'API Key',
        type: 'password',
        required: true,
        helpText: 'A key of any of its APIs, as `python -m service keys create` prints it. A Flokan key runs Flokan\'s steps only.',
      },
    ],
    test: async (z, bundle) => {
      const answer = await call(z, bundle, 'GET', '/v1/connections');
      if (!answer || !Array.isArray(answer.data)) throw new z.errors.Error(`No Genhook answers at ${base(bundle)}.`, 'base_url', 400);
      return { host: new URL(base(bundle)).host, key: `${bundle.authData.api_key.slice(0, 13)}…` };
    },
    connectionLabel: '{{key}} at {{host}}',
  },
  beforeRequest: [authorize],
  afterResponse: [refuse],
  hydrators,
  creates: keyed(steps('creates').map(create)),
  searches: keyed(steps('searches').map(search)),
  triggers: keyed(steps('triggers').map(trigger)),
};
