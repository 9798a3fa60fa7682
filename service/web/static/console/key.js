// The API key: pasted once, or got for the code of a one-time link; kept for this tab only, never in a URL.

import { call } from "./http.js";

const NAME = "genhook.key";
const watchers = [];
let refusal = "";
let pending = location.hash.startsWith("#code=");

export const held = () => sessionStorage.getItem(NAME);

export function onChange(told) {
  watchers.push(told);
}

// Why a one-time link gave no key.
export const trouble = () => refusal;
export const exchanging = () => pending;
export const forget = () => keep(null);

export function keep(text) {
  if (text) sessionStorage.setItem(NAME, text);
  else sessionStorage.removeItem(NAME);
  watchers.forEach((told) => told());
}

export function setUp() {
  const form = document.getElementById("key");
  const field = document.getElementById("api-key");
  const show = () => {
    const key = held();
    form.querySelector(".key-ask").hidden = Boolean(key);
    form.querySelector(".key-held").hidden = !key;
    document.getElementById("key-shown").textContent = key ? masked(key) : "";
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keep(field.value.trim());
    field.value = "";
  });
  document.getElementById("key-forget").addEventListener("click", () => {
    keep(null);
    field.focus();
  });
  onChange(show);
  show();
  exchange(field);
}

// The code is taken out of the address at once: it is good for nothing more.
async function exchange(field) {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (!code) return;
  history.replaceState(null, "", location.pathname + location.search);
  try {
    const answer = await call("POST", "/console/exchange", { body: { code } });
    pending = false;
    refusal = "";
    keep(answer.data.api_key);
  } catch (problem) {
    pending = false;
    refusal = problem.message;
    field.placeholder = problem.message;
    if (document.getElementById("view")) watchers.forEach((told) => told());
    else field.focus();
  }
}

export function ask() {
  document.getElementById("api-key").focus();
}

function masked(key) {
  const prefix = key.slice(0, key.lastIndexOf("_") + 1);
  return `${prefix}••••${key.slice(-4)}`;
}
