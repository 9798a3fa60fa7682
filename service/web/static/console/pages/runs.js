// Every run of the account, newest first, as it happens.

import { make, soon } from "../dom.js";
import { follow } from "../events.js";
import { call } from "../http.js";
import { failed, link, page, tools } from "../page.js";
import { button, credits, empty, endless, field, fromAddress, intoAddress, lasted, pill, query, row, select, table, when } from "../parts.js";

const NAMES = ["q", "status", "action", "model", "key", "group", "from", "to"];
const PAGE = 50;
const TYPING = 300;
const HEADS = [
  { text: "Status", class: "narrow" },
  { text: "Action", class: "main" },
  { text: "Group", class: "group-cell" },
  { text: "Credits", class: "figure" },
  { text: "Took", class: "figure" },
  { text: "Made", class: "figure" },
];

page(async (view) => {
  const filters = fromAddress(NAMES);
  const [actions, keys] = await Promise.all([call("GET", "/v1/actions"), call("GET", "/v1/keys")]);
  const status = make("p", { class: "soft count", role: "status" });
  const list = make("div", {});
  const bar = filterBar(filters, actions.data.data, keys.data.data, () => load());
  view.replaceChildren(bar, status, list);

  let rows = new Map();
  let body = null;
  let cursor = null;
  let turn = 0;
  const end = endless(() => more());
  view.append(end.element);

  const ask = (after) => call("GET", `/v1/runs?${query({ ...filters, limit: PAGE, cursor: after })}`).then((answer) => answer.data);

  async function load() {
    const mine = ++turn;
    intoAddress(filters);
    list.setAttribute("aria-busy", "true");
    try {
      const found = await ask(null);
      if (mine !== turn) return;
      rows = new Map();
      body = null;
      cursor = found.next_cursor;
      list.replaceChildren(found.data.length ? started(found.data) : nothing());
      end.has(cursor !== null);
      told();
    } catch (problem) {
      if (mine === turn) list.replaceChildren(failed(problem, load));
    } finally {
      list.removeAttribute("aria-busy");
    }
  }

  async function more() {
    if (!cursor) return;
    const mine = turn;
    const found = await ask(cursor);
    if (mine !== turn) return;
    cursor = found.next_cursor;
    for (const run of found.data) if (!rows.has(run.id)) body.append(entered(run));
    end.has(cursor !== null);
    told();
  }

  function started(runs) {
    const made = table("Runs", HEADS, []);
    body = made.querySelector("tbody");
    body.append(...runs.map(entered));
    return made;
  }

  function entered(run) {
    const made = shown(run);
    rows.set(run.id, { run, element: made });
    return made;
  }

  // A run that came or changed: in its place, or at the top.
  function changed(run, fresh = false) {
    const known = rows.get(run.id);
    if (known) {
      const made = shown(run);
      // Who stands on its link stays there.
      const focused = known.element.contains(document.activeElement);
      known.element.replaceWith(made);
      rows.set(run.id, { run, element: made });
      if (focused) made.querySelector("a")?.focus();
    } else if (fresh && fits(run, filters)) {
      if (!body) list.replaceChildren(started([]));
      const made = entered(run);
      made.classList.add("fresh");
      const below = [...rows.values()].find((each) => each.run.id < run.id && each.element.isConnected && each.element !== made);
      body.insertBefore(made, [...body.children].find((each) => each.dataset.run < run.id) ?? (below ? null : body.firstChild));
      told();
    }
  }

  const told = () => (status.textContent = rows.size ? `${rows.size}${cursor ? "+" : ""} ${rows.size === 1 ? "run" : "runs"}` : "");

  // What ended between two streams is caught up with at the beginning of the next.
  const caughtUp = async () => {
    const open = [...rows.values()].filter(({ run }) => run.finished_at === null).length;
    if (!open && rows.size) return;
    const mine = turn;
    const found = await ask(null).catch(() => null);
    if (found && mine === turn) for (const run of found.data) changed(run, true);
  };

  const nothing = () =>
    NAMES.some((name) => filters[name])
      ? empty("No run fits", "Take a filter away, or look at another time.", button("Clear filters", () => location.assign(location.pathname)))
      : empty("Nothing has run yet", "A run is one request: a picture, a text, a search. The first takes one click.", link("/console", { class: "button primary" }, "Run a first thumbnail"));

  await load();
  let first = true;
  const leave = follow("/v1/runs/events", (name, run) => void changed(run, true), {
    opened: () => {
      if (!first) caughtUp();
      first = false;
    },
  });
  tools(make("span", { class: "live" }, make("i", { "aria-hidden": "true" }), "Live"), link("/console/actions", { class: "button primary" }, "New run"));
  return () => {
    leave();
    end.stop();
  };
});

