// common.js - the data, how figures read, and how elements are made. Texts of the data become text
// nodes, never markup: there is no other way from here into the page.

const data = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";
const KIND = { HTTP: 0, DNS: 1, CONNECT: 2, REGION: 3, CHILD: 4, LOCK: 5 };
const FLAG = {
  STREAM: 1,
  ERROR: 2,
  SERVER: 4,
  UNFINISHED: 8,
  UNANSWERED: 16,
  LATENCY: 32,
  BROKEN: 64,
};

const byId = (id) => document.getElementById(id);

function set(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === "style") Object.assign(element.style, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.setAttribute("class", value);
    else if (name in element && !name.includes("-") && typeof value !== "string")
      element[name] = value;
    else element.setAttribute(name, value);
  }
}

// el("p", {class: "small"}, "text", other element, ...)
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  set(element, properties);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

// A sentence of ours, in which `this` is to be typed.
function prose(words) {
  return words.split("`").map((part, i) => (i % 2 ? el("code", {}, part) : part));
}

function svg(tag, properties = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function fill(element, ...children) {
  element.replaceChildren(
    ...children.flat().filter((child) => child !== null && child !== undefined),
  );
}

// ---- figures ----

const MICRO = data.ascii ? "us" : "\u00b5s";

function digits(value) {
  const size = Math.abs(value);
  return value
    .toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
    .replace(/\.?0+$/, (zeros) => (zeros.startsWith(".") ? "" : zeros));
}

function duration(ns) {
  const size = Math.abs(ns);
  if (size >= 60e9) return `${Math.trunc(ns / 60e9)}m${digits((size % 60e9) / 1e9)}s`;
  if (size >= 1e9) return `${digits(ns / 1e9)}s`;
  if (size >= 1e6) return `${digits(ns / 1e6)}ms`;
  if (size >= 1e3) return `${digits(ns / 1e3)}${MICRO}`;
  return `${Math.round(ns)}ns`;
}

function bytes(value) {
  const size = Math.abs(value);
  if (size >= 1e9) return `${digits(value / 1e9)}GB`;
  if (size >= 1e6) return `${digits(value / 1e6)}MB`;
  if (size >= 1e3) return `${digits(value / 1e3)}kB`;
  return `${value}B`;
}

const count = (value) => value.toLocaleString("en-US");
const percent = (share) => `${(100 * share).toFixed(1)}%`;
const several = (number, one, many) => `${count(number)} ${number === 1 ? one : many || one + "s"}`;
const date = (ns) => new Date(ns / 1e6).toISOString().replace("T", " ").slice(0, 19) + " UTC";

const PRINT = {
  none: () => "-",
  few: () => "n<100",
  ns: duration,
  bytes,
  count,
  share: percent,
  time: date,
  bool: (value) => (value ? "yes" : "no"),
  real: (value) => (Math.abs(value) < 1000 ? String(+value.toPrecision(4)) : value.toFixed(0)),
  text: (value) => value,
  texts: (value) => value.join("; ") || "-",
  rate: digits,
};
const NUMBERS = new Set(["ns", "bytes", "count", "share", "real", "few"]);

// ---- tables of the report ----

// A cell of another kind than its column's is {kind: value}.
function cell(column, value) {
  if (value === null || value === undefined) return { kind: "none", value: null };
  if (typeof value === "object" && !Array.isArray(value)) {
    const [kind] = Object.keys(value);
    return { kind, value: value[kind] };
  }
  return { kind: column.kind, value };
}

function rowsOf(name) {
  const table = data.tables[name];
  return table.rows.map((row) =>
    Object.fromEntries(table.columns.map((column, i) => [column.key, cell(column, row[i]).value])),
  );
}

const oneOf = (name) => rowsOf(name)[0] || {};

// ---- operations, as arrays ----

const text = (index) => (index < 0 ? "" : data.texts[index]);

const ops = (() => {
  const from = data.operations;
  const result = { count: from.count, all: from.of_all, start: new Float64Array(from.count) };
  for (const [key, values] of Object.entries(from))
    if (Array.isArray(values) && key !== "start") result[key] = Float64Array.from(values);
  let at = 0;
  for (let i = 0; i < from.count; i++) result.start[i] = at += from.start[i];
  result.end = new Float64Array(from.count);
  for (let i = 0; i < from.count; i++)
    result.end[i] = result.start[i] + Math.max(0, result.length[i]);
  return result;
})();

const processes = data.processes;
const wall = Math.max(1, ...data.runs.map((run) => run[1]));

const has = (i, flag) => (ops.flags[i] & flag) !== 0;
const VERBS = { [KIND.CONNECT]: "connect", [KIND.DNS]: "look up" };
const opName = (i) =>
  [VERBS[ops.kind[i]], text(ops.method[i]), text(ops.what[i])].filter(Boolean).join(" ") ||
  data.categories[ops.category[i]];
const processName = (p) => {
  const words = text(processes.subcommand[p]);
  return (
    text(processes.program[p]) +
    (words ? ` ${words}` : "") +
    (processes.pid[p] > 0 ? ` [${processes.pid[p]}]` : "")
  );
};

function opStatus(i) {
  const status = ops.status[i];
  if (has(i, FLAG.UNFINISHED)) return "unfinished";
  if (ops.kind[i] === KIND.HTTP)
    return has(i, FLAG.UNANSWERED) ? "no answer" : String(status || "-");
  if (ops.kind[i] === KIND.CHILD && status >= 0)
    return status & 127 ? `signal ${status & 127}` : `exit ${(status >> 8) & 255}`;
  return has(i, FLAG.ERROR) ? `error ${status}` : "ok";
}

// ---- colours ----

const PALETTE = [
  "docker_api",
  "registry",
  "http",
  "dns",
  "connect",
  "process",
  "lock",
  "thread",
  "io",
  "user",
  "program",
];
const colorVariable = (category) => (PALETTE.includes(category) ? `--c-${category}` : "--c-other");
const cssColor = (category) => `var(${colorVariable(category)})`;

const theme = { colors: [], listeners: [], value: {} };

function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const value = (name) => style.getPropertyValue(name).trim();
  theme.colors = data.categories.map((category) => value(colorVariable(category)));
  for (const name of ["bg", "card", "ink", "muted", "line", "soft", "accent", "accent-soft", "bad"])
    theme.value[name] = value(`--${name}`);
  theme.value.other = value("--c-other");
  theme.value.io = value("--c-io");
  for (const listener of theme.listeners) listener();
}

