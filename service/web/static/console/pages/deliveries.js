// What was posted where: the list, each receiver's health, replays, subscriptions, the checker and the bin.

import { make } from "../dom.js";
import { base, call } from "../http.js";
import { link, page, tools } from "../page.js";
import { ask, button, code, empty, endless, field, fromAddress, intoAddress, notice, number, panel, pill, query, row, select, table, toast, views, when } from "../parts.js";
import { verify } from "../signature.js";

const PAGE = 50;
const HEALTH = 100;
const HEADS = [
  { text: "Status", class: "narrow" },
  { text: "Event", class: "main" },
  { text: "Receiver", class: "wide" },
  { text: "Attempts", class: "figure" },
  { text: "Last answer", class: "figure" },
  { text: "", class: "figure" },
];
const EVENTS = ["run.completed", "run.failed", "run.canceled", "run.started", "run.progress", "budget.threshold"];

page(async (view) => {
  const filters = fromAddress(["status", "host", "run"]);
  const shown = make("div", {});
  const health = make("div", {});
  let cursor = null;
  let body = null;
  let turn = 0;
  const end = endless(() => more());

  const ask_ = (after) => call("GET", `/v1/deliveries?${query({ ...filters, limit: PAGE, cursor: after })}`).then((answer) => answer.data);
  const load = async () => {
    const mine = ++turn;
    intoAddress(filters);
    const found = await ask_(null);
    if (mine !== turn) return;
    const made = found.data.length ? table("Deliveries", HEADS, []) : nothing(filters);
    body = made.querySelector("tbody");
    body?.append(...found.data.map((each) => delivery(each, load)));
    shown.replaceChildren(made);
    cursor = found.next_cursor;
    end.has(cursor !== null);
  };
  const more = async () => {
    if (!cursor) return;
    const mine = turn;
    const found = await ask_(cursor);
    if (mine !== turn) return;
    body.append(...found.data.map((each) => delivery(each, load)));
    cursor = found.next_cursor;
    end.has(cursor !== null);
  };
  const healthy = async () => {
    const latest = (await call("GET", `/v1/deliveries?limit=${HEALTH}`)).data.data;
    health.replaceChildren(receivers(latest, (host) => {
      filters.host = host;
      bar.querySelector("[name=host]").value = host;
      load();
    }));
  };

  const bar = filterBar(filters, load);
  const [subscriptions, checker, bin] = [make("div", {}), signatureChecker(), make("div", {})];
  view.replaceChildren(
    views("Deliveries", [
      ["Deliveries", make("div", { class: "stack" }, health, bar, shown, end.element)],
      ["Subscriptions", subscriptions],
      ["Signature checker", checker],
      ["Request bin", bin],
    ]),
  );
  tools(button("Replay many…", () => replayMany(filters, load)));
  await Promise.all([load(), healthy(), subscribed(subscriptions), binned(bin)]);
  return () => end.stop();
});

function delivery(each, load) {
  const last = each.attempts.at(-1);
  const answer = last ? (last.status_code ?? "no answer") : make("span", { class: "soft" }, "–");
  const said = last?.error ?? (each.status === "pending" && each.next_attempt_at ? make("span", {}, "next ", when(each.next_attempt_at)) : null);
  const replay = button("Replay", async () => {
    await call("POST", `/v1/deliveries/${each.id}/replay`);
    toast("Sent again, under the same webhook-id.");
    await load();
  }, { small: true, "aria-label": `Replay ${each.event} to ${hostOf(each.url)}` });
  return row(HEADS, [
    pill(each.status),
    [make("code", {}, each.event), last ? make("span", { class: "soft" }, when(last.at)) : null],
    [make("span", { class: "url" }, each.url), said ? make("span", { class: last?.error ? "fault-line" : "soft" }, said) : null],
    String(each.attempts.length),
    answer,
    replay,
  ]);
}

const nothing = (filters) =>
  Object.values(filters).some(Boolean)
    ? empty("No delivery fits", "Take a filter away.")
    : empty("Nothing was posted yet", "Give a run a callback_url, or subscribe to all of them: each post and each answer is kept here.", link("/console", { class: "button primary" }, "See one arrive"));

