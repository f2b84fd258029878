// history.js - the same command before this run: how its figures went from run to run, and where
// their levels stepped. What is no news is behind a choice.

const CHARTS_FIRST = 12;
// Of what it is better to have less; of a score more; of counts neither.
const WORSE = { ns: 1, share: 1 };

// Of the runs' table: what is the same in all rows, or for programs.
const HIDDEN = [
  "start_realtime_ns",
  "added_realtime_ns",
  "program",
  "subcommand",
  "Command",
  "host",
  "branch",
  "ci",
  "build",
  "path",
];

const past = data.history;

const figureName = (one) => (one.name ? `${one.name} - ${one.title}` : one.title);

function pastRun(at) {
  const run = past.runs[at];
  return [
    at === past.own ? "this run" : `run ${run.id}`,
    run.start ? date(run.start).slice(0, 16) : "",
    run.revision.slice(0, 8),
    run.build && `build ${run.build}`,
  ]
    .filter(Boolean)
    .join(", ");
}

function stepText(one, [at, before, after]) {
  const print = PRINT[one.unit],
    change = before > 0 ? (after - before) / before : null;
  const by = change === null ? "" : `${change > 0 ? "+" : ""}${(100 * change).toFixed(0)}%, `;
  const worse = (WORSE[one.unit] || 0) * (after > before ? 1 : -1);
  return el(
    "li",
    {},
    el("span", { class: worse > 0 ? "bad" : worse < 0 ? "good" : "" }, after > before ? "Rose" : "Fell"),
    ` ${by}from ${print(before)} to ${print(after)}, with ${pastRun(at)}`,
  );
}

// What is known of it in words, below its chart.
function wordsOf(one) {
  const words = one.steps.map((step) => stepText(one, step));
  if (["rising", "falling"].includes(one.trend))
    words.push(el("li", {}, one.steps.length ? `${one.trend} since` : `${one.trend} from run to run`));
  return words.length ? el("ul", { class: "steps small" }, words) : null;
}

// What tells the runs apart: the day; within 24 hours the time; where two are of a minute, its second.
function pastLabels(runs) {
  const starts = runs.map((run) => run.start).filter(Boolean),
    minutes = starts.map((start) => date(start).slice(0, 16));
  const oneDay = Math.max(...starts) - Math.min(...starts) < 86400e9,
    oneMinute = new Set(minutes).size < minutes.length;
  const [from, to] = oneDay ? [11, oneMinute ? 19 : 16] : [5, 10];
  return runs.map((run) => (run.start ? date(run.start).slice(from, to) : ""));
}

function pastChart(one) {
  const aligned = (values) => {
    const all = past.runs.map(() => null);
    one.runs.forEach((run, i) => (all[run] = values[i]));
    return all;
  };
  const levels = one.steps.length ? [[-0.5, one.steps[0][0] - 0.5, one.steps[0][1]]] : [];
  one.steps.forEach(([at, , after], i) => {
    const next = i + 1 < one.steps.length ? one.steps[i + 1][0] : past.runs.length;
    levels.push([at - 0.5, next - 0.5, after]);
  });
  const labels = pastLabels(past.runs);
  const box = chartOf({
    title: figureName(one),
    unit: one.unit,
    key: "history",
    over: several(one.runs.length, "run"),
    x: past.runs.map((_, i) => i),
    values: aligned(one.values),
    levels,
    steps: one.steps.map(([at]) => at - 0.5),
    own: past.own,
    xName: "run",
    label: one.title,
    pointsBelow: 60,
    xText: pastRun,
    xScale: { range: [-0.5, past.runs.length - 0.5] },
    xAxis: {
      incrs: [1, 2, 5, 10, 20, 50, 100],
      space: 60,
      values: (_, values) => values.map((at) => labels[at] || ""),
    },
  });
  const words = wordsOf(one);
  if (words) box.append(words);
  return box;
}

// Groups to choose from, in the order of the series: the run and what moved; then by name.
function pastGroups() {
  const groups = new Map([
    ["The run, and what moved", past.series.filter((one) => one.usual || one.moves)],
  ]);
  for (const one of past.series) {
    const name = one.name ? `${one.subject}: ${one.name}` : "run: all figures";
    groups.set(name, [...(groups.get(name) || []), one]);
  }
  return groups;
}

// What moved comes first, then as they are.
const byNews = (list) => [...list].sort((a, b) => b.moves - a.moves);

function startHistory() {
  const section = byId("history"),
    place = byId("history-charts"),
    choice = byId("history-of");
  section.hidden = !past;
  if (!past) return;
  const groups = pastGroups();
  const moved = past.series.filter((one) => one.moves).length;
  byId("history-facts").textContent =
    `${several(past.runs.length, "run")} on ${past.host}` +
    `${past.branch ? `, branch ${past.branch}` : ""}; ` +
    `${moved ? several(moved, "figure") : "no figure"} stepped or drifted` +
    (past.left_out ? `; ${count(past.left_out)} more figures: dndprof trend` : "");
  fill(
    choice,
    [...groups.keys()].map((name) => el("option", { value: name }, name)),
  );
  const draw = () => {
    const all = byNews(groups.get(choice.value)),
      one = all.filter((series) => series.values.length > 1);
    dropCharts(place);
    if (!window.uPlot) {
      fill(
        place,
        withoutUplot("What moved:"),
        one.filter((series) => series.moves).map((series) =>
          el("div", {}, el("h3", {}, figureName(series)), wordsOf(series)),
        ),
      );
      return;
    }
    fill(place, one.slice(0, CHARTS_FIRST).map(pastChart));
    if (!one.length) fill(place, el("p", { class: "empty" }, "too few runs"));
    fitCharts();
  };
  choice.addEventListener("change", draw);
  draw();
  data.tables["history.runs"] = past.table;
  fill(byId("history-runs"), el("summary", {}, `Runs (${count(past.runs.length)})`), tableOf("history.runs", { hidden: HIDDEN }));
}
