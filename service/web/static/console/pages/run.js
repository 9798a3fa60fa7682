// One run: what was asked, what came of it, what it cost, and who was told.

import { make, titled } from "../dom.js";
import { follow } from "../events.js";
import { call, gap, pause } from "../http.js";
import { link, page, tools } from "../page.js";
import { ask, button, code, credits, dollars, lasted, notice, panel, pill, toast, when } from "../parts.js";
import { curl } from "../request.js";
import { guessed, output, tree } from "../result.js";

const LOOKS = 12;
const STEPS = {
  accepted: "Accepted", started: "Started", cancel_requested: "Cancel requested", completed: "Completed", failed: "Failed", canceled: "Canceled",
};
const id = location.pathname.split("/").at(-1);

page(async (view) => {
  let run = (await call("GET", `/v1/runs/${id}`)).data;
  const definition = await call("GET", `/v1/actions/${run.action}`).then((answer) => answer.data, () => null);
  const parts = { result: make("div", {}), facts: make("div", {}), timeline: make("div", {}), deliveries: make("div", {}) };
  let steps = null;
  let deliveries = [];
  let left = false;

  document.getElementById("page-title").replaceChildren(definition?.title ?? run.action, " ", make("span", { id: "state" }));
  document.querySelector(".lead").replaceChildren(link("/console/runs", {}, "Runs"), " / ", make("code", {}, run.id));

  const show = () => {
    document.getElementById("state").replaceChildren(pill(run.status));
    parts.result.replaceChildren(...result(run, definition));
    parts.facts.replaceChildren(facts(run, steps));
    parts.timeline.replaceChildren(timeline(run, steps, deliveries));
    parts.deliveries.replaceChildren(...sent(run, deliveries, again));
    tools(...actions(run, definition, () => (run = { ...run, cancel_requested_at: run.cancel_requested_at ?? new Date().toISOString() })));
  };
  const told = async () => {
    [steps, deliveries] = await Promise.all([call("GET", `/v1/runs/${id}/timeline`), call("GET", `/v1/runs/${id}/deliveries`)]).then(([one, other]) => [one.data, other.data.data]);
    if (!left) show();
  };
  // An attempt is made at most some seconds after the end; later ones are seen by looking again.
  const awaited = async () => {
    for (let look = 0, wish = 700; look < LOOKS && !left; look++, wish = Math.min(wish * 1.7, 20_000)) {
      await told();
      if (!run.finished_at || deliveries.every((each) => each.status !== "pending")) return;
      await pause(gap(wish));
    }
  };
  const again = async (delivery) => {
    await call("POST", `/v1/deliveries/${delivery.id}/replay`);
    toast("Sent again, under the same webhook-id.");
    await awaited();
  };

  view.replaceChildren(
    make(
      "div",
      { class: "run-page" },
      make("div", { class: "stack" }, panel("Result", {}, parts.result), panel("Input", {}, make("div", { class: "json" }, tree(run.input))), panel("Deliveries", {}, parts.deliveries)),
      make("div", { class: "stack" }, panel("Facts", {}, parts.facts), panel("Timeline", {}, parts.timeline), panel("The same as curl", {}, same(run))),
    ),
  );
  show();
  const leave = run.finished_at
    ? () => {}
    : follow(`/v1/runs/${id}/events`, (name, seen) => {
        run = seen;
        show();
        if (run.finished_at) awaited();
        return Boolean(run.finished_at);
      });
  awaited().catch((problem) => toast(problem.message, true));
  return () => {
    left = true;
    leave();
  };
});

function actions(run, definition, canceling) {
  const cancel = button(run.cancel_requested_at ? "Canceling…" : "Cancel", async () => {
    if (!(await ask("Cancel this run?", { text: "What was sent to a provider already may still be charged; nothing more is sent.", act: "Cancel the run", bad: true }))) return;
    await call("POST", `/v1/runs/${run.id}/cancel`);
    canceling();
    toast("It is being canceled.");
  }, { disabled: Boolean(run.cancel_requested_at) });
  return [
    run.finished_at ? null : cancel,
    definition ? link(`/console/${run.action}?run=${run.id}`, { class: "button primary" }, "Run again with changes") : null,
  ];
}

function result(run, definition) {
  if (!run.finished_at) {
    const bar = make("progress", { max: 1, "aria-label": "Progress" });
    if (run.progress > 0) bar.value = run.progress;
    const words = run.status === "queued" ? (run.waiting ?? "Waiting for a worker…") : run.progress > 0 ? `${Math.round(run.progress * 100)} %` : "Working…";
    return [make("div", { class: "progress" }, bar, make("span", { class: "soft" }, words))];
  }
  const shown = [];
  if (run.sandbox) shown.push(make("p", { class: "notice sandbox" }, make("b", {}, "Sandbox"), " Made by the embedded engine in place of the named model, for which no key is set."));
  if (run.error) shown.push(fault(run.error));
  if (run.output !== null) shown.push(...output(run.output, { files: definition?.files ?? guessed(run.output), summary: definition?.summary ?? [] }));
  return shown;
}