function filterBar(filters, load) {
  const status = select([["", "Any status"], ["pending", "pending"], ["delivered", "delivered"], ["failed", "failed"]], filters.status);
  const [host, run] = ["host", "run"].map((name) => make("input", { type: "text", name, value: filters[name], spellcheck: "false" }));
  host.placeholder = "hooks.example.com";
  run.placeholder = "run_…";
  for (const [name, control] of [["status", status], ["host", host], ["run", run]]) {
    control.addEventListener("change", () => {
      filters[name] = control.value.trim();
      load().catch((problem) => toast(problem.message, true));
    });
  }
  return make(
    "form",
    { class: "filters", role: "search", "aria-label": "Filter deliveries", onsubmit: (event) => event.preventDefault() },
    make("div", { class: "filter-row" }, field("Status", status), field("Receiver", host), field("Run", run)),
  );
}

// The latest deliveries by receiver: how many arrived, and how fast it answers.
function receivers(latest, choose) {
  const hosts = new Map();
  for (const each of latest) hosts.set(hostOf(each.url), [...(hosts.get(hostOf(each.url)) ?? []), each]);
  if (!hosts.size) return "";
  return make("ul", { class: "cards small", "aria-label": "Receivers" }, [...hosts].slice(0, 8).map(([host, ones]) => receiver(host, ones, choose)));
}

function receiver(host, ones, choose) {
  const counted = (status) => ones.filter((each) => each.status === status).length;
  const [arrived, failing] = [counted("delivered"), counted("failed")];
  const retried = ones.filter((each) => each.status === "pending" && each.attempts.length).length;
  const times = ones.flatMap((each) => each.attempts.filter((one) => one.status_code).map((one) => one.duration_ms)).sort((one, other) => one - other);
  const state = failing ? "failed" : retried ? "pending" : "ok";
  const words = failing ? `${failing} failed` : retried ? `${retried} being retried` : "healthy";
  return make(
    "li",
    {},
    make(
      "button",
      { class: "card", type: "button", onclick: () => choose(host) },
      make("b", {}, host),
      make("span", { class: `pill ${state}` }, { ok: "✓ ", failed: "✕ ", pending: "○ " }[state], words),
      make("span", { class: "soft" }, `${arrived} of ${ones.length} arrived${times.length ? `, ${number(times[Math.floor(times.length / 2)])} ms` : ""}`),
    ),
  );
}

function hostOf(url) {
  try {
    return new URL(url).hostname;
  } catch {
    return url;
  }
}

// First a preview, then the sending of exactly what was seen.
async function replayMany(filters, load) {
  const filter = Object.fromEntries(Object.entries({ ...filters, status: filters.status || "failed" }).filter(([, value]) => value));
  const preview = (await call("POST", "/v1/deliveries/replay", { body: { filter, dry_run: true } })).data;
  const words = Object.entries(filter).map(([name, value]) => `${name} ${value}`).join(", ");
  if (!preview.count) return toast(`No delivery fits: ${words}.`);
  const sample = (await call("GET", `/v1/deliveries?${query({ ...filter, limit: 10 })}`)).data.data;
  const sure = await ask(`Send ${number(preview.count)} ${preview.count === 1 ? "delivery" : "deliveries"} again?`, {
    text: `${words}${preview.more ? "; the oldest thousand, more remain" : ""}. Each keeps its webhook-id, so a receiver that has seen it can drop it.`,
    content: [make("ul", { class: "lines" }, sample.map((each) => make("li", {}, make("code", {}, each.event), make("span", { class: "url" }, each.url)))), preview.count > sample.length ? make("p", { class: "soft" }, `and ${number(preview.count - sample.length)} more`) : ""],
    act: "Send them again",
  });
  if (!sure) return;
  await call("POST", "/v1/deliveries/replay", { body: { filter, dry_run: false } });
  toast(`${number(preview.count)} are on their way.`);
  await load();
}

async function subscribed(place) {
  const heads = [{ text: "Status", class: "narrow" }, { text: "Receiver", class: "wide" }, { text: "Events" }, { text: "Actions" }, { text: "Made", class: "figure" }, { text: "", class: "figure" }];
  const found = (await call("GET", "/v1/subscriptions")).data.data;
  const again = () => subscribed(place);
  const rows = found.map((each) => [
    pill(each.status),
    [make("span", { class: "url" }, each.target_url), each.disabled_reason ? make("span", { class: "fault-line" }, each.disabled_reason) : null],
    each.events.map((name) => make("code", { class: "block" }, name)),
    each.actions.length ? each.actions.map((name) => make("code", { class: "block" }, name)) : "every generate",
    when(each.created_at),
    button("Delete", async () => {
      if (!(await ask("Delete this subscription?", { text: `${each.target_url} hears of no more runs.`, act: "Delete", bad: true }))) return;
      await call("DELETE", `/v1/subscriptions/${each.id}`);
      await again();
    }, { small: true, "aria-label": `Delete the subscription of ${each.target_url}` }),
  ]);
  place.replaceChildren(
    panel(
      "Subscriptions",
      { tools: [button("Subscribe…", () => subscribe(again), { kind: "primary" })], note: "Posted for every run, signed with the account's secret. Settings shows and rotates it." },
      found.length ? table("Subscriptions", heads, rows) : empty("No subscription", "Subscribe an address once, instead of giving each run a callback_url."),
    ),
  );
}

