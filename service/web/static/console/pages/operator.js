// The whole installation, for those who run it.

import { make } from "../dom.js";
import { drift } from "../drift.js";
import { call } from "../http.js";
import { failed, page, tools } from "../page.js";
import { button, bytes, empty, number, panel, pill, table, when } from "../parts.js";

page(async (view) => {
  const load = async () => {
    try {
      const [told, account] = await Promise.all(["/v1/operator", "/v1/account"].map((path) => call("GET", path).then((answer) => answer.data)));
      view.replaceChildren(...shown(told, account));
    } catch (problem) {
      if (problem.status !== 404 && problem.status !== 403) return void view.replaceChildren(failed(problem, load));
      view.replaceChildren(empty("For operators", "This account is not marked as operator, or its key lacks the scope operator: accounts set NAME --operator."));
    }
  };
  await load();
  tools(button("Look again", load));
});

function shown(told, account) {
  const due = told.queues.reduce((sum, queue) => sum + queue.due, 0);
  const findings = told.doctor?.checks?.filter((check) => !check.ok) ?? [];
  const strip = [
    ["Runs due", number(due)],
    ["Workers", number(told.workers.filter((worker) => worker.role === "worker").length)],
    ["Redis", pill(told.redis.ok ? "ok" : "failed")],
    ["Findings", told.doctor ? number(findings.length) : "not looked yet"],
  ];
  return [
    make("dl", { class: "strip" }, strip.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)))),
    make("div", { class: "stack" }, doctor(told.doctor, findings), queues(told.queues), workers(told), receivers(told), prices(told, account), facts(told)),
  ];
}

function doctor(report, findings) {
  if (!report) return panel("Doctor", {}, make("p", { class: "soft" }, "The sweeper looks every few minutes; it has not yet."));
  const lines = findings.map((check) => make("li", {}, pill("failed"), make("div", {}, make("b", {}, check.name), ` ${check.detail}`, check.mend ? make("p", { class: "soft" }, check.mend) : null)));
  return panel("Doctor", {}, findings.length ? make("ul", { class: "lines" }, lines) : make("p", {}, pill("ok"), " Nothing is wrong that it knows of."));
}

function queues(found) {
  const heads = [{ text: "Lane", class: "main" }, ...["Due", "Waiting", "Running", "Parked", "Oldest due"].map((text) => ({ text, class: "figure" }))];
  const rows = found.map((queue) => [make("b", {}, queue.lane), ...["due", "waiting", "running", "parked"].map((name) => number(queue[name])), queue.oldest_due_s === null ? make("span", { class: "soft" }, "–") : `${number(queue.oldest_due_s)} s`]);
  return panel("Queues", {}, rows.length ? table("Queues", heads, rows) : make("p", { class: "soft" }, "Every queue is empty."));
}

function workers(told) {
  const heads = [{ text: "Process", class: "main" }, { text: "Host" }, { text: "Pid", class: "figure" }, { text: "Runs", class: "figure" }, { text: "Memory", class: "figure" }, { text: "Since", class: "figure" }];
  const none = make("span", { class: "soft" }, "–");
  const rows = [
    ...told.workers.map((worker) => [make("b", {}, worker.role), worker.host, String(worker.pid), number(worker.runs), none.cloneNode(true), when(worker.started_at)]),
    ...told.engine_processes.map((engine) => ["engine", engine.host, String(engine.pid), none.cloneNode(true), bytes(engine.memory), none.cloneNode(true)]),
  ];
  return panel("Processes", {}, rows.length ? table("Processes", heads, rows) : empty("No worker", "Start one: python -m service worker"));
}

function receivers(told) {
  const heads = [{ text: "Receiver", class: "wide" }, { text: "State" }, { text: "Pending", class: "figure" }, { text: "Attempts", class: "figure" }];
  const rows = [
    ...told.receivers.map((each) => [make("span", { class: "url" }, each.url), pill("pending"), number(each.pending), number(each.most_attempts)]),
    ...told.subscriptions.map((each) => [[make("span", { class: "url" }, each.target_url), each.disabled_reason ? make("span", { class: "fault-line" }, each.disabled_reason) : null], pill(each.status === "disabled" ? "disabled" : "failed"), "", when(each.failing_since, "")]),
  ];
  return panel("Receivers in trouble", {}, rows.length ? table("Receivers in trouble", heads, rows) : make("p", { class: "soft" }, "Every receiver answers."));
}

function prices(told, account) {
  return drift(told.drift.map((each) => ({ name: each.model, runs: each.runs, credits: each.credits_per_run, dollars: each.provider_cost_usd_per_run })), account.credits_per_dollar);
}

function facts(told) {
  const pairs = [
    ["Files", `${number(told.storage.files)}, ${bytes(told.storage.bytes)}`],
    ["Waiting to be deleted", number(told.storage.objects_to_delete)],
    ["Accounts", `${number(told.accounts.active)} active, ${number(told.accounts.suspended)} suspended`],
    ["Genhook", told.versions.genhook ?? "from a folder"],
    ["Python", told.versions.python],
    ["Database", `${told.versions.database}, revision ${told.versions.revision}`],
  ];
  return panel("Storage and versions", {}, make("dl", { class: "pairs" }, pairs.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)))));
}
