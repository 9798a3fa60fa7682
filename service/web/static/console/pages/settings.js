// The account: its keys, its secret, keys that it brings along, and what its plan allows.

import { make } from "../dom.js";
import { call } from "../http.js";
import { page } from "../page.js";
import { ask, button, bytes, credits, empty, field, limit, notice, number, panel, pill, reveal, select, table, toast, when } from "../parts.js";

page(async (view) => {
  const account = (await call("GET", "/v1/account")).data;
  const may = account.key.scopes.includes("admin");
  const [overview, keys, secret, providers, connections, extensions] = [0, 1, 2, 3, 4, 5].map(() => make("div", {}));
  plan(overview, account, may);
  view.replaceChildren(
    make(
      "div",
      { class: "stack" },
      may ? "" : notice("", "This key may look, not change", "Changing needs a key with the scope admin, which the command line gives: python -m service keys create NAME --api generor --scopes read,write,generate,admin"),
      overview,
      keys,
      secret,
      providers,
      connections,
      extensions,
    ),
  );
  await Promise.all([keyed(keys, may, account), signed(secret, account, may), provided(providers, may), connected(connections, may), extended(extensions)]);
});

function plan(place, account, may) {
  const limits = Object.entries(account.limits).map(([api, windows]) => [api, Object.entries(windows).map(([window, most]) => `${number(most)} ${window === "hour" ? "an" : "a"} ${window}`).join(", ")]);
  const told = [
    ["Account", account.name],
    ["Plan", account.plan],
    ["Credits", `${credits(account.credits)}${account.held ? `, ${number(account.held)} of them held` : ""}`],
    ["Budget", account.budget ? `${number(account.budget.used)} of ${limit(account.budget)}` : "none"],
    ["Storage", `${bytes(account.storage_used)} of ${bytes(account.storage_limit)}`],
    ["Parallel tasks", number(account.parallel_tasks)],
    ["Own provider keys", account.byok ? "in the plan" : "not in the plan"],
    ["Thumbnail generator", account.thumbnail_generator ? "allowed" : "not allowed"],
    ...limits.map(([api, words]) => [`Requests, ${api}`, words]),
    ["This key's scopes", account.key.scopes.join(", ") || "none"],
  ];
  const change = button("Set budget…", () => spend(place, account), { "aria-label": "Set the account's budget" });
  place.replaceChildren(panel("Plan and limits", { tools: may ? [change] : [] }, make("dl", { class: "pairs" }, told.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))))));
}

// The most that all of the account's keys may spend together.
async function spend(place, account) {
  const budget = make("input", { type: "text", name: "budget", value: account.budget ? `${account.budget.limit}/${account.budget.period}` : "", placeholder: "500/month" });
  const told = await ask("The account's budget", {
    text: "The most that all keys together may spend. What is over it is refused before it runs. Raising it or taking it away needs an operator's key.",
    content: [field("Budget", budget, "Credits in a day, a month or in total, as in 500/month; empty takes it away.")],
    act: "Save",
  });
  if (!told) return;
  plan(place, (await call("PATCH", "/v1/account", { body: { budget: told.get("budget") || "none" } })).data, true);
}

async function keyed(place, may, account) {
  const heads = [{ text: "Name", class: "main" }, { text: "Scopes" }, { text: "Budget" }, { text: "Last used", class: "figure" }, { text: "Ends", class: "figure" }, { text: "", class: "figure" }];
  const found = (await call("GET", "/v1/keys")).data.data;
  const again = () => keyed(place, may, account);
  const rows = found.map((key) => [
    [make("b", {}, key.name || "(unnamed)"), make("code", { class: "soft" }, `${key.prefix}…`), key.parent ? make("span", { class: "soft" }, `minted by ${key.parent}…`) : null],
    key.scopes.map((scope) => make("span", { class: "tag" }, scope)),
    key.budget ? `${number(key.budget.used)} of ${limit(key.budget)}` : make("span", { class: "soft" }, "none"),
    when(key.last_used_at),
    when(key.expires_at),
    may ? make("div", { class: "inline end" }, changes(key, again)) : "",
  ]);
  place.replaceChildren(panel("API keys", { tools: may ? [button("New key…", () => mint(account, again), { kind: "primary" })] : [], note: "A key is shown once, when it is made. Revoking it ends the keys that it minted." }, table("API keys", heads, rows)));
}

