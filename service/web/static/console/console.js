// The console's page: puts its parts together.

import { copy, soon } from "./dom.js";
import * as find from "./find.js";
import { Form } from "./form.js";
import { frame } from "./frame.js";
import { Problem, call, canSpare } from "./http.js";
import * as key from "./key.js";
import { curl, newKey, request } from "./request.js";
import { Runs, credits } from "./run.js";

const TYPING = 700;

frame();
find.setUp();
const facts = document.getElementById("facts");
if (facts) action(JSON.parse(facts.textContent));

function action(facts) {
  const form = new Form(document.getElementById("form"), facts);
  const runs = new Runs(facts);
  const shell = document.getElementById("curl");
  const price = document.getElementById("price");
  const run = document.getElementById("run");
  const answer = document.querySelector(".answer");
  let pending = newKey();
  let lost = null;

  const showCurl = () => (shell.textContent = curl(request(form, pending)));

  const guarded = async (work) => {
    form.clearFaults();
    const faults = form.unreadable();
    if (faults.length) return form.showFaults(faults);
    if (!key.held()) {
      key.ask();
      return runs.refused(new Problem({ title: "Paste an API key first", detail: "The field for it is at the top of the page." }), []);
    }
    try {
      return await work();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.status === 401) key.ask();
      return runs.refused(problem, form.showFaults(problem.errors));
    }
  };

  // Raises Problem; where it is only looked ahead, what is lacking is no fault yet.
  const estimate = async () => {
    const { input, connection } = form.body();
    const asked = JSON.stringify({ input, connection });
    const answer = await call("POST", `/v1/actions/${form.id}/estimate`, { body: { input, connection } });
    const now = form.body();
    if (JSON.stringify({ input: now.input, connection: now.connection }) !== asked) return;
    const { credits: cost, seconds, approximate } = answer.data;
    price.textContent = `${approximate ? "About " : ""}${credits(cost)}${seconds ? `, about ${Math.ceil(seconds)} s` : ""}`;
  };
  let estimated = null;
  const lookAhead = soon(TYPING, () => {
    const { input, connection } = form.body();
    const asked = JSON.stringify({ input, connection });
    if (asked === estimated) return;
    price.textContent = "";
    estimated = null;
    if (!key.held() || !form.isReady || !canSpare()) return;
    estimated = asked;
    estimate().catch(() => {});
  });

  // Answered, the next one is another run. Unanswered, the same key asks for the same again, and it is paid once.
  const started = async (sent) => {
    let answered = true;
    try {
      return await runs.start(sent);
    } catch (problem) {
      answered = problem.status > 0;
      throw problem;
    } finally {
      lost = answered ? null : JSON.stringify(sent.body);
      if (answered) pending = newKey();
      showCurl();
    }
  };

  const submit = async () => {
    run.disabled = true;
    run.textContent = "Running…";
    let ended;
    try {
      ({ ended } = await started(request(form, pending)));
    } finally {
      run.disabled = false;
      run.textContent = "Run";
    }
    // Under the form, on a small screen.
    if (getComputedStyle(answer).position === "static") answer.scrollIntoView({ behavior: "smooth" });
    await ended;
  };

  const changed = (event) => {
    if (lost && lost !== JSON.stringify(form.body())) {
      pending = newKey();
      lost = null;
    }
    showCurl();
    const typing = event?.type === "input" && event.target.role === "combobox";
    if (price && !typing) lookAhead();
  };
  form.root.addEventListener("input", changed);
  form.root.addEventListener("change", changed);
  form.root.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!run.disabled) guarded(submit);
  });
  form.root.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) form.root.requestSubmit();
  });
  document.getElementById("estimate")?.addEventListener("click", () => guarded(estimate));
  document.getElementById("clear")?.addEventListener("click", () => form.fill({}));
  for (const button of document.querySelectorAll("[data-example]")) {
    button.addEventListener("click", () => form.fill(facts.examples[Number(button.dataset.example)].input));
  }
  document.getElementById("copy").addEventListener("click", (event) => copy(shell.textContent, event.target));
  key.onChange(() => {
    form.refresh();
    estimated = null;
    changed();
  });
  form.refresh();
  changed();
  fillFromRun();

  // A run that is done again with changes begins from what it was asked.
  async function fillFromRun() {
    const from = new URLSearchParams(location.search).get("run");
    if (!from || !key.held()) return;
    try {
      form.fill((await call("GET", `/v1/runs/${encodeURIComponent(from)}`)).data.input);
    } catch (problem) {
      runs.refused(problem, []);
    }
  }
}