async function subscribe(again) {
  const url = make("input", { type: "url", name: "url", required: true, placeholder: "https://hooks.example.com/genhook" });
  const actions = make("input", { type: "text", name: "actions", placeholder: "flokan.thumbnails.generate", spellcheck: "false" });
  const boxes = EVENTS.map((name, at) => make("label", { class: "check" }, make("input", { type: "checkbox", name: "events", value: name, checked: at < 3 }), make("code", {}, name)));
  const told = await ask("Subscribe an address", {
    content: [field("Address", url), make("fieldset", { class: "field" }, make("legend", {}, "Events"), make("div", { class: "checks" }, boxes)), field("Actions", actions, "Ids with commas between; left empty, every generate.")],
    act: "Subscribe",
  });
  if (!told) return;
  const names = String(told.get("actions")).split(",").map((each) => each.trim()).filter(Boolean);
  await call("POST", "/v1/subscriptions", { body: { target_url: told.get("url"), events: told.getAll("events"), actions: names } });
  toast("Subscribed.");
  await again();
}

function signatureChecker() {
  const inputs = {
    id: make("input", { type: "text", spellcheck: "false", placeholder: "msg_…" }),
    timestamp: make("input", { type: "text", spellcheck: "false", placeholder: "1767225600" }),
    signature: make("input", { type: "text", spellcheck: "false", placeholder: "v1,… v1a,…" }),
    secret: make("input", { type: "password", autocomplete: "off", placeholder: "whsec_…" }),
    body: make("textarea", { class: "mono", rows: "6", spellcheck: "false" }),
  };
  const answer = make("div", { role: "status" });
  const form = make(
    "form",
    { class: "stack narrow-form", novalidate: true },
    field("webhook-id", inputs.id),
    field("webhook-timestamp", inputs.timestamp),
    field("webhook-signature", inputs.signature),
    field("Body, exactly as it came", inputs.body),
    field("Signing secret", inputs.secret, "Used in this page only: nothing of this is sent anywhere. v1a signatures need no secret."),
    make("div", { class: "inline" }, make("button", { class: "button primary", type: "submit" }, "Check")),
    answer,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(Object.entries(inputs).map(([name, control]) => [name, name === "body" ? control.value : control.value.trim()]));
    const found = await verify(values, () => fetch(`${base}/.well-known/webhook-keys.json`, { credentials: "omit" }).then((keys) => keys.json()));
    answer.replaceChildren(notice(found.ok ? "good" : "bad", found.ok ? "The signature is right" : "The signature is not right", found.text));
  });
  return panel("Signature checker", { note: "Why does my receiver refuse it? Paste what it got." }, form);
}

async function binned(place) {
  const held = (await call("GET", "/v1/bin")).data;
  const again = () => binned(place);
  const shown = held.data.map((each) =>
    make(
      "details",
      { class: "attempt" },
      make("summary", {}, make("b", {}, "POST "), when(each.at), make("span", { class: "soft" }, ` ${each.headers["user-agent"] ?? ""}, ${number(each.body.length)} characters`)),
      make("pre", { class: "code", tabindex: "0" }, `${Object.entries(each.headers).map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n${each.body}`),
    ),
  );
  place.replaceChildren(
    panel(
      "Request bin",
      {
        tools: [button("Look again", again), held.data.length ? button("Clear", async () => {
          await call("DELETE", "/v1/bin");
          await again();
        }) : ""],
        note: "An address of this account that takes any POST, for trying callbacks without a receiver. It keeps the last 20 for a day.",
      },
      code(held.url, "Copy address"),
      held.data.length ? make("div", { class: "stack" }, shown) : empty("The bin is empty", "Use its address as a callback_url, or post to it from anywhere."),
    ),
  );
}
