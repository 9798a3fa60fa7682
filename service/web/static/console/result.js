// A run's output for people: what was made first, then what it says, then all of it as JSON to unfold.

import { make, titled } from "./dom.js";

const LONG = 80;
const MANY = 20;
const EXTENSIONS = {
  image: /\.(png|jpe?g|gif|webp|avif|svg)$/i,
  video: /\.(mp4|webm|mov)$/i,
  audio: /\.(mp3|wav|ogg|oga|flac|m4a|aac)$/i,
};

export function output(value, facts) {
  const media = files(value, facts.files);
  const kept = facts.summary.length && isObject(value) ? picked(value, facts.summary) : value;
  return [
    media.length ? make("div", { class: media.length > 1 ? "gallery" : "gallery one" }, media.map(shown)) : null,
    make("div", { class: "readable" }, readable(kept, new Set(media.map((each) => each.sent)))),
    make("details", { class: "fold json" }, make("summary", {}, "All of it as JSON"), tree(value)),
  ];
}

// Where media lie in an output whose definition isn't at hand: every address that ends like a file.
export function guessed(value, at = "") {
  if (typeof value === "string") {
    const kind = /^(https?:\/\/|\/)\S+$/.test(value) ? Object.keys(EXTENSIONS).find((each) => EXTENSIONS[each].test(value.split("?")[0])) : null;
    return kind ? [{ at, media: kind }] : [];
  }
  if (Array.isArray(value)) return distinct(value.flatMap((each) => guessed(each, `${at}/*`)));
  if (isObject(value)) return Object.entries(value).flatMap(([name, part]) => guessed(part, `${at}/${name}`));
  return [];
}

const distinct = (places) => [...new Map(places.map((each) => [each.at, each])).values()];

// Everything that the definition's pointers find: {sent, url, media}.
export function files(value, places) {
  return places.flatMap(({ at, media }) =>
    found(value, at.split("/").slice(1), null)
      .filter(([url]) => typeof url === "string" && url)
      .map(([url, around]) => ({ sent: url, url: new URL(url, location.origin), media: kindOf(url, media, around) }))
      .filter(({ url }) => url.protocol === "https:" || url.protocol === "http:"),
  );
}

function found(value, [head, ...rest], around) {
  if (head === undefined) return [[value, around]];
  if (head === "*") return Array.isArray(value) ? value.flatMap((each) => found(each, rest, value)) : [];
  return isObject(value) && head in value ? found(value[head], rest, value) : [];
}

function kindOf(url, media, around) {
  const said = String(around?.content_type ?? "").split("/")[0];
  if (said in EXTENSIONS) return said;
  if (media !== "any") return media;
  const path = new URL(url, location.origin).pathname;
  return Object.keys(EXTENSIONS).find((kind) => EXTENSIONS[kind].test(path)) ?? "file";
}

export function shown({ url, media }, at) {
  const link = make("a", { href: url.href, target: "_blank", rel: "noreferrer" }, "Open the file");
  const of = {
    image: () => make("a", { href: url.href, target: "_blank", rel: "noreferrer" }, make("img", { src: url.href, alt: `Result ${at + 1}`, loading: "lazy" })),
    video: () => make("video", { src: url.href, controls: true, preload: "metadata", "aria-label": `Result ${at + 1}` }),
    audio: () => make("audio", { src: url.href, controls: true, preload: "metadata", "aria-label": `Result ${at + 1}` }),
  }[media];
  return make("figure", { class: media }, of ? of() : null, of && media === "image" ? null : make("figcaption", {}, link));
}

// Objects as rows, lists of objects as cards, long texts as texts; what is lacking is left out.
function readable(value, media) {
  if (Array.isArray(value)) return list(value, media);
  if (isObject(value)) return rows(value, media);
  return scalar(value, media);
}

function rows(value, media) {
  const kept = Object.entries(value).filter(([, part]) => !isSaid(part, media));
  return make(
    "dl",
    {},
    kept.map(([name, part]) => {
      const wide = typeof part === "object" || String(part).length > LONG;
      return make("div", { class: wide ? "wide" : null }, make("dt", {}, titled(name)), make("dd", {}, readable(part, media)));
    }),
  );
}

function list(values, media) {
  const kept = values.filter((each) => !media.has(each));
  if (!values.length) return make("span", { class: "soft" }, "None");
  if (kept.every((each) => !isObject(each) && !Array.isArray(each))) {
    return make("ul", { class: "plain" }, kept.map((each) => make("li", {}, scalar(each, media))));
  }
  const more = kept.length - MANY;
  return [
    make("ol", { class: "records" }, kept.slice(0, MANY).map((each) => make("li", {}, readable(each, media)))),
    more > 0 ? make("p", { class: "soft" }, `And ${more} more, below as JSON.`) : null,
  ];
}

function scalar(value) {
  if (value === null || value === undefined) return make("span", { class: "soft" }, "None");
  if (typeof value === "boolean") return value ? "Yes" : "No";
  const text = String(value);
  if (/^https?:\/\/\S+$/.test(text)) {
    return make("a", { href: text, target: "_blank", rel: "noreferrer", class: "url" }, text);
  }
  return text.length > LONG || text.includes("\n") ? make("p", { class: "said" }, text) : text;
}

// JSON whose objects and lists fold.
export function tree(value, name = null, open = true) {
  const label = name === null ? null : make("span", { class: "name" }, `${name}: `);
  if (value === null || typeof value !== "object") {
    const kind = value === null ? "null" : typeof value;
    return make("div", { class: "leaf" }, label, make("span", { class: kind }, JSON.stringify(value)));
  }
  const entries = Object.entries(value);
  const [left, right] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (!entries.length) return make("div", { class: "leaf" }, label, `${left}${right}`);
  return make(
    "details",
    { class: "node", open },
    make("summary", {}, label, left, make("span", { class: "soft" }, ` ${entries.length} `), right),
    entries.map(([key, part]) => tree(part, key, entries.length < 20)),
  );
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
// Empty, or shown already.
const isSaid = (value, media) =>
  value === null || value === "" || media.has(value) || (Array.isArray(value) && value.every((each) => media.has(each)));
const picked = (value, names) => Object.fromEntries(names.filter((name) => name in value).map((name) => [name, value[name]]));
