// A run from its submission to its end: shown by its events as it goes, its deliveries after it.

import { make, titled } from "./dom.js";
import { Problem, call, gap, pause } from "./http.js";
import { follow } from "./events.js";
import { output } from "./result.js";

const OPEN = new Set(["queued", "running"]);
const DELIVERY_LOOKS = 12;
const TRIES = 20;

export class Runs {
  constructor(facts) {
    this.facts = facts;
    this.body = document.getElementById("result-body");
    this.tools = document.getElementById("result-tools");
    this.deliveries = document.getElementById("deliveries");
    this.latest = 0;
  }

  // Submits, and follows the run to its end. Raises Problem where it isn't accepted.
  async start({ path, key, body }) {
    const mine = ++this.latest;
    this.shown = null;
    this.deliveries.hidden = true;
    this.#show({ status: "queued", progress: 0 });
    const answer = await call("POST", path, { body, headers: { "Idempotency-Key": key } });
    const replayed = answer.headers.get("Idempotency-Replayed") === "true";
    this.#show(answer.data, replayed);
    return { run: answer.data, ended: this.#follow(answer.data, mine, replayed) };
  }

  refused(problem, homeless) {
    this.shown = null;
    const marked = problem.errors.length - homeless.length;
    const faults = homeless.map(({ pointer, message }) => make("li", {}, make("code", {}, pointer || "/"), ` ${message}`));
    this.tools.replaceChildren(problem.status ? make("span", { class: "pill failed" }, String(problem.status)) : "");
    this.body.replaceChildren(
      make(
        "div",
        { class: "notice bad" },
        make("b", {}, problem.title),
        make("p", {}, marked ? `${marked === 1 ? "One field needs" : `${marked} fields need`} another look.` : problem.message),
        problem.retryAfter ? make("p", {}, `Try again in ${problem.retryAfter} s.`) : null,
        faults.length ? make("ul", { class: "plain" }, faults) : null,
      ),
    );
  }

  async #follow(run, mine, replayed) {
    if (OPEN.has(run.status)) run = await this.#ended(run, mine, replayed);
    if (run.callback && mine === this.latest) await this.#followDeliveries(run, mine);
  }

  // Shows the run as it goes, by its events, to its end or until another is run.
  #ended(run, mine, replayed) {
    return new Promise((done) => {
      follow(`/v1/runs/${run.id}/events`, (name, seen) => {
        if (mine === this.latest) this.#show(seen, replayed);
        const over = !OPEN.has(seen.status) || mine !== this.latest;
        if (over) done(seen);
        return over;
      });
    });
  }

  #show(run, replayed = false) {
    const open = OPEN.has(run.status);
    if (this.tools.textContent !== titled(run.status)) {
      this.tools.replaceChildren(make("span", { class: `pill ${run.status}` }, titled(run.status)));
    }
    // What is shown of an open run stays in place, so that its button keeps the focus.
    if (open && run.id && this.shown === run.id) return progressed(this.body.querySelector(".progress"), run);
    this.shown = open ? run.id : null;
    const parts = [facts(run, replayed)];
    if (open) parts.push(progress(run), run.id ? this.#cancel(run) : null);
    else if (run.error || run.status !== "completed") parts.push(failure(run.error));
    else parts.push(run.sandbox ? sandbox() : null, ...output(run.output, this.facts));
    this.body.replaceChildren(...parts.filter(Boolean));
  }

  #cancel(run) {
    const cancel = async () => {
      button.disabled = true;
      // Where it was sent already, the run goes on until its provider was asked to stop.
      button.textContent = "Canceling…";
      await call("POST", `/v1/runs/${run.id}/cancel`).catch(() => {});
    };
    const button = make("button", { class: "button small", type: "button", onclick: cancel }, "Cancel");
    if (run.cancel_requested_at) [button.disabled, button.textContent] = [true, "Canceling…"];
    return button;
  }

  async #followDeliveries(run, mine) {
    for (let look = 0, wish = 1000; look < DELIVERY_LOOKS && mine === this.latest; look++) {
      const found = (await asked(`/v1/runs/${run.id}/deliveries`)).data;
      if (mine !== this.latest) return;
      this.#showDeliveries(run, found, mine);
      if (found.length && found.every((each) => each.status !== "pending")) return;
      await pause(gap(wish));
      wish = Math.min(wish * 1.6, 15000);
    }
  }

  #showDeliveries(run, found, mine) {
    this.deliveries.hidden = false;
    const replay = async (delivery, button) => {
      button.disabled = true;
      button.textContent = "Sending…";
      try {
        await call("POST", `/v1/deliveries/${delivery.id}/replay`);
        await pause(600);
        await this.#followDeliveries(run, mine);
      } catch (problem) {
        button.textContent = problem.message;
      }
    };
    const rows = found.map((each) => delivered(each, replay));
    const none = make("p", { class: "soft" }, "Its callback is on the way.");
    document.getElementById("deliveries-body").replaceChildren(...(rows.length ? rows : [none]));
  }
}

