// Stacked bars by day as SVG: each series has a pattern beside its colour, and a table of the same stands below.

const SVG = "http://www.w3.org/2000/svg";
const [HEIGHT, LEFT, BOTTOM, TOP] = [240, 52, 26, 10];
// Drawn for the width that it has, so that its words stay readable.
const [WIDE, NARROW] = [760, 340];
const PATTERNS = [null, "M0,8 L8,0", "M0,0 L8,8", "M0,4 L8,4", "M4,0 L4,8", "M0,8 L8,0 M0,0 L8,8"];

export const SERIES = PATTERNS.length;

// `days` are texts; `series` are {name, values} with a value a day; `unit` names the values.
export function bars(days, series, unit) {
  const narrow = matchMedia("(max-width: 52rem)").matches;
  const width = narrow ? NARROW : WIDE;
  const totals = days.map((_, at) => series.reduce((sum, { values }) => sum + values[at], 0));
  const most = ceiling(Math.max(...totals, 1));
  const step = (width - LEFT) / days.length;
  const y = (value) => TOP + (HEIGHT - BOTTOM - TOP) * (1 - value / most);
  const sum = totals.reduce((one, other) => one + other, 0);
  const root = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, class: "chart", role: "img", "aria-label": `${sum.toLocaleString("en")} ${unit} from ${days[0]} to ${days.at(-1)}, ${series.length} series; the table below has every figure` });
  root.append(svg("defs", {}, ...series.map((_, at) => pattern(at))));
  for (const part of [0, 0.25, 0.5, 0.75, 1]) {
    const value = most * part;
    root.append(svg("line", { x1: LEFT, x2: width, y1: y(value), y2: y(value), class: "grid" }), text(short(value), { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }));
  }
  const every = Math.ceil(days.length / (narrow ? 4 : 8));
  days.forEach((day, at) => {
    let below = 0;
    const x = LEFT + at * step + step * 0.14;
    const column = svg("g", {}, svg("title", {}, `${day}: ${totals[at].toLocaleString("en")} ${unit}`));
    column.append(svg("rect", { x: LEFT + at * step, y: TOP, width: step, height: HEIGHT - BOTTOM - TOP, class: "hit" }));
    series.forEach(({ values }, which) => {
      if (!values[at]) return;
      const box = { x, width: Math.max(step * 0.72, 1), y: y(below + values[at]), height: Math.max(y(below) - y(below + values[at]), 0.5) };
      column.append(svg("rect", { ...box, class: `series s${which}` }));
      if (PATTERNS[which]) column.append(svg("rect", { ...box, fill: `url(#pattern-${which})` }));
      below += values[at];
    });
    root.append(column);
    if (at % every === 0) root.append(text(label(day), { x: LEFT + at * step + step / 2, y: HEIGHT - 8, "text-anchor": days.length > 1 && at === 0 ? "start" : "middle" }));
  });
  return root;
}

// The sign of a series beside its name.
export function key(which) {
  const root = svg("svg", { viewBox: "0 0 14 14", class: "key-sign", "aria-hidden": "true" }, svg("rect", { width: 14, height: 14, rx: 3, class: `series s${which}` }));
  if (PATTERNS[which]) root.append(svg("rect", { width: 14, height: 14, rx: 3, fill: `url(#pattern-${which})` }));
  return root;
}

function pattern(which) {
  if (!PATTERNS[which]) return svg("g");
  return svg("pattern", { id: `pattern-${which}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" }, svg("path", { d: PATTERNS[which], class: "hatch" }));
}

// The next round number above.
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 4, 5, 8, 10].map((each) => each * power).find((each) => each >= value && (each >= 4 || power > 1 || Number.isInteger(each))) ?? value;
}

const short = (value) => value.toLocaleString("en", { notation: "compact", maximumFractionDigits: 1 });
const label = (day) => new Date(`${day}T00:00:00Z`).toLocaleDateString("en", { month: "short", day: "numeric", timeZone: "UTC" });

function text(content, attributes) {
  return svg("text", attributes, content);
}

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
