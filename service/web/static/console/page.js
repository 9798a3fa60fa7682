// A page that its script fills in: signed in or asked to be, shown or told why not.

import { make } from "./dom.js";
import { frame } from "./frame.js";
import { base } from "./http.js";
import * as key from "./key.js";
import { button, notice } from "./parts.js";

// Calls `show(view)` whenever there is a key; what it returns is called before it is shown anew.
export function page(show) {
  const view = document.getElementById("view");
  let leave = null;
  let turn = 0;
  const render = async () => {
    const mine = ++turn;
    leave?.();
    leave = null;
    document.getElementById("tools").replaceChildren();
    if (!key.held()) return view.replaceChildren(signIn());
    if (view.querySelector(".sign-in")) view.replaceChildren(skeleton());
    try {
      const left = await show(view);
      if (mine === turn) leave = left ?? null;
      else left?.();
    } catch (problem) {
      if (mine === turn) view.replaceChildren(failed(problem, render));
    }
  };
  key.onChange(render);
  frame();
  // Once the module that calls this has defined everything.
  if (!key.exchanging()) queueMicrotask(render);
  // A page that is left by a link ends its streams at once.
  addEventListener("pagehide", () => leave?.());
}

export const tools = (...parts) => document.getElementById("tools").replaceChildren(...parts.filter(Boolean));

export const skeleton = () => make("div", { class: "skeleton", "aria-hidden": "true" }, make("i"), make("i"), make("i"));

export function failed(problem, again) {
  const forgotten = problem.status === 401;
  return make(
    "div",
    {},
    notice("bad", problem.title ?? "Something went wrong", problem.message),
    make("p", { class: "gap" }, forgotten ? button("Use another key", () => key.forget()) : button("Try again", again)),
  );
}

function signIn() {
  const field = make("input", { id: "sign-in-key", type: "password", autocomplete: "off", spellcheck: "false", required: true });
  const form = make(
    "form",
    { class: "sign-in panel", novalidate: true },
    make("h2", {}, "Open the console"),
    key.trouble() ? notice("bad", "That link is spent", key.trouble()) : null,
    make("p", { class: "soft" }, "On the machine that runs Genhook, print a link that has a key, good once:"),
    make("pre", { class: "code", tabindex: "0" }, "python -m service console"),
    make("label", { for: "sign-in-key" }, "Or paste a key of any of the APIs"),
    make("div", { class: "inline" }, field, make("button", { class: "button primary", type: "submit" }, "Open")),
    make("p", { class: "hint" }, "It stays in this tab until you close it, and is sent to this service only."),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) key.keep(field.value.trim());
  });
  return form;
}

export const link = (path, attributes, ...children) => make("a", { href: base + path, ...attributes }, ...children);