// What is at a path; busy and limited answers are waited out, and so is a service that is restarting.
async function asked(path) {
  for (let tries = 0; ; tries++) {
    try {
      return (await call("GET", path)).data;
    } catch (problem) {
      const passes = problem instanceof Problem && (problem.passes || !problem.status);
      if (!passes || tries === TRIES) throw problem;
      await pause((problem.retryAfter ?? 5) * 1000);
    }
  }
}

function facts(run, replayed) {
  if (!run.id) return null;
  const took = run.finished_at && run.started_at ? (Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000 : null;
  const said = [
    ["Run", make("code", {}, run.id)],
    run.estimate && OPEN.has(run.status) ? ["Estimate", credits(run.estimate.credits)] : null,
    run.estimate && !OPEN.has(run.status) ? ["Charged", credits(run.credits_charged)] : null,
    took === null ? null : ["Took", took < 0.1 ? "under 0.1 s" : `${took < 10 ? took.toFixed(1) : Math.round(took)} s`],
    replayed ? ["Replayed", "the same key: the same run"] : null,
  ].filter(Boolean);
  return make("dl", { class: "facts" }, said.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

export const credits = (number) => `${number.toLocaleString("en")} ${number === 1 ? "credit" : "credits"}`;

function progress(run) {
  const bar = make("progress", { max: 1, "aria-label": "Progress" });
  return progressed(make("div", { class: "progress" }, bar, make("span", { class: "soft" })), run);
}

function progressed(element, run) {
  const [bar, words] = element.children;
  if (run.progress > 0) bar.value = run.progress;
  const far = run.progress > 0 ? `${Math.round(run.progress * 100)} %` : "Working…";
  words.textContent = !run.id ? "Sending…" : run.status === "queued" ? "Waiting for a worker…" : far;
  return element;
}

function sandbox() {
  return make(
    "p",
    { class: "notice sandbox" },
    make("b", {}, "Sandbox"),
    " Made by the embedded engine in place of the named model, for which no key is set.",
  );
}

function failure(error) {
  if (!error || error.code === "canceled") return make("p", { class: "notice" }, error?.message ?? "It was canceled.");
  const again = error.permanent ? "Running it again will not help." : "Running it again can help.";
  return make(
    "div",
    { class: "notice bad" },
    make("b", {}, titled(error.code)),
    make("p", {}, error.message),
    error.provider ? make("p", {}, `${error.provider.name}: ${error.provider.message ?? error.provider.code ?? ""}`) : null,
    make("p", { class: "soft" }, again),
  );
}

function delivered(delivery, replay) {
  const again = make("button", { class: "button small", type: "button", onclick: () => replay(delivery, again) }, "Replay");
  const attempts = delivery.attempts.map((attempt) =>
    make(
      "tr",
      {},
      make("td", {}, new Date(attempt.at).toLocaleTimeString()),
      make("td", {}, attempt.status_code === null ? "no answer" : String(attempt.status_code)),
      make("td", {}, `${attempt.duration_ms} ms`),
      make("td", { class: "told" }, attempt.error ?? attempt.response ?? ""),
    ),
  );
  return make(
    "div",
    { class: "delivery" },
    make("div", { class: "line" }, make("code", {}, delivery.event), make("span", { class: `pill ${delivery.status}` }, titled(delivery.status)), again),
    make("p", { class: "url soft" }, delivery.url),
    attempts.length
      ? make("table", {}, make("thead", {}, make("tr", {}, ["At", "Answer", "Took", "Said"].map((head) => make("th", { scope: "col" }, head)))), make("tbody", {}, attempts))
      : null,
    delivery.next_attempt_at ? make("p", { class: "soft" }, `Next attempt at ${new Date(delivery.next_attempt_at).toLocaleTimeString()}.`) : null,
  );
}
