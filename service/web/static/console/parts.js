// The console's components: each is one function, and looks the same wherever it stands.

import { copy, make, titled } from "./dom.js";

const MINUTE = 60_000;
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", MINUTE],
  ["second", 1000],
];

// A state has a sign beside its colour.
const SIGNS = {
  completed: "✓", delivered: "✓", active: "✓", ok: "✓", failed: "✕", disabled: "✕", canceled: "–",
  running: "◐", queued: "○", pending: "○",
};

export const pill = (state) =>
  make("span", { class: `pill ${state}` }, SIGNS[state] ? make("span", { "aria-hidden": "true" }, `${SIGNS[state]} `) : null, titled(state));

export const number = (value) => Number(value).toLocaleString("en");
export const credits = (value) => `${number(value)} ${value === 1 ? "credit" : "credits"}`;
// A budget's limit and period, as in "500 credits a month".
export const limit = (budget) => `${credits(budget.limit)} ${budget.period === "total" ? "in all" : `a ${budget.period}`}`;
export const dollars = (value) => (value === null || value === undefined ? "not told" : `$${value.toFixed(value < 1 ? 4 : 2)}`);

export function bytes(value) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let at = 0;
  for (; value >= 1000 && at < units.length - 1; at++) value /= 1000;
  return `${value < 10 && at ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}

export function lasted(start, end) {
  if (!start || !end) return "";
  const seconds = (Date.parse(end) - Date.parse(start)) / 1000;
  if (seconds < 1) return `${Math.max(Math.round(seconds * 1000), 1)} ms`;
  return seconds < 90 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}

// A moment, told as how long ago; the whole of it when pointed at.
export function when(iso, none = "never") {
  if (!iso) return make("span", { class: "soft" }, none);
  const moment = new Date(iso);
  return make("time", { datetime: iso, title: moment.toLocaleString() }, ago(moment));
}

function ago(moment) {
  const off = moment.getTime() - Date.now();
  if (Math.abs(off) > 7 * 86_400_000) return moment.toLocaleDateString("en", { year: "numeric", month: "short", day: "numeric" });
  if (Math.abs(off) < 5000) return "just now";
  const [unit, size] = UNITS.find(([, size]) => Math.abs(off) >= size) ?? UNITS.at(-1);
  return relative.format(Math.round(off / size), unit);
}

// Times that were told grow old.
setInterval(() => {
  for (const time of document.querySelectorAll("time[datetime][title]")) {
    const said = ago(new Date(time.dateTime));
    if (time.textContent !== said) time.textContent = said;
  }
}, MINUTE / 2);

export function button(label, act, { kind = "", small = false, ...attributes } = {}) {
  const made = make("button", { class: ["button", kind, small ? "small" : ""].filter(Boolean).join(" "), type: "button", ...attributes }, label);
  made.addEventListener("click", async () => {
    if (made.getAttribute("aria-disabled") === "true") return;
    made.setAttribute("aria-disabled", "true");
    try {
      await act(made);
    } catch (problem) {
      toast(problem.message, true);
    } finally {
      made.removeAttribute("aria-disabled");
    }
  });
  return made;
}

export const notice = (kind, title, text) =>
  make("div", { class: `notice ${kind}`, role: kind === "bad" ? "alert" : null }, make("b", {}, title), text ? make("p", {}, text) : null);

export function toast(text, bad = false) {
  const said = make("p", { class: bad ? "toast bad" : "toast" }, text);
  document.getElementById("toasts").append(said);
  setTimeout(() => said.remove(), bad ? 8000 : 4000);
}

export const empty = (title, text, ...more) =>
  make("div", { class: "empty-state" }, make("h2", {}, title), make("p", { class: "soft" }, text), ...more);

export function panel(title, { tools = [], note = null, id = null, level = "h2" } = {}, ...children) {
  return make(
    "section",
    { class: "panel", id },
    make("header", {}, make(level, {}, title), make("div", { class: "inline" }, tools)),
    note ? make("p", { class: "soft note" }, note) : null,
    ...children,
  );
}

// `heads` are texts or {text, class}; on a phone each cell is told by its head.
export function table(caption, heads, rows) {
  const said = heads.map((head) => (typeof head === "string" ? { text: head } : head));
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    make(
      "table",
      { class: "list" },
      make("caption", { class: "unseen" }, caption),
      make("thead", {}, make("tr", {}, said.map(({ text, class: kind }) => make("th", { scope: "col", class: kind }, text)))),
      make("tbody", {}, rows.map((cells) => row(said, cells))),
    ),
  );
}

export function row(heads, cells, attributes = {}) {
  return make(
    "tr",
    attributes,
    cells.map((cell, at) => make("td", { "data-head": heads[at].text, class: heads[at].class }, cell)),
  );
}

export function code(text, label = "Copy") {
  const shown = make("pre", { class: "code", tabindex: "0" }, text);
  return make("div", { class: "copied" }, shown, button(label, (made) => copy(shown.textContent, made), { small: true }));
}

let fields = 0;
export function field(label, control, hint) {
  const id = control.id || `field-${++fields}`;
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  return make(
    "div",
    { class: "field" },
    make("label", { for: id }, label),
    control,
    hint ? make("p", { class: "hint", id: `${id}-hint` }, hint) : null,
  );
}

export function select(options, value = "") {
  const made = make("select", {}, options.map(([key, label]) => make("option", { value: key }, label)));
  made.value = value;
  return made;
}

// Several views of one thing, one at a time, by arrow keys too. `views` are [label, element].
export function views(label, shown) {
  const id = `views-${++fields}`;
  const tabs = shown.map(([name], at) =>
    make("button", { type: "button", role: "tab", id: `${id}-${at}`, "aria-controls": `${id}-${at}-panel`, onclick: () => choose(at) }, name),
  );
  const panels = shown.map(([, content], at) =>
    make("div", { role: "tabpanel", id: `${id}-${at}-panel`, "aria-labelledby": `${id}-${at}`, tabindex: "0" }, content),
  );
  const choose = (chosen, focus = false) => {
    tabs.forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === chosen));
      tab.tabIndex = at === chosen ? 0 : -1;
      panels[at].hidden = at !== chosen;
    });
    if (focus) tabs[chosen].focus();
  };
  const list = make("div", { class: "tabs", role: "tablist", "aria-label": label }, tabs);
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    choose((tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length, true);
  });
  choose(0);
  return make("div", { class: "views" }, list, panels);
}

// A question before what can't be undone; resolves to the form's values, or to null.
export function ask(title, { text = "", content = [], act = "Continue", bad = false } = {}) {
  return new Promise((done) => {
    const form = make(
      "form",
      { method: "dialog", novalidate: false },
      make("h2", { id: "ask-title" }, title),
      text ? make("p", { class: "soft" }, text) : null,
      content,
      make(
        "div",
        { class: "inline end" },
        make("button", { class: "button", type: "button", onclick: () => dialog.close("") }, "Cancel"),
        make("button", { class: `button ${bad ? "danger" : "primary"}`, type: "submit", value: "yes" }, act),
      ),
    );
    const dialog = make("dialog", { "aria-labelledby": "ask-title" }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      done(dialog.returnValue === "yes" ? new FormData(form) : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// What is shown once: a secret with its button to copy it.
export function reveal(title, secret, text) {
  return ask(title, { text, content: [code(secret)], act: "I have kept it" });
}

// The end of a list that goes on: loads the next page when it comes into sight, or is pressed.
export function endless(load) {
  const more = button("Load more", load, { kind: "quiet" });
  const end = make("p", { class: "endless", hidden: true }, more);
  let busy = false;
  const watcher = new IntersectionObserver(async ([seen]) => {
    if (!seen.isIntersecting || busy || end.hidden) return;
    busy = true;
    await load().catch(() => {});
    busy = false;
  }, { rootMargin: "300px" });
  watcher.observe(end);
  return { element: end, has: (there) => (end.hidden = !there), stop: () => watcher.disconnect() };
}

// Filters that stand in the page's address, so that a view can be linked and gone back to.
export function fromAddress(names) {
  const asked = new URLSearchParams(location.search);
  return Object.fromEntries(names.map((name) => [name, asked.get(name) ?? ""]));
}

export function intoAddress(values) {
  const text = query(values);
  history.replaceState(null, "", location.pathname + (text ? `?${text}` : ""));
}

export const query = (values) =>
  new URLSearchParams(Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined)).toString();
