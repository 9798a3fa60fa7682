// The first minute: a picture by one click, its callback in the account's own bin, and the same from elsewhere.

import { make } from "../dom.js";
import { follow } from "../events.js";
import { base, call, pause } from "../http.js";
import { link, page } from "../page.js";
import { button, code, credits, notice, number, panel, pill, views, when } from "../parts.js";
import { newKey } from "../request.js";
import { files, shown } from "../result.js";
import * as samples from "../samples.js";

const ACTION = "flokan.thumbnails.generate";
const LOOKS = 10;

page(async (view) => {
  const [account, bin, latest] = await Promise.all([call("GET", "/v1/account"), call("GET", "/v1/bin"), call("GET", "/v1/runs?limit=5")]);
  const definition = await call("GET", `/v1/actions/${ACTION}`).then((answer) => answer.data, () => null);
  const runs = latest.data.data;
  view.replaceChildren(
    strip(account.data, runs),
    definition ? first(definition, bin.data.url) : notice("", "This key runs no thumbnails", "Any action of its own can be tried under Actions."),
    elsewhere(definition, bin.data.url),
    runs.length ? recent(runs) : "",
  );
});

function strip(account, runs) {
  const told = [
    ["Account", account.name],
    ["Plan", account.plan],
    ["Credits", number(account.credits - account.held), "/console/usage"],
    ["Last run", runs.length ? when(runs[0].created_at) : "none yet", "/console/runs"],
  ];
  return make("dl", { class: "strip" }, told.map(([name, value, path]) => make("div", {}, make("dt", {}, name), make("dd", {}, path ? link(path, {}, value) : value))));
}

function first(definition, url) {
  const input = samples.thumbnail(definition);
  const result = make("div", { class: "first-result", role: "status" }, make("p", { class: "placeholder" }, "The picture appears here."));
  const callback = make("div", { class: "first-callback" }, make("p", { class: "placeholder" }, "Its signed callback appears here, in your own request bin."));
  let leave = () => {};

  const go = button("Make a first thumbnail", async () => {
    leave();
    result.replaceChildren(make("div", { class: "progress" }, make("progress", { "aria-label": "Progress" }), make("span", { class: "soft" }, "Accepted; a worker takes it…")));
    const run = (await call("POST", `/v1/actions/${ACTION}`, { body: { input, callback_url: url, metadata: { from: "console" } }, headers: { "Idempotency-Key": newKey() } })).data;
    await new Promise((done) => {
      leave = follow(`/v1/runs/${run.id}/events`, (name, seen) => {
        if (seen.finished_at === null) return false;
        ended(seen);
        done();
        return true;
      });
    });
  }, { kind: "primary big" });

  const ended = (run) => {
    const media = run.output ? files(run.output, definition.files) : [];
    result.replaceChildren(
      ...media.map(shown),
      make("p", {}, pill(run.status), " ", credits(run.credits_charged), run.sandbox ? ", made by the embedded engine: no provider key is set. " : ". ", link(`/console/runs/${run.id}`, {}, "See the run")),
      ...(run.error ? [notice("bad", run.error.code, run.error.message)] : []),
    );
    arrived(run).catch(() => {});
  };

  const arrived = async (run) => {
    callback.replaceChildren(make("p", { class: "soft" }, "Waiting for the callback…"));
    for (let look = 0; look < LOOKS; look++) {
      const held = (await call("GET", "/v1/bin")).data.data.find((each) => each.body.includes(run.id));
      if (held) return callback.replaceChildren(post(held, url));
      await pause(400 + 300 * look);
    }
    callback.replaceChildren(notice("", "No callback yet", "The run's page shows each attempt to post it."));
  };

  return make(
    "section",
    { class: "panel first" },
    make("header", {}, make("h2", {}, "Your first minute")),
    make(
      "div",
      { class: "first-columns" },
      make("div", {}, make("ol", { class: "steps" }, make("li", {}, make("b", {}, "Make something. "), `“${input.prompt}”`), make("li", {}, make("b", {}, "See its callback. "), "It is posted, signed, to a bin that only this account can open."), make("li", {}, make("b", {}, "Do the same from your tool. "), "The whole request stands below.")), go),
      result,
      callback,
    ),
  );
}

// A request as it arrived.
function post(held) {
  const names = ["webhook-id", "webhook-timestamp", "webhook-signature", "content-type"];
  const head = names.filter((name) => held.headers[name]).map((name) => `${name}: ${held.headers[name]}`);
  let body = held.body;
  try {
    body = JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    // Shown as it came.
  }
  return make("div", {}, make("p", {}, make("span", { class: "pill delivered" }, "✓ POST received"), " ", when(held.at)), make("pre", { class: "code tall", tabindex: "0" }, `${head.join("\n")}\n\n${body}`));
}

function elsewhere(definition, url) {
  const input = definition ? samples.thumbnail(definition) : {};
  const service = location.origin + base;
  return panel(
    "The same from your tool",
    { note: "Put your key in the shell once: export GENHOOK_KEY=… (Settings mints one)." },
    views("Languages and tools", [
      ["curl", code(samples.shell(service, ACTION, input, url))],
      ["Python", code(samples.python(service, ACTION, input, url))],
      ["Node", code(samples.node(service, ACTION, input, url))],
      ["n8n", make("div", { class: "stack" }, make("p", {}, "In n8n's folder for community nodes (~/.n8n/nodes), then restart it:"), code(samples.install(service)), make("p", {}, "Make a credential with this address and your key, then paste this workflow onto the canvas:"), code(samples.workflow(ACTION, input), "Copy workflow"))],
      ["Zapier", make("div", { class: "stack" }, make("p", {}, "Push the app to your Zapier account once, then make the Zap:"), code(samples.zapier(service)), code(samples.zap(ACTION, input)))],
    ]),
    make("p", { class: "hint" }, "Step by step: ", make("a", { href: `${base}/docs/guide/` }, "the five-minute guides"), "."),
  );
}

function recent(runs) {
  return panel(
    "Latest runs",
    { tools: [link("/console/runs", {}, "All runs")] },
    make("ul", { class: "lines latest" }, runs.map((run) => make("li", {}, pill(run.status), link(`/console/runs/${run.id}`, {}, run.action), make("span", { class: "soft" }, when(run.created_at))))),
  );
}
