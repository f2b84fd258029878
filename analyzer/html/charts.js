// charts.js - what was used over time, by uPlot. Where this dndprof was built without it, the page
// says so; the figures stand in the tables all the same.

const charts = { plots: [] };

function axisText(unit) {
  const print = PRINT[unit] || String;
  return (plot, values) => values.map((value) => (value === null ? "" : print(value)));
}

// A chart of one series. `times` in ns; `values` may have nulls.
function chartOf(title, unit, times, values) {
  const box = el("div", { class: "chart" }, el("h3", {}, title));
  const color = theme.value.accent,
    print = PRINT[unit] || String;
  const known = values.filter((value) => value !== null);
  const axis = {
    stroke: () => theme.value.muted,
    grid: { stroke: () => theme.value.line, width: 1 },
    ticks: { stroke: () => theme.value.line, width: 1 },
    font: '12px system-ui, "DejaVu Sans", sans-serif',
  };
  const plot = new window.uPlot(
    {
      width: 380,
      height: 150,
      cursor: { sync: { key: "run" }, drag: { x: false, y: false } },
      legend: { show: true },
      scales: {
        x: { time: false },
        y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.1 : 1] },
      },
      axes: [
        { ...axis, values: axisText("ns"), size: 28 },
        { ...axis, values: axisText(unit), size: 72 },
      ],
      series: [
        { label: "at", value: (_, value) => (value === null ? "-" : duration(value)) },
        {
          label: title,
          stroke: () => theme.value.accent,
          fill: () => `${theme.value.accent}22`,
          width: 1.8,
          spanGaps: true,
          points: { show: known.length < 15, size: 5 },
          value: (_, value) => (value === null ? "-" : print(value)),
        },
      ],
    },
    [times, values],
    box,
  );
  const canvas = box.querySelector("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute(
    "aria-label",
    `${title} over the run: ${print(Math.min(...known))} to ${print(Math.max(...known))}`,
  );
  charts.plots.push({ plot, box });
  return box;
}

function fitCharts() {
  for (const { plot, box } of charts.plots)
    if (box.clientWidth && box.clientWidth !== plot.width)
      plot.setSize({ width: box.clientWidth, height: 150 });
}

function drawHistory() {
  // Of several runs, once there is a store: [{title, unit, at: [...], values: [...]}].
  byId("history").hidden = !data.history;
}

function startCharts() {
  const box = byId("charts");
  drawHistory();
  if (!data.series) {
    fill(box, el("p", { class: "empty" }, "no data: charts over time are of one run"));
    return;
  }
  const series = data.series.of.filter(
    (one) => one.values.filter((value) => value !== null).length > 1,
  );
  if (!window.uPlot) {
    fill(
      box,
      el(
        "p",
        { class: "empty" },
        "This dndprof was built without uPlot, so there are no charts over time; ",
        el("code", {}, "scripts/setup build"),
        " with npm there, and ",
        el("code", {}, "make"),
        " add them. The trends stand under All tables.",
      ),
    );
    return;
  }
  fill(box, series.length ? [] : el("p", { class: "empty" }, "no data"));
  for (const one of series) box.append(chartOf(one.title, one.unit, data.series.at, one.values));
  fitCharts();
  window.addEventListener("resize", framed(fitCharts));
  theme.listeners.push(() => charts.plots.forEach(({ plot }) => plot.redraw(false)));
}
