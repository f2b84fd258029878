// table.js - any table of the report: sorts by each column, filters by words, shows the first rows
// and more on demand.

const ROWS_FIRST = 100;

// What has no value comes last, always.
const missing = (one) => one.kind === "none" || one.kind === "few";

function compareCells(a, b) {
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  if (typeof a.value === "number" && typeof b.value === "number") return b.value - a.value;
  return String(a.value).localeCompare(String(b.value));
}

// Numbers that count nothing are names: no commas, so that they can be found as they are elsewhere.
const NAMES = new Set(["pid", "ppid", "tid"]);
const printed = (column, one) =>
  one.kind === "count" && NAMES.has(column.key) ? String(one.value) : PRINT[one.kind](one.value);

// A table's one row, as facts.
function factsOf(name) {
  const table = data.tables[name];
  const facts = table.columns.map((column, i) => {
    const one = cell(column, (table.rows[0] || [])[i]);
    return { column, text: printed(column, one) };
  });
  // What has no title is for programs: here only where no other fact says the same.
  const padded = (text) => ` ${text.replace(/[:,]/g, "")} `;
  const said = facts.filter(({ column }) => column.title).map(({ text }) => padded(text));
  return el(
    "dl",
    { class: "facts" },
    facts
      .filter(({ column, text }) => column.title || !said.some((words) => words.includes(padded(text))))
      .map(({ column, text }) =>
        el(
          "div",
          {},
          el("dt", {}, column.title || column.key.replace(/_ns$/, "").replaceAll("_", " ")),
          el("dd", {}, text),
        ),
      ),
  );
}

// `options`: hidden: keys of columns not to show; cells: {key: (cell, row) => element};
// actions: [title, (row) => element]; sort: key; unit: what rows are.
function tableOf(name, options = {}) {
  const table = data.tables[name];
  const shown = table.columns
    .map((column, i) => ({ ...column, i }))
    .filter((column) => column.kind !== "none" && !(options.hidden || []).includes(column.key));
  const rows = table.rows.map((row, at) => ({
    at,
    cells: table.columns.map((column, i) => cell(column, row[i])),
  }));
  for (const row of rows) {
    row.byKey = Object.fromEntries(
      table.columns.map((column, i) => [column.key, row.cells[i].value]),
    );
    row.words = shown
      .map((column) => printed(column, row.cells[column.i]))
      .join(" ")
      .toLowerCase();
  }
  if (!rows.length) return el("p", { class: "empty" }, options.empty || "none");

  const state = { column: null, reverse: false, words: "", most: ROWS_FIRST };
  const body = el("tbody"),
    note = el("span", { class: "muted small", "aria-live": "polite" });
  const more = el(
    "button",
    {
      type: "button",
      onclick: () => {
        state.most *= 10;
        draw();
      },
    },
    "Show more",
  );
  const heads = shown.map((column) => {
    const title = column.title || column.key.replace(/_ns$/, "").replaceAll("_", " ");
    return el(
      "th",
      { scope: "col", class: NUMBERS.has(column.kind) ? "number" : "", "aria-sort": "none" },
      el("button", { type: "button", onclick: () => sortBy(column) }, title),
    );
  });

  function sortBy(column) {
    state.reverse = state.column === column ? !state.reverse : false;
    state.column = column;
    heads.forEach((head, i) => {
      const down = NUMBERS.has(column.kind) !== state.reverse;
      head.setAttribute(
        "aria-sort",
        shown[i] !== column ? "none" : down ? "descending" : "ascending",
      );
    });
    draw();
  }

  function drawCell(column, row) {
    const one = row.cells[column.i];
    const special = options.cells && options.cells[column.key];
    return el(
      "td",
      { class: NUMBERS.has(column.kind) ? "number" : "text" },
      special ? special(one, row) : printed(column, one),
    );
  }

  function draw() {
    const words = state.words.toLowerCase().split(/\s+/).filter(Boolean);
    let list = rows.filter((row) => words.every((word) => row.words.includes(word)));
    const column = state.column;
    if (column)
      list = list.slice().sort((a, b) => {
        const [x, y] = [a.cells[column.i], b.cells[column.i]];
        const order = compareCells(x, y);
        return (state.reverse && !missing(x) && !missing(y) ? -order : order) || a.at - b.at;
      });
    fill(
      body,
      list.slice(0, state.most).map((row) =>
        el(
          "tr",
          {},
          shown.map((one) => drawCell(one, row)),
          options.actions ? el("td", {}, options.actions[1](row)) : null,
        ),
      ),
    );
    const all =
      table.rows_of_all > rows.length
        ? ` (the report holds ${count(rows.length)} of ${count(table.rows_of_all)})`
        : "";
    const seen = count(Math.min(state.most, list.length));
    note.textContent = `${seen} of ${count(rows.length)} rows${all}`;
    more.hidden = list.length <= state.most;
  }

  draw();
  const filter = el("input", {
    type: "search",
    placeholder: "Filter",
    "aria-label": `Filter ${table.title}`,
    oninput: () => {
      state.words = filter.value;
      draw();
    },
  });
  if (options.sort) sortBy(shown.find((column) => column.key === options.sort) || shown[0]);
  return el(
    "div",
    {},
    rows.length > 5 || options.always ? el("div", { class: "tablebar" }, filter, note) : null,
    el(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": `Table: ${table.title}` },
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            heads,
            options.actions ? el("th", { scope: "col" }, options.actions[0]) : null,
          ),
        ),
        body,
      ),
    ),
    more,
  );
}
