// Dynamic lists and dynamic fields: what may be chosen is asked of the service, with what is filled in so far.

import { make, soon } from "./dom.js";
import { call } from "./http.js";
import { held } from "./key.js";

const TYPING = 250;

const asked = (field, more) =>
  call("POST", `/v1/actions/${field.form.id}/fields`, {
    body: { field: field.name, input: field.form.others(field.name), ...more },
  }).then((answer) => answer.data);

// A list to search in, beside which any value can be typed.
export function combobox(field) {
  const input = field.element.querySelector("input");
  const list = field.element.querySelector("ul");
  const chosen = field.element.querySelector("output");
  const known = new Map();
  let at = -1;
  let cursor = null;
  let latest = 0;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const name = () => {
    const label = known.get(input.value);
    chosen.textContent = label && label !== input.value ? label : "";
  };
  const choose = (option) => {
    input.value = option.dataset.value;
    name();
    close();
    field.changed();
  };
  const point = (to) => {
    const all = options();
    if (!all.length) return;
    at = (to + all.length) % all.length;
    all.forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    all[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", all[at].id);
  };
  const row = (option) => {
    const value = String(option.value);
    known.set(value, option.label);
    return make(
      "li",
      { role: "option", id: `${list.id}-${value}`, "aria-selected": "false", "data-value": value },
      make("span", {}, option.label),
      value === option.label ? null : make("code", {}, value),
    );
  };
  const told = (text) => list.replaceChildren(make("li", { class: "soft", role: "presentation" }, text));

  const fill = async (search, from) => {
    // Whoever has gone on to another field wants no list that opens late.
    if (document.activeElement !== input) return;
    const mine = ++latest;
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    if (!held()) return told("Paste an API key above to list them.");
    if (!from) told("Loading…");
    try {
      const page = await asked(field, { ...(search && { search }), ...(from && { cursor: from }) });
      if (mine !== latest) return;
      cursor = page.next_cursor;
      if (!from) list.replaceChildren();
      list.append(...page.options.map(row));
      at = -1;
      if (!options().length) told(search ? "Nothing by that name; any value can be typed." : waiting(field));
      name();
    } catch (problem) {
      if (mine === latest) told(problem.message);
    }
  };
  const search = soon(TYPING, () => fill(known.has(input.value) ? "" : input.value));

  input.addEventListener("click", () => list.hidden && fill(""));
  input.addEventListener("input", () => (name(), search()));
  input.addEventListener("blur", () => setTimeout(close, 150));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) fill("");
      else point(at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1));
    } else if (event.key === "Enter" && !list.hidden && at >= 0) {
      event.preventDefault();
      choose(options()[at]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
  list.addEventListener("scroll", () => {
    if (cursor && list.scrollTop + list.clientHeight > list.scrollHeight - 60) {
      const from = cursor;
      cursor = null;
      fill(known.has(input.value) ? "" : input.value, from);
    }
  });

  return {
    read: () => {
      const text = input.value.trim();
      if (text === "") return undefined;
      return field.type === "integer" && /^-?\d+$/.test(text) ? Number(text) : text;
    },
    write: (value) => {
      input.value = value ?? field.fallback ?? "";
      name();
    },
  };
}

// Fields of their own, described by a schema: a generator's parameters.
export function mapped(field) {
  const place = field.element.querySelector(".mapped");
  const empty = place.firstElementChild;
  let values = {};
  let shownFor = null;

  const gather = () => {
    for (const input of place.querySelectorAll("[data-parameter]")) {
      const name = input.dataset.parameter;
      if (input.value === "") delete values[name];
      else values[name] = input.type === "number" ? Number(input.value) : input.value;
    }
  };
  const refresh = async () => {
    const others = field.form.others(field.name);
    const wanted = JSON.stringify(field.hangsOn.map((name) => others[name] ?? null));
    if (wanted === shownFor) return;
    shownFor = wanted;
    if (!held() || field.hangsOn.some((name) => others[name] === undefined)) return place.replaceChildren(empty);
    try {
      const { schema } = await asked(field, {});
      if (wanted !== shownFor) return;
      const rows = Object.entries(schema?.properties ?? {}).map(([name, part]) => parameter(field, name, part, values));
      place.replaceChildren(...(rows.length ? rows : [make("p", { class: "soft" }, "It has none.")]));
      gather();
      field.changed();
    } catch (problem) {
      shownFor = null;
      place.replaceChildren(make("p", { class: "soft" }, problem.message));
    }
  };

  return {
    refresh,
    read: () => {
      gather();
      return Object.keys(values).length ? { ...values } : undefined;
    },
    write: (value) => {
      values = { ...value };
      shownFor = null;
      place.replaceChildren(empty);
    },
  };
}

function waiting(field) {
  const missing = field.hangsOn.filter((name) => field.form.others(field.name)[name] === undefined);
  return missing.length ? `Fill in ${missing.join(", ")} first.` : "There are none yet.";
}

function parameter(field, name, part, values) {
  const id = `f-${field.name}-${name}`;
  const value = values[name] ?? "";
  const shared = { id, "data-parameter": name, "aria-describedby": `${id}-fault` };
  const control = part.enum
    ? make(
        "select",
        shared,
        make("option", { value: "" }, part.default === undefined ? "Not set" : `Default: ${labelled(part, part.default)}`),
        part.enum.map((each) => make("option", { value: each }, labelled(part, each))),
      )
    : make("input", {
        ...shared,
        type: part.type === "number" ? "number" : "text",
        min: part.minimum,
        max: part.maximum,
        step: "any",
        placeholder: part.default === undefined ? "" : String(part.default),
      });
  control.value = String(value);
  return make(
    "div",
    { class: "field inner", "data-inner": name },
    make("div", { class: "head" }, make("label", { for: id }, part.title ?? name), make("code", {}, name)),
    control,
    make("p", { class: "fault", id: `${id}-fault`, hidden: true }),
  );
}

const labelled = (part, value) => part["x-labels"]?.[part.enum.indexOf(value)] ?? String(value);
