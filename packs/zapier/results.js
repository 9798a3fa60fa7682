'use strict';

// Presenting results: their files are fetched only where a later step wants them.

const path = require('path');
const { base } = require('./service');

const hydrators = {
  file: async (z, bundle) => {
    const response = await z.request({ url: bundle.inputData.url, raw: true, skipThrowForStatus: true });
    if (response.status >= 400) throw new z.errors.Error(`The file answered ${response.status}.`, 'file', response.status);
    const name = path.posix.basename(new URL(bundle.inputData.url).pathname);
    return z.stashFile(response, Number(response.getHeader('content-length')) || undefined, name, response.getHeader('content-type'));
  },
};

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

const presentedRun = (z, bundle, action, run) =>
  ({ ...run, files: filesOf(z, bundle, action ? action.files : [], run.output) });

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

module.exports = { hydrators, presented, presentedItems, presentedRun };