function fault(error) {
  if (error.code === "canceled") return make("p", { class: "notice" }, error.message);
  const said = error.provider ? `${error.provider.name}: ${error.provider.message ?? error.provider.code ?? ""}` : null;
  return make(
    "div",
    { class: "notice bad" },
    make("b", {}, titled(error.code)),
    make("p", {}, error.message),
    said ? make("p", {}, said) : null,
    make("p", { class: "soft" }, error.permanent ? "Running it again will not help." : "Running it again can help."),
  );
}

function facts(run, steps) {
  const told = [
    ["Action", make("code", {}, run.action)],
    steps?.model ? ["Model", steps.model] : null,
    steps?.provider ? ["Provider", steps.provider] : null,
    ["Connection", run.connection],
    steps?.key ? ["Key", make("code", {}, `${steps.key}…`)] : null,
    run.group ? ["Group", link(`/console/runs?group=${encodeURIComponent(run.group)}`, {}, run.group)] : null,
    ["Made", when(run.created_at)],
    run.finished_at ? ["Took", lasted(run.started_at ?? run.created_at, run.finished_at)] : null,
    run.estimate ? ["Estimate", credits(run.estimate.credits)] : null,
    run.estimate ? ["Charged", make("b", {}, run.finished_at ? credits(run.credits_charged) : "not yet")] : null,
    run.estimate && run.finished_at ? ["Provider's cost", dollars(steps?.provider_cost_usd)] : null,
    Object.keys(run.metadata).length ? ["Metadata", make("div", { class: "json" }, tree(run.metadata))] : null,
  ].filter(Boolean);
  return make("dl", { class: "pairs" }, told.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

function timeline(run, steps, deliveries) {
  const attempts = deliveries.flatMap((delivery) =>
    delivery.attempts.map((attempt) => {
      const arrived = attempt.status_code >= 200 && attempt.status_code < 300;
      return { at: attempt.at, text: `${delivery.event} posted`, note: attempt.status_code ?? "no answer", bad: !arrived };
    }),
  );
  const own = (steps?.steps ?? []).map((step) => ({
    at: step.at,
    text: STEPS[step.step] ?? `Sent to ${step.provider}`,
    note: step.failed ? "refused" : null,
    bad: step.step === "failed" || step.failed,
  }));
  const all = [...own, ...attempts].sort((one, other) => (one.at < other.at ? -1 : 1));
  const start = Date.parse(run.created_at);
  return make(
    "ol",
    { class: "timeline" },
    all.map(({ at, text, note, bad }) =>
      make(
        "li",
        { class: bad ? "bad" : null },
        make("span", {}, text, note === null ? null : make("span", { class: "soft" }, ` ${note}`)),
        make("time", { datetime: at, class: "soft" }, offset(Date.parse(at) - start)),
      ),
    ),
  );
}

const offset = (ms) => (ms <= 0 ? "0 s" : ms < 1000 ? `+${ms} ms` : ms < 120_000 ? `+${(ms / 1000).toFixed(1)} s` : `+${Math.round(ms / 60_000)} min`);

function sent(run, deliveries, again) {
  if (!deliveries.length) {
    const text = run.callback ? "Its callback is posted when it ends." : "No callback was asked for. Give a callback_url, or subscribe to every run.";
    return [make("p", { class: "soft" }, text)];
  }
  return deliveries.map((delivery) =>
    make(
      "div",
      { class: "delivery" },
      make("div", { class: "line" }, make("code", {}, delivery.event), pill(delivery.status), button("Replay", () => again(delivery), { small: true })),
      make("p", { class: "url soft" }, delivery.url),
      make("p", { class: "soft" }, "webhook-id ", make("code", {}, delivery.id.split(".")[0])),
      delivery.attempts.map((attempt, at) =>
        make(
          "details",
          { class: "attempt" },
          make("summary", {}, `Attempt ${at + 1}: ${attempt.status_code ?? "no answer"}`, make("span", { class: "soft" }, ` ${attempt.duration_ms} ms, `, when(attempt.at))),
          attempt.error ? make("p", { class: "fault-line" }, attempt.error) : null,
          make("h3", {}, "What was sent"),
          body(delivery),
          make("h3", {}, "What was answered"),
          make("pre", { class: "code", tabindex: "0" }, attempt.response || "(an empty body)"),
        ),
      ),
      delivery.next_attempt_at && delivery.status === "pending" ? make("p", { class: "soft" }, "Next attempt ", when(delivery.next_attempt_at)) : null,
    ),
  );
}

// The body is looked up when somebody wants to see it.
function body(delivery) {
  const place = make("div", {});
  const show = button("Show the body", async () => {
    const found = (await call("GET", `/v1/deliveries/${delivery.id}`)).data;
    place.replaceChildren(code(JSON.stringify(found.body, null, 2)));
  }, { small: true });
  place.append(show);
  return place;
}

function same(run) {
  const body = { input: run.input };
  if (run.connection !== "local") body.connection = run.connection;
  if (run.group) body.group = run.group;
  if (Object.keys(run.metadata).length) body.metadata = run.metadata;
  return code(curl({ path: `/v1/actions/${run.action}`, key: `again-${run.id}`, body }));
}
