// The form as a request: what is filled in and applies, and where each fault belongs.

import { control, same } from "./controls.js";

export class Form {
  constructor(root, facts) {
    this.root = root;
    this.id = facts.id;
    this.input = this.#controls("#input [data-field]");
    this.submission = this.#controls("#submission [data-part]");
    this.wait = root.querySelector("#wait");
    this.idempotency = root.querySelector("#idempotency");
    root.addEventListener("input", () => this.settle());
    root.addEventListener("change", () => this.refresh());
    this.fill({});
  }

  #controls(selector) {
    const fields = [...this.root.querySelectorAll(selector)].map((each) => control(each, this));
    return new Map(fields.map((field) => [field.name, field]));
  }

  // The action's input: what is filled in, save what is its default anyway and what doesn't apply.
  values() {
    return this.others(null);
  }

  others(except) {
    const sent = {};
    for (const field of this.input.values()) {
      if (field.name === except || field.element.hidden) continue;
      const value = field.read();
      if (value !== undefined && !same(value, field.fallback)) sent[field.name] = value;
    }
    return sent;
  }

  // The request's body: the input and what goes beside it.
  body() {
    const body = { input: this.values() };
    for (const field of this.submission.values()) {
      const value = field.read();
      if (value !== undefined && !same(value, field.fallback)) body[field.name] = value;
    }
    return body;
  }

  get isReady() {
    const sent = this.values();
    return [...this.input.values()].every(
      (field) => field.element.hidden || sent[field.name] !== undefined || !field.element.querySelector(".must"),
    );
  }

  fill(values) {
    for (const field of this.input.values()) field.write(values[field.name]);
    const more = this.root.querySelector("#more");
    if (more) more.open = [...more.querySelectorAll("[data-field]")].some((each) => each.dataset.field in values);
    this.clearFaults();
    this.root.dispatchEvent(new Event("change"));
  }

  // Conditional fields come and go.
  settle() {
    for (const field of this.input.values()) {
      if (field.when) field.element.hidden = !this.#applies(field.when);
    }
  }

  #applies({ field, in: values }) {
    const other = this.input.get(field);
    return !other.element.hidden && values.includes(other.read() ?? other.fallback ?? null);
  }

  // Dynamic ones ask again where what they hang on has changed; not at every letter of it.
  refresh() {
    this.settle();
    for (const field of this.input.values()) field.refresh?.();
  }

  // What can be told before asking: texts that are no JSON.
  unreadable() {
    const of = (fields, base) =>
      [...fields.values()].map((field) => ({ pointer: `${base}/${field.name}`, message: field.fault?.() }));
    return [...of(this.input, "/input"), ...of(this.submission, "")].filter((each) => each.message);
  }

  // Shows each fault at the field that its pointer names; answers those that have none.
  showFaults(faults) {
    this.clearFaults();
    const homeless = [];
    for (const fault of faults) {
      const place = this.#place(fault.pointer);
      if (place) told(place, fault.message);
      else homeless.push(fault);
    }
    const first = this.root.querySelector("[aria-invalid=true], fieldset.faulty input, fieldset.faulty button");
    first?.focus();
    first?.closest(".field").scrollIntoView({ block: "center" });
    return homeless;
  }

  clearFaults() {
    for (const fault of this.root.querySelectorAll(".fault")) Object.assign(fault, { hidden: true, textContent: "" });
    for (const control of this.root.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
    for (const field of this.root.querySelectorAll(".faulty")) field.classList.remove("faulty");
  }

  #place(pointer) {
    const [head, ...rest] = pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    if (head !== "input") return this.root.querySelector(`[data-part="${CSS.escape(head ?? "")}"]`);
    const field = this.input.get(rest[0])?.element;
    return field?.querySelector(`[data-inner="${CSS.escape(rest[1] ?? "")}"]`) ?? field;
  }
}

function told(field, message) {
  for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  field.hidden = false;
  field.classList.add("faulty");
  const fault = field.querySelector(":scope > .fault");
  fault.textContent = `${fault.textContent} ${spoken(field, message)}`.trim();
  fault.hidden = false;
  if (field.tagName !== "FIELDSET") {
    field.querySelector("input:not([type=file]), textarea, select")?.setAttribute("aria-invalid", "true");
  }
}

// «is required» as «Prompt is required.»
function spoken(field, message) {
  const label = field.querySelector(":scope > .head > :first-child").textContent;
  const whole = /^(is|are|must|has|have|needs|takes|can|cannot|may|should|does)\b/.test(message) ? `${label} ${message}` : message;
  const text = whole.charAt(0).toUpperCase() + whole.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
