// One request in two shapes: the one that is sent, and the same as a shell command.

import { base } from "./http.js";

export function request(form, key) {
  const wait = form.wait.value.trim();
  return {
    path: `/v1/actions/${form.id}${wait === "" ? "" : `?wait=${encodeURIComponent(wait)}`}`,
    key: form.idempotency.value || key,
    body: form.body(),
  };
}

export function curl({ path, key, body }) {
  return [
    `curl -sS "${location.origin}${base}${path}"`,
    '-H "Authorization: Bearer $GENHOOK_KEY"',
    '-H "Content-Type: application/json"',
    `-H ${quoted(`Idempotency-Key: ${key}`)}`,
    `-d ${quoted(JSON.stringify(body, null, 2))}`,
  ].join(" \\\n  ");
}

// 128 random bits; crypto.randomUUID wants https, this doesn't.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
