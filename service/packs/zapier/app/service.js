'use strict';

// Talking to the service: where it is, as whom, and what it refuses.

const EMPTY = [undefined, null, ''];
// Refusals that trying again with the same step can't change; others Zapier may try again, and tells the Zap's owner of.
const LASTING = ['idempotency-mismatch', 'max-credits-exceeded', 'not-found', 'validation'];

const base = (bundle) => {
  const url = bundle.authData.base_url.trim().replace(/\/+$/, '');
  return /^https?:\/\//i.test(url) ? url : `https://${url}`;
};

const authorize = (request, z, bundle) => {
  if (bundle.authData.base_url && request.url.startsWith(`${base(bundle)}/`)) {
    request.headers.Authorization = `Bearer ${bundle.authData.api_key}`;
  }
  return request;
};

const refuse = (response, z) => {
  if (response.status < 400 || response.request.raw) return response;
  const problem = response.data || {};
  const kind = String(problem.type || '').split('/').pop() || 'error';
  // What is asked for may be absent, where the request says so; a Genhook that is none tells no problem.
  if (response.status === 404 && problem.type && response.request.skipThrowForStatus) return response;
  const faults = (problem.errors || []).map(({ pointer, message }) => `${pointer || 'input'} ${message}`);
  const message = [problem.detail || `The service answered ${response.status}.`, ...faults].join('\n');
  const wait = Number(response.getHeader('retry-after'));
  if (response.status === 401) throw new z.errors.ExpiredAuthError(message);
  if (response.status === 429 || wait) throw new z.errors.ThrottledError(message, wait || 60);
  if (LASTING.includes(kind)) throw new z.errors.HaltedError(message);
  throw new z.errors.Error(message, kind, response.status);
};

const call = async (z, bundle, method, route, { body, headers = {}, params = {}, ...more } = {}) =>
  (await z.request({ method, url: `${base(bundle)}${route}`, body, headers, params, ...more })).data;

module.exports = { EMPTY, authorize, base, call, refuse };
