// What it cost: bars by day, a table, budgets, and how far prices are from what providers told.

import { make } from "../dom.js";
import { SERIES, bars, key as sign } from "../chart.js";
import { drift } from "../drift.js";
import { base, call } from "../http.js";
import { held } from "../key.js";
import { page } from "../page.js";
import { button, dollars, empty, field, fromAddress, intoAddress, limit, number, panel, query, select, table } from "../parts.js";

const DAY = 86_400_000;
const GROUPS = [["action", "Action"], ["model", "Model"], ["provider", "Provider"], ["api", "API"], ["key", "Key"], ["group", "Group"], ["metadata", "Metadata…"]];
const RANGES = [["7", "Last 7 days"], ["30", "Last 30 days"], ["90", "Last 90 days"], ["month", "This month"], ["own", "From … to …"]];

page(async (view) => {
  const asked = { by: "action", range: "30", ...present(fromAddress(["by", "member", "range", "from", "to"])) };
  const chart = make("div", { class: "stack gap-below" });
  const [budgets, account] = await Promise.all(["/v1/budgets", "/v1/account"].map((path) => call("GET", path).then((answer) => answer.data)));
  const load = async () => {
    intoAddress(asked);
    const by = asked.by === "metadata" ? (asked.member ? `metadata.${asked.member}` : null) : asked.by;
    if (!by) return chart.replaceChildren(empty("Which member?", "Name a top-level member of the metadata that your runs carry."));
    const [from, to] = days(asked);
    const [daily, sums, models] = await Promise.all(
      [`day,${by}`, by, "model"].map((groups) => call("GET", `/v1/usage?${query({ from, to, group_by: groups })}`).then((answer) => answer.data)),
    );
    chart.replaceChildren(...shown(by, from, to, daily, sums), prices(models, account));
  };
  view.replaceChildren(controls(asked, load), chart, budgeted(budgets.data));
  await load();
});

const present = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value));

function days({ range, from, to }) {
  const today = new Date().toISOString().slice(0, 10);
  if (range === "own") return [from || today, to || today];
  if (range === "month") return [`${today.slice(0, 8)}01`, today];
  return [new Date(Date.now() - (Number(range) - 1) * DAY).toISOString().slice(0, 10), today];
}

function controls(asked, load) {
  const by = select(GROUPS, asked.by);
  const range = select(RANGES, asked.range);
  const member = make("input", { type: "text", value: asked.member ?? "", placeholder: "customer", spellcheck: "false" });
  const [from, to] = ["from", "to"].map((name) => make("input", { type: "date", value: asked[name] ?? "" }));
  const [one, first, last] = [field("Member", member), field("From", from), field("To", to)];
  const fit = () => {
    one.hidden = by.value !== "metadata";
    first.hidden = last.hidden = range.value !== "own";
  };
  for (const [name, control] of [["by", by], ["range", range], ["member", member], ["from", from], ["to", to]]) {
    control.addEventListener("change", () => {
      asked[name] = control.value.trim();
      fit();
      load().catch((problem) => alert.replaceChildren(problem.message));
    });
  }
  const alert = make("p", { class: "fault-line", role: "alert" });
  fit();
  return make("form", { class: "filters", "aria-label": "Usage", onsubmit: (event) => event.preventDefault() }, make("div", { class: "filter-row" }, field("Grouped by", by), one, field("Days", range), first, last), alert);
}