function changes(key, again) {
  const named = { small: true };
  return [
    button("Limit…", async () => {
      const budget = make("input", { type: "text", name: "budget", value: key.budget ? `${key.budget.limit}/${key.budget.period}` : "", placeholder: "500/month" });
      const name = make("input", { type: "text", name: "name", value: key.name, maxlength: "100" });
      const told = await ask(`Change ${key.name || key.prefix}`, { content: [field("Name", name), field("Budget", budget, "Credits in a day, a month or in total, as in 500/month; empty takes it away.")], act: "Save" });
      if (!told) return;
      await call("PATCH", `/v1/keys/${key.prefix}`, { body: { ...(told.get("name") ? { name: told.get("name") } : {}), budget: told.get("budget") || "none" } });
      await again();
    }, { ...named, "aria-label": `Limit the key ${key.name || key.prefix}` }),
    button("Rotate…", async () => {
      const grace = make("input", { type: "text", name: "grace", value: "24h" });
      const told = await ask(`Rotate ${key.name || key.prefix}`, { text: "A successor with the same scopes and budget takes its place.", content: [field("The old key goes on for", grace, "As in 24h, 30m or 7d; 0 ends it at once.")], act: "Rotate" });
      if (!told) return;
      const fresh = (await call("POST", `/v1/keys/${key.prefix}/rotate`, { body: { grace: told.get("grace") } })).data;
      await reveal("The new key", fresh.api_key, "It is not shown again.");
      await again();
    }, { ...named, "aria-label": `Rotate the key ${key.name || key.prefix}` }),
    button("Revoke…", async () => {
      if (!(await ask(`Revoke ${key.name || key.prefix}?`, { text: "It ends at once, with every key that it minted. This can't be undone.", act: "Revoke", bad: true }))) return;
      const ended = (await call("DELETE", `/v1/keys/${key.prefix}`)).data.revoked;
      toast(`Revoked: ${ended.join(", ")}`);
      await again();
    }, { ...named, "aria-label": `Revoke the key ${key.name || key.prefix}` }),
  ];
}

async function mint(account, again) {
  const name = make("input", { type: "text", name: "name", required: true, maxlength: "100", placeholder: "n8n" });
  const api = select([...new Set([account.key.api, "generor", "flixly", "flokan"])].map((each) => [each, each]), account.key.api);
  api.name = "api";
  const scopes = make("input", { type: "text", name: "scopes", placeholder: "read, generate", spellcheck: "false" });
  const budget = make("input", { type: "text", name: "budget", placeholder: "500/month" });
  const told = await ask("Make a key", {
    content: [field("Name", name, "What it is for."), field("API", api, "A generor or flixly key runs the actions of every API."), field("Scopes", scopes, "With commas between; empty, the same as this key's, save admin and operator."), field("Budget", budget, "The most it may spend; empty, no limit of its own.")],
    act: "Make it",
  });
  if (!told) return;
  const wanted = String(told.get("scopes")).split(/[\s,]+/).filter(Boolean);
  const body = { name: told.get("name"), api: told.get("api"), ...(wanted.length ? { scopes: wanted } : {}), ...(told.get("budget") ? { budget: told.get("budget") } : {}) };
  const fresh = (await call("POST", "/v1/keys", { body })).data;
  await reveal("The new key", fresh.api_key, "It is not shown again.");
  await again();
}

async function signed(place, account, may) {
  const ends = account.secrets.map((each) => make("li", {}, pill("active"), each.expires_at ? make("span", {}, "The one before; signs until ", when(each.expires_at)) : "The one in use"));
  const rotate = button("Rotate…", async () => {
    if (!(await ask("Rotate the signing secret?", { text: "Callbacks are signed by both for 24 hours, so that receivers can change over.", act: "Rotate" }))) return;
    const fresh = (await call("POST", "/v1/account/secret/rotate")).data;
    await reveal("The new signing secret", fresh.callback_secret, "It is not shown again.");
    await signed(place, (await call("GET", "/v1/account")).data, may);
  });
  place.replaceChildren(panel("Signing secret", { tools: may ? [rotate] : [], note: "Callbacks are signed with it (Standard Webhooks, v1). It is shown when it is made; accounts secret NAME prints it on the command line." }, make("ul", { class: "lines" }, ends)));
}

