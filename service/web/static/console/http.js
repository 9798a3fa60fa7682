// Requests to this service: the key in its header, refusals as problems, the rate limit kept an eye on.

import { held } from "./key.js";

const SPARE = 5;

// The path that the service is at below its origin, without a slash at its end.
export const base = document.documentElement.dataset.base;

// What the last answer said of the rate limit's window.
export const budget = { limit: Infinity, remaining: Infinity, resets: 0 };

export class Problem extends Error {
  constructor(body, retryAfter) {
    super(body.detail || body.title || "It could not be done.");
    this.title = body.title || "Something went wrong";
    this.status = body.status || 0;
    this.errors = body.errors || [];
    this.retryAfter = retryAfter;
  }

  get passes() {
    return this.status === 429 || this.status === 503;
  }
}

export async function call(method, path, { body, file, headers = {} } = {}) {
  const sent = { ...headers };
  if (held()) sent.Authorization = `Bearer ${held()}`;
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const answer = await reached(path, { method, headers: sent, body: file ?? (body && JSON.stringify(body)) });
  note(answer.headers);
  const data = await answer.json().catch(() => null);
  // What was cut off on its way says nothing.
  if (answer.ok && data === null) throw unanswered();
  if (answer.ok) return { status: answer.status, headers: answer.headers, data };
  const told = data ?? { title: `${answer.status} ${answer.statusText}` };
  throw new Problem({ status: answer.status, ...told }, Number(answer.headers.get("Retry-After")) || null);
}

export function upload(file) {
  const form = new FormData();
  form.append("file", file);
  return call("POST", "/v1/files", { file: form });
}

// Whether a request that nobody waits for can be afforded.
export const canSpare = () => budget.remaining > Math.max(SPARE, budget.limit / 4) || Date.now() > budget.resets;

// How long to wait before asking again, so that what is left of the window lasts to its end.
export function gap(wished) {
  const left = Math.max(budget.resets - Date.now(), 0);
  return Math.max(wished, budget.remaining > SPARE ? left / budget.remaining : left + 500);
}

export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function reached(path, options) {
  try {
    return await fetch(base + path, { ...options, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" });
  } catch {
    throw unanswered();
  }
}

const unanswered = () => new Problem({ title: "No answer", detail: "The service can't be reached. Running it again is safe." });

export function note(headers) {
  const number = (name) => Number(headers.get(`X-RateLimit-${name}`));
  if (headers.has("X-RateLimit-Limit")) {
    Object.assign(budget, { limit: number("Limit"), remaining: number("Remaining"), resets: number("Reset") * 1000 });
  }
}
