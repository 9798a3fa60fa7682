// Prices beside what providers took: a row a model, and in words how far one is from the other.

import { make } from "./dom.js";
import { number, panel, table } from "./parts.js";

const NEAR = 0.1;

// `rows` are {name, runs, credits, dollars}: the runs whose provider told a cost, and both sides of one run on average.
export function drift(rows, creditsPerDollar) {
  const heads = [{ text: "Model", class: "main" }, ...["Runs told", "Charged a run", "Cost a run"].map((text) => ({ text, class: "figure" })), { text: "Price and cost", class: "narrow" }];
  const cells = rows.map((row) => [make("b", {}, row.name), number(row.runs), `${short(row.credits)} (${money(row.credits / creditsPerDollar)})`, money(row.dollars), words((row.dollars * creditsPerDollar) / row.credits)]);
  const note = `Where a provider told what a run cost, beside what was charged for it; ${number(creditsPerDollar)} credits are a dollar in the catalogue's prices.`;
  return panel("Price and provider's cost", { note }, rows.length ? table("Price and provider's cost", heads, cells) : make("p", { class: "soft" }, "No provider has told a cost. The embedded engine costs nothing."));
}

function words(ratio) {
  if (!Number.isFinite(ratio)) return verdict("failed", "✕", "Costs, and is charged nothing");
  if (ratio > 1 + NEAR) return verdict("failed", "✕", ratio < 2 ? `Costs ${percent(ratio - 1)} more than its price` : `Costs ${short(ratio)} times its price`);
  if (ratio < 1 - NEAR) return verdict("ok", "✓", `Costs ${percent(1 - ratio)} less than its price`);
  return verdict("ok", "✓", "Costs what is charged");
}

const verdict = (state, sign, text) => make("span", { class: `pill ${state}` }, make("span", { "aria-hidden": "true" }, `${sign} `), text);
const short = (value) => value.toLocaleString("en", { maximumFractionDigits: 1 });
const percent = (part) => `${Math.round(part * 100)} %`;
const money = (value) => `$${value.toFixed(value < 1 ? 4 : 2)}`;