async function provided(place, may) {
  const heads = [{ text: "Provider", class: "main" }, { text: "State", class: "narrow" }, { text: "", class: "figure" }];
  const found = (await call("GET", "/v1/providers")).data.data;
  const again = () => provided(place, may);
  const rows = found.map((each) => [make("b", {}, each.name), !each.configured ? make("span", { class: "soft" }, "not set") : pill(each.enabled ? "active" : "disabled"), may ? make("div", { class: "inline end" }, own("providers", each.name, each.configured, again)) : ""]);
  const inPlan = found.some((each) => each.in_plan);
  place.replaceChildren(panel("Provider keys", { note: inPlan ? "With a key of your own the provider bills you, and runs cost no credits." : "This plan takes no provider keys of your own." }, table("Provider keys", heads, rows)));
}

async function connected(place, may) {
  const heads = [{ text: "Connection", class: "main" }, { text: "Address", class: "wide" }, { text: "", class: "figure" }];
  const found = (await call("GET", "/v1/connections")).data.data;
  const again = () => connected(place, may);
  const rows = found.map((each) => [make("b", {}, each.name), make("span", { class: "url soft" }, each.base_url ?? "this service"), make("div", { class: "inline end" }, [tried(each.name), ...(may && each.name !== "local" ? own("connections", each.name, true, again) : [])])]);
  const add = button("Add…", async () => {
    const name = make("input", { type: "text", name: "name", required: true, placeholder: "flixly", spellcheck: "false" });
    const key = make("input", { type: "password", name: "key", required: true, autocomplete: "off" });
    const told = await ask("Add a connection", { text: "Runs with this connection go to the API's own server, with your key there.", content: [field("API", name, "flokan, flixly, generor, or an added API."), field("Key", key)], act: "Keep it" });
    if (!told) return;
    await call("PUT", `/v1/connections/${encodeURIComponent(told.get("name"))}`, { body: { key: told.get("key") } });
    await again();
  });
  place.replaceChildren(panel("Connections", { tools: may ? [add] : [] }, found.length ? table("Connections", heads, rows) : empty("No connection", "")));
}

const tried = (name) =>
  button("Test", async () => {
    const told = (await call("POST", `/v1/connections/${name}/test`)).data;
    toast(told.message || (told.ok ? "It works." : "It does not work."), !told.ok);
  }, { small: true, "aria-label": `Test ${name}` });

// The buttons of a key that the account brought along.
function own(kind, name, there, again) {
  const set = button(there ? "Replace…" : "Set…", async () => {
    const key = make("input", { type: "password", name: "key", required: true, autocomplete: "off" });
    const told = await ask(`A key for ${name}`, { text: "Stored encrypted, never shown again.", content: [field("Key", key)], act: "Keep it" });
    if (!told) return;
    await call("PUT", `/v1/${kind}/${name}`, { body: { key: told.get("key") } });
    toast(`The key for ${name} is kept.`);
    await again();
  }, { small: true, "aria-label": `${there ? "Replace" : "Set"} the key for ${name}` });
  if (!there) return [set];
  const remove = button("Remove…", async () => {
    if (!(await ask(`Remove the key for ${name}?`, { act: "Remove", bad: true }))) return;
    await call("DELETE", `/v1/${kind}/${name}`);
    await again();
  }, { small: true, "aria-label": `Remove the key for ${name}` });
  return kind === "providers" ? [tried(name), set, remove] : [set, remove];
}

async function extended(place) {
  const heads = [{ text: "Name", class: "main" }, { text: "Kind" }, { text: "What it offers", class: "wide" }, { text: "Added", class: "figure" }];
  const found = (await call("GET", "/v1/extensions")).data.data;
  const rows = found.map((each) => [make("b", {}, each.name), each.kind, each.made.slice(0, 12).map((part) => make("code", {}, Object.values(part).join(" "))), when(each.created_at)]);
  const note = "Servers, models, workflows and APIs that the operator added on the command line; they are offered in every form and list.";
  place.replaceChildren(panel("Extensions", { note }, found.length ? table("Extensions", heads, rows) : empty("Nothing was added", "python -m service add --help shows what can be.")));
}