function shown(run) {
  const id = link(`/console/runs/${run.id}`, { class: "strong" }, run.action);
  const state = [pill(run.status)];
  if (run.status === "running" && run.progress > 0) state.push(make("span", { class: "soft" }, ` ${Math.round(run.progress * 100)} %`));
  if (run.callback?.status === "failed") state.push(make("span", { class: "flag", title: "Its callback did not arrive" }, "callback failed"));
  const below = run.error && run.status === "failed" ? make("span", { class: "fault-line" }, run.error.message) : make("code", { class: "soft" }, run.id);
  const group = run.group ? make("span", {}, run.group) : make("span", { class: "soft" }, "–");
  const cost = run.estimate === null && !run.credits_charged ? make("span", { class: "soft" }, "–") : run.finished_at ? String(run.credits_charged) : `~${run.estimate?.credits ?? 0}`;
  const made = row(HEADS, [state, [id, below], group, make("span", { title: credits(run.credits_charged) }, cost), lasted(run.started_at, run.finished_at) || make("span", { class: "soft" }, "–"), when(run.created_at)]);
  made.dataset.run = run.id;
  return made;
}

// A run that came by the stream is shown where the filters that it can be held to let it.
function fits(run, filters) {
  if (filters.q || filters.model || filters.key) return false;
  const made = Date.parse(run.created_at);
  return (
    (!filters.status || run.status === filters.status) &&
    (!filters.action || run.action === filters.action) &&
    (!filters.group || run.group === filters.group) &&
    (!filters.from || made >= Date.parse(filters.from)) &&
    (!filters.to || made < Date.parse(filters.to) + 86_400_000)
  );
}

function filterBar(filters, actions, keys, load) {
  const changing = (name, control) => {
    control.value = filters[name];
    control.addEventListener("input", soon(control.type === "search" || control.type === "text" ? TYPING : 0, () => {
      filters[name] = control.value.trim();
      load();
    }));
    return control;
  };
  const search = changing("q", make("input", { type: "search", placeholder: "run_… or words of the metadata", spellcheck: "false" }));
  const states = changing("status", select([["", "Any status"], ...["queued", "running", "completed", "failed", "canceled"].map((each) => [each, each])]));
  const action = changing("action", select([["", "Any action"], ...actions.map((each) => [each.id, each.id])]));
  const key = changing("key", select([["", "Any key"], ...keys.map((each) => [each.prefix, `${each.name} (${each.prefix}…)`])]));
  const text = (name) => changing(name, make("input", { type: "text", spellcheck: "false" }));
  const day = (name) => changing(name, make("input", { type: "date" }));
  const rest = ["model", "key", "group", "from", "to"].some((name) => filters[name]);
  return make(
    "form",
    { class: "filters", role: "search", "aria-label": "Filter runs", onsubmit: (event) => event.preventDefault() },
    make("div", { class: "filter-row" }, field("Search", search), field("Status", states), field("Action", action)),
    make(
      "details",
      { class: "more-filters", open: rest },
      make("summary", {}, "More filters"),
      make("div", { class: "filter-row" }, field("Model", text("model")), field("Key", key), field("Group", text("group")), field("From", day("from")), field("To", day("to"))),
    ),
  );
}
