// charts.js - one series as a chart, by uPlot, that the keyboard reads as well; and what a run used
// over time. Where this dndprof was built without uPlot, the page says so; the figures stand in the
// tables all the same.

const charts = { plots: [], height: 150 };

const axisLook = () => ({
  stroke: () => theme.value.muted,
  grid: { stroke: () => theme.value.line, width: 1 },
  ticks: { stroke: () => theme.value.line, width: 1 },
  font: '12px system-ui, "DejaVu Sans", sans-serif',
});

// Its values one by one: left and right, home and end. What is there is said, and the cursor shows it.
function readByKeys(box, plot, one) {
  const said = el("p", { class: "unseen", "aria-live": "polite" });
  let at = -1;
  const last = one.x.length - 1;
  const moves = {
    ArrowLeft: () => (at < 0 ? last : Math.max(0, at - 1)),
    ArrowRight: () => (at < 0 ? 0 : Math.min(last, at + 1)),
    Home: () => 0,
    End: () => last,
  };
  box.append(said);
  box.addEventListener("keydown", (event) => {
    if (!moves[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    at = moves[event.key]();
    const value = one.values[at];
    plot.setCursor({
      left: plot.valToPos(one.x[at], "x"),
      top: plot.valToPos(value === null ? 0 : value, "y"),
    });
    said.textContent = `${one.xText(at)}: ${value === null ? "no data" : one.print(value)}`;
  });
  box.addEventListener("blur", () => {
    at = -1;
    plot.setCursor({ left: -10, top: -10 });
  });
}

// `one`: title, unit, x (numbers), values (or nulls), xText: (index) => text, xAxis: options of the
// axis; if there are any: over: what it is over, levels: [from x, to x, value] of lines, own: the
// index of a value to be marked, steps: x of lines from top to bottom, key: charts
// whose cursors move together, label: shorter than the title, pointsBelow: dots up to so many values.
function chartOf(one) {
  one.print = PRINT[one.unit] || String;
  const known = one.values.filter((value) => value !== null);
  const box = el("div", {
    class: "chart",
    tabindex: 0,
    role: "group",
    "aria-label":
      `${one.title} over ${one.over}: ${one.print(Math.min(...known))} to ` +
      `${one.print(Math.max(...known))}; left and right read the values`,
  });
  box.append(el("h3", {}, one.title));
  const shown = (print) => (_, value) => (value === null || value === undefined ? "-" : print(value));
  const plot = new window.uPlot(
    {
      width: 380,
      height: charts.height,
      cursor: { sync: { key: one.key }, drag: { x: false, y: false } },
      legend: { show: true },
      scales: {
        x: { time: false, ...one.xScale },
        y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.1 : 1] },
      },
      axes: [
        { ...axisLook(), size: 28, ...one.xAxis },
        {
          ...axisLook(),
          values: (_, values) => values.map((value) => (value === null ? "" : one.print(value))),
          size: 72,
        },
      ],
      series: [
        { label: one.xName || "at", value: (_, value, i, at) => (at === null ? "-" : one.xText(at)) },
        {
          label: one.label || one.title,
          stroke: () => theme.value.accent,
          fill: () => `${theme.value.accent}22`,
          width: 1.8,
          spanGaps: true,
          points: { show: known.length < (one.pointsBelow || 15), size: 5 },
          value: shown(one.print),
        },
      ],
      hooks: { draw: [(plot) => markChart(plot, one)] },
    },
    [one.x, one.values],
    box,
  );
  const canvas = box.querySelector("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Chart of ${one.title}`);
  readByKeys(box, plot, one);
  charts.plots.push({ plot, box });
  return box;
}

// Where the level steps, and which value is this run's.
function markChart(plot, one) {
  const context = plot.ctx,
    ratio = window.devicePixelRatio || 1,
    { top, height } = plot.bbox;
  context.save();
  context.lineWidth = 1.5 * ratio;
  const line = (color, dash, fromX, fromY, toX, toY) => {
    context.strokeStyle = color;
    context.setLineDash(dash.map((length) => length * ratio));
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
    context.stroke();
  };
  for (const at of one.steps || []) {
    const x = plot.valToPos(at, "x", true);
    line(theme.value.ink, [3, 3], x, top, x, top + height);
  }
  for (const [from, to, value] of one.levels || []) {
    const y = plot.valToPos(value, "y", true);
    line(theme.value.muted, [6, 4], plot.valToPos(from, "x", true), y, plot.valToPos(to, "x", true), y);
  }
  context.setLineDash([]);
  if (one.own !== undefined && one.values[one.own] !== null) {
    const [x, y] = [
      plot.valToPos(one.x[one.own], "x", true),
      plot.valToPos(one.values[one.own], "y", true),
    ];
    context.beginPath();
    context.arc(x, y, 5 * ratio, 0, 2 * Math.PI);
    context.fillStyle = theme.value.card;
    context.strokeStyle = theme.value.accent;
    context.lineWidth = 2.5 * ratio;
    context.fill();
    context.stroke();
  }
  context.restore();
}

function fitCharts() {
  for (const { plot, box } of charts.plots)
    if (box.clientWidth && box.clientWidth !== plot.width)
      plot.setSize({ width: box.clientWidth, height: charts.height });
}

// Those below `place` are no more.
function dropCharts(place) {
  charts.plots = charts.plots.filter(({ plot, box }) => {
    if (!place.contains(box)) return true;
    plot.destroy();
    return false;
  });
}

// Instead of charts.
const withoutUplot = (where) =>
  el(
    "p",
    { class: "empty" },
    "This dndprof was built without uPlot, so there are no charts over time; ",
    el("code", {}, "scripts/setup build"),
    " with npm there, and ",
    el("code", {}, "make"),
    ` add them. ${where}`,
  );

function startCharts() {
  const box = byId("charts");
  window.addEventListener("resize", framed(fitCharts));
  theme.listeners.push(() => charts.plots.forEach(({ plot }) => plot.redraw(false)));
  if (!data.series) {
    fill(box, el("p", { class: "empty" }, "no data: charts over time are of one run"));
    return;
  }
  const series = data.series.of.filter(
    (one) => one.values.filter((value) => value !== null).length > 1,
  );
  if (!window.uPlot) {
    fill(box, withoutUplot("The trends stand under All tables."));
    return;
  }
  fill(box, series.length ? [] : el("p", { class: "empty" }, "no data"));
  for (const one of series)
    box.append(
      chartOf({
        ...one,
        key: "run",
        over: "the run",
        x: data.series.at,
        xText: (at) => duration(data.series.at[at]),
        xAxis: { values: (_, values) => values.map((value) => duration(value)) },
      }),
    );
  fitCharts();
}