// What a cause is drawn in: its category's colour, in the shade of the phase it is.
function causeColor(key, category) {
  const color = cssColor(key === "unexplained" ? "other" : category);
  const shades = {
    send: "60%, var(--ink)",
    receive: "45%, var(--card)",
    stream: "45%, var(--card)",
  };
  return shades[key] ? `color-mix(in srgb, ${color} ${shades[key]})` : color;
}

// Dark or white, whichever reads better on a colour.
function inkOn(color) {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.19 ? "#10151f" : "#ffffff";
}

// A colour between two.
function mix(color, other, share) {
  const part = (at) =>
    Math.round(
      parseInt(color.slice(at, at + 2), 16) * (1 - share) +
        parseInt(other.slice(at, at + 2), 16) * share,
    )
      .toString(16)
      .padStart(2, "0");
  return `#${part(1)}${part(3)}${part(5)}`;
}

const colored = (background) =>
  el("span", { class: "swatch", "aria-hidden": "true", style: { background } });
const swatch = (category) => colored(cssColor(category));

// ---- what is looked at: the timeline's part, the chosen operation ----

const looking = { from: 0, to: wall, chosen: -1, listeners: [] };

function changed(what) {
  for (const listener of looking.listeners) listener(what);
}

function look(from, to) {
  const shortest = Math.min(wall, 1000);
  let length = Math.min(Math.max(to - from, shortest), wall * 1.02);
  from = Math.min(Math.max(from, -wall * 0.01), wall * 1.01 - length);
  if (length >= wall) [from, length] = [0, wall];
  looking.from = from;
  looking.to = from + length;
  changed("part");
}

function choose(i, zoom) {
  looking.chosen = i;
  if (i >= 0 && (zoom || ops.end[i] < looking.from || ops.start[i] > looking.to)) {
    const length = Math.max(ops.end[i] - ops.start[i], 2000) * 1.6;
    look((ops.start[i] + ops.end[i] - length) / 2, (ops.start[i] + ops.end[i] + length) / 2);
  }
  changed("chosen");
}

// At most once a frame, whatever happens in it.
function framed(draw) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  };
}

// Round steps so that about `most` of them fill a length.
function stepOf(length, most) {
  const rough = length / most,
    power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
}
