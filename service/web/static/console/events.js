// Server-sent events with the key in a header, which EventSource can't send; taken up again where they broke off.

import { base, note, pause } from "./http.js";
import { held } from "./key.js";

const AGAIN_MS = 1000;
const LONGEST_MS = 15_000;

// Calls `told(name, data)` for each event, until it returns true, and `opened()` at each beginning; returns what ends it.
export function follow(path, told, { opened = () => {} } = {}) {
  const stop = new AbortController();
  run(path, told, opened, stop);
  return () => stop.abort();
}

async function run(path, told, opened, stop) {
  const { signal } = stop;
  let last = null;
  let wait = AGAIN_MS;
  const seen = (name, data, id) => {
    last = id ?? last;
    if (told(name, data) === true) stop.abort();
  };
  while (!signal.aborted) {
    try {
      const headers = { Authorization: `Bearer ${held()}`, ...(last ? { "Last-Event-ID": last } : {}) };
      const answer = await fetch(base + path, { headers, signal, credentials: "omit", cache: "no-store" });
      note(answer.headers);
      if (answer.status === 401 || answer.status === 404) return;
      if (answer.ok) {
        opened();
        wait = AGAIN_MS;
        await read(answer.body, seen);
      } else {
        wait = Math.max(wait, 1000 * (Number(answer.headers.get("Retry-After")) || 0));
      }
    } catch {
      // Broken off, by the other side or by `stop`.
    }
    if (signal.aborted) return;
    await pause(wait);
    wait = Math.min(wait * 2, LONGEST_MS);
  }
}

async function read(body, seen) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) event(block, seen);
  }
}

function event(block, seen) {
  const fields = {};
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    if (at > 0) fields[line.slice(0, at)] = line.slice(at + 2);
  }
  if (fields.data) seen(fields.event, JSON.parse(fields.data), fields.id);
}