function shown(by, from, to, daily, sums) {
  if (!sums.total.runs) return [empty("Nothing was made in these days", "Generates are counted by the day they ended; what failed costs nothing.")];
  const named = (line) => (line[by] === null || line[by] === "" ? "(none)" : String(line[by]));
  const every = span(from, to);
  const kept = sums.data.slice(0, sums.data.length > SERIES ? SERIES - 1 : SERIES).map(named);
  const series = [...kept, ...(sums.data.length > SERIES ? ["everything else"] : [])].map((name) => ({ name, values: every.map(() => 0) }));
  for (const line of daily.data) {
    const at = every.indexOf(line.day);
    const which = kept.indexOf(named(line));
    if (at >= 0) series[which < 0 ? series.length - 1 : which].values[at] += line.credits;
  }
  const total = sums.total;
  return [
    make("dl", { class: "strip" }, [["Credits", number(total.credits)], ["Runs", number(total.runs)], ["Failed", `${number(total.failed)} (${Math.round((100 * total.failed) / total.runs)} %)`], ["Providers' cost", total.provider_cost_usd === null ? "not told" : dollars(total.provider_cost_usd)]].map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)))),
    panel("Credits a day", {}, bars(every, series, "credits"), make("ul", { class: "legend" }, series.map(({ name }, at) => make("li", {}, sign(at), name)))),
    panel("All figures", { tools: [button("Download CSV", () => csv(by, from, to))] }, figures(by, named, sums)),
  ];
}

function span(from, to) {
  const every = [];
  for (let day = Date.parse(from); day <= Date.parse(to) && every.length < 400; day += DAY) every.push(new Date(day).toISOString().slice(0, 10));
  return every;
}

function figures(by, named, sums) {
  const heads = [{ text: GROUPS.find(([name]) => name === by)?.[1] ?? by, class: "main" }, ...["Runs", "Completed", "Failed", "Canceled", "Credits", "Provider's cost"].map((text) => ({ text, class: "figure" }))];
  const cells = (name, line) => [name, ...["runs", "completed", "failed", "canceled", "credits"].map((each) => number(line[each])), line.provider_cost_usd === null ? make("span", { class: "soft" }, "not told") : dollars(line.provider_cost_usd)];
  const rows = sums.data.slice(0, 500).map((line) => cells(make("span", { class: "strong" }, named(line)), line));
  rows.push(cells(make("b", {}, "Total"), sums.total));
  const more = sums.data.length - 500;
  return make("div", {}, table("Usage", heads, rows), more > 0 ? make("p", { class: "soft" }, `And ${number(more)} more, all of them in the CSV.`) : null);
}

// What was charged for a run on average, beside what it cost where its provider told so.
function prices(models, account) {
  const told = models.data.filter((line) => line.cost_known_runs);
  return drift(told.map((line) => ({ name: line.model ?? "(none)", runs: line.cost_known_runs, credits: line.completed ? line.credits / line.completed : 0, dollars: line.provider_cost_usd / line.cost_known_runs })), account.credits_per_dollar);
}

async function csv(by, from, to) {
  const answer = await fetch(`${base}/v1/usage?${query({ from, to, group_by: `day,${by}` })}`, { headers: { Authorization: `Bearer ${held()}`, Accept: "text/csv" }, credentials: "omit" });
  if (!answer.ok) throw new Error("The CSV could not be made; choose fewer days.");
  const address = URL.createObjectURL(await answer.blob());
  make("a", { href: address, download: `usage-${from}-${to}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function budgeted(budgets) {
  const shown = budgets.map((budget) => {
    const [used, heldNow] = [budget.used, budget.held].map((each) => Math.min(each / Math.max(budget.limit, 1), 1) * 100);
    const bar = make("meter", { min: "0", max: String(Math.max(budget.limit, 1)), value: String(budget.used + budget.held), high: String(budget.limit * 0.8), "aria-label": `${budget.scope === "key" ? budget.key : "Account"}: ${Math.round(used)} % used` });
    return make(
      "li",
      {},
      make("div", { class: "inline between" }, make("b", {}, budget.scope === "key" ? `Key ${budget.key}…` : "The account"), make("span", {}, `${number(budget.used)} of ${limit(budget)}`)),
      bar,
      make("p", { class: "soft" }, `${Math.round(used)} % used${budget.held ? `, ${number(budget.held)} held (${Math.round(heldNow)} %)` : ""}${budget.resets_at ? `; begins anew ${new Date(budget.resets_at).toLocaleDateString("en", { month: "short", day: "numeric", timeZone: "UTC" })}` : ""}`),
    );
  });
  return panel("Budgets", { note: "Reserved before anything runs: what a budget has left can't be overdrawn." }, shown.length ? make("ul", { class: "budgets" }, shown) : empty("No budget", "Set one under Settings: for the account, or for a key of its own."));
}
