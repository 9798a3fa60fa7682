// A field's control, whatever its kind: `read` gives the value as it is sent, undefined where nothing is filled in.

import { make } from "./dom.js";
import { upload } from "./http.js";
import { combobox, mapped } from "./lists.js";

const KINDS = { choices, texts, boolean, json, locator: combobox, mapper: mapped };

// `form` is what dynamic lists ask with: {id, values()}.
export function control(element, form) {
  const data = element.dataset;
  const field = {
    element,
    form,
    name: data.field ?? data.part,
    type: data.type,
    fallback: data.default === undefined ? undefined : JSON.parse(data.default),
    when: data.when && JSON.parse(data.when),
    hangsOn: data.hangsOn ? data.hangsOn.split(" ") : [],
    list: "list" in data,
    changed: () => element.dispatchEvent(new Event("change", { bubbles: true })),
  };
  element.querySelectorAll(".media").forEach(uploads);
  return Object.assign(field, (KINDS[data.kind] ?? plain)(field));
}

// A text as the type it is sent as; what is no number stays a text, and the service says so at its field.
export function typed(text, type) {
  const number = type === "integer" || type === "number";
  return number && text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function plain(field) {
  const input = field.element.querySelector("input:not([type=file]), textarea, select");
  return {
    read: () => (input.value === "" ? undefined : typed(input.value, field.type)),
    write: (value) => (input.value = value ?? field.fallback ?? ""),
  };
}

function boolean(field) {
  const input = field.element.querySelector("input");
  const usual = field.fallback ?? false;
  return {
    read: () => (input.checked === usual ? undefined : input.checked),
    write: (value) => (input.checked = value ?? usual),
  };
}

function choices(field) {
  const boxes = [...field.element.querySelectorAll("input")];
  return {
    read: () => {
      const chosen = boxes.filter((box) => box.checked).map((box) => typed(box.value, field.type));
      return chosen.length === 0 && field.fallback === undefined ? undefined : chosen;
    },
    write: (value) => {
      const chosen = (value ?? field.fallback ?? []).map(String);
      boxes.forEach((box) => (box.checked = chosen.includes(box.value)));
    },
  };
}

function json(field) {
  const area = field.element.querySelector("textarea");
  return {
    read: () => {
      if (area.value.trim() === "") return undefined;
      try {
        return JSON.parse(area.value);
      } catch {
        return area.value;
      }
    },
    // Told at once: the service would only say that a text is no object.
    fault: () => {
      try {
        if (area.value.trim()) JSON.parse(area.value);
        return null;
      } catch (error) {
        return `This is not valid JSON: ${error.message}`;
      }
    },
    write: (value) => (area.value = value === undefined ? "" : JSON.stringify(value, null, 2)),
  };
}

function texts(field) {
  const rows = field.element.querySelector("ol");
  const template = field.element.querySelector("template");
  const adder = field.element.querySelector("[data-add]");
  const most = Number(field.element.dataset.most) || Infinity;
  const inputs = () => [...rows.querySelectorAll("input:not([type=file])")];
  const settle = () => {
    adder.disabled = rows.children.length >= most;
    inputs().forEach((input, at) => input.setAttribute("aria-label", `${field.name}, ${at + 1}`));
  };
  const add = (value) => {
    const row = template.content.firstElementChild.cloneNode(true);
    row.querySelectorAll(".media").forEach(uploads);
    row.querySelector("input").value = value;
    row.querySelector("[data-remove]").addEventListener("click", () => {
      row.remove();
      settle();
      field.changed();
      adder.focus();
    });
    rows.append(row);
    settle();
    return row;
  };
  adder.addEventListener("click", () => add("").querySelector("input").focus());
  return {
    read: () => {
      const filled = inputs().map((input) => input.value).filter((text) => text !== "");
      return filled.length ? filled.map((text) => typed(text, field.type)) : undefined;
    },
    write: (value) => {
      rows.replaceChildren();
      (value ?? field.fallback ?? []).forEach((each) => add(String(each)));
      settle();
    },
  };
}

// A file of the user's own: uploaded, its URL put in the field.
function uploads(media) {
  const [text, file] = media.querySelectorAll("input");
  file.addEventListener("change", async (event) => {
    event.stopPropagation();
    const [chosen] = file.files;
    if (!chosen) return;
    const note = make("span", { class: "soft", role: "status" }, "Uploading…");
    media.append(note);
    try {
      text.value = (await upload(chosen)).data.url;
      note.remove();
      text.dispatchEvent(new Event("change", { bubbles: true }));
    } catch (problem) {
      note.textContent = problem.message;
      setTimeout(() => note.remove(), 8000);
    }
    file.value = "";
  });
}
