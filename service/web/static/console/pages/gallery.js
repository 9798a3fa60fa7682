// Creations and thumbnails, searched and filtered.

import { make, soon } from "../dom.js";
import { call } from "../http.js";
import { failed, link, page } from "../page.js";
import { empty, endless, field, fromAddress, intoAddress, select, when } from "../parts.js";

const PAGE = 24;
const KINDS = [["", "Anything"], ["img", "Pictures"], ["video", "Films"], ["audio", "Sound"], ["text", "Texts"]];

page(async (view) => {
  const asked = fromAddress(["q", "from", "type", "sort"]);
  const shown = make("ul", { class: "wall" });
  const state = make("div", {});
  let next = 1;
  let turn = 0;
  const end = endless(() => more());

  const load = async () => {
    turn++;
    next = 1;
    intoAddress(asked);
    shown.replaceChildren();
    state.replaceChildren();
    try {
      await more();
    } catch (problem) {
      state.replaceChildren(failed(problem, load));
    }
  };
  const more = async () => {
    if (!next) return;
    const mine = turn;
    const found = await (asked.from === "thumbnails" ? thumbnails(asked, next) : creations(asked, next));
    if (mine !== turn) return;
    shown.append(...found.items.map(tile));
    next = found.more ? next + 1 : 0;
    end.has(Boolean(next));
    if (!shown.children.length) state.replaceChildren(asked.q || asked.type ? empty("Nothing fits", "Other words find more; search looks for whole words.") : empty("Nothing is kept yet", "What generators make is kept here until it is deleted.", link("/console", { class: "button primary" }, "Make something")));
  };
  view.replaceChildren(controls(asked, load), state, shown, end.element);
  await load();
  return () => end.stop();
});

async function creations(asked, at) {
  const listed = { page: at, per_page: PAGE, ...(asked.sort ? { sort: asked.sort } : {}) };
  const [action, input] = asked.q ? ["generor.creations.search", { q: asked.q, page: at, per_page: PAGE }] : ["generor.creations.list", listed];
  const { data, meta } = await made(action, input);
  const items = data.filter((each) => !asked.type || each.type === asked.type).map((each) => ({
    id: each.creation_id,
    title: each.prompt || each.generator,
    note: each.generator,
    at: each.created_at.replace(" ", "T") + "Z",
    pictures: (each.images ?? []).map((image) => image.url),
    media: media(each.generator_data),
    text: each.generator_data?.text,
  }));
  return { items, more: meta.has_next };
}

async function thumbnails(asked, at) {
  const { data, meta } = await made("flokan.generations.list", { page: at });
  const word = asked.q.toLowerCase();
  const items = data.filter((each) => !word || `${each.video_title} ${each.prompt}`.toLowerCase().includes(word)).map((each) => ({ id: each.id, title: each.video_title || each.prompt, note: `${each.image_model}, ${each.aspect_ratio}`, at: each.created_at, pictures: each.image_urls, media: [], text: null }));
  return { items, more: meta.has_next };
}

async function made(action, input) {
  const run = (await call("POST", `/v1/actions/${action}`, { body: { input } })).data;
  if (run.error) throw Object.assign(new Error(run.error.message), { title: "The list can't be had" });
  return run.output;
}

// Addresses of sound and film among a generator's own data.
function media(data) {
  return Object.entries(data ?? {}).flatMap(([name, value]) => {
    if (typeof value !== "string" || !/^(https?:\/)?\//.test(value)) return [];
    return /video/.test(name) ? [["video", value]] : /audio|music|speech|sound/.test(name) ? [["audio", value]] : [];
  });
}

function tile(each) {
  const [first] = each.pictures;
  const [kind, address] = each.media[0] ?? [];
  const shown = first
    ? make("a", { href: first, target: "_blank", rel: "noreferrer" }, make("img", { src: first, alt: each.title.slice(0, 120), loading: "lazy", decoding: "async" }))
    : kind
      ? make(kind, { src: address, controls: true, preload: "none", "aria-label": each.title.slice(0, 120) })
      : make("p", { class: "quote" }, each.text ?? "(nothing to show)");
  const count = each.pictures.length > 1 ? make("span", { class: "soft" }, ` ${each.pictures.length} pictures`) : null;
  return make("li", {}, make("figure", {}, shown, make("figcaption", {}, make("span", { class: "clip strong", title: each.title }, each.title), make("span", { class: "soft" }, each.note, ", ", when(each.at), count))));
}

function controls(asked, load) {
  const search = make("input", { type: "search", value: asked.q, placeholder: "Words of the prompt", spellcheck: "false" });
  const from = select([["", "Creations"], ["thumbnails", "Thumbnails"]], asked.from);
  const type = select(KINDS, asked.type);
  const sort = select([["", "Newest first"], ["oldest", "Oldest first"]], asked.sort);
  for (const [name, control, wait] of [["q", search, 300], ["from", from, 0], ["type", type, 0], ["sort", sort, 0]]) {
    control.addEventListener("input", soon(wait, () => {
      asked[name] = control.value.trim();
      load();
    }));
  }
  return make("form", { class: "filters", role: "search", "aria-label": "Filter the gallery", onsubmit: (event) => event.preventDefault() }, make("div", { class: "filter-row" }, field("Search", search), field("Show", from), field("Kind", type), field("Order", sort)));
}
