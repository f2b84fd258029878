// latency.js - how durations are distributed: of all operations, or of one endpoint, by a
// logarithmic scale, with the percentiles of the report.

const BINS = 12; // a decade

function latencySets() {
  const sets = [
    {
      title: `all operations`,
      match: (i) => has(i, FLAG.LATENCY),
      marks: rowsOf("timing.percentiles")
        .filter((row) => row.value_ns !== null)
        .map((row) => [row.percentile.toUpperCase().replace("_", "."), row.value_ns]),
    },
  ];
  for (const row of rowsOf("endpoints")) {
    if (!row.p50_ns) continue;
    const name = [row.method, row.endpoint].filter(Boolean).join(" ");
    sets.push({
      title: `${name} (${count(row.count)})`,
      name,
      match: (i) =>
        text(ops.what[i]) === row.endpoint &&
        text(ops.method[i]) === (row.method || "") &&
        !has(i, FLAG.UNFINISHED | FLAG.UNANSWERED) &&
        data.categories[ops.category[i]] === row.category &&
        has(i, FLAG.SERVER) === (row.role === "server") &&
        has(i, FLAG.STREAM) === row.stream,
      marks: [
        ["P50", row.p50_ns],
        ["P95", row.p95_ns],
        ["P99", row.p99_ns],
      ].filter((mark) => typeof mark[1] === "number"),
    });
    if (sets.length > 200) break;
  }
  return sets;
}

function drawLatency(set) {
  const values = [];
  for (let i = 0; i < ops.count; i++) if (set.match(i)) values.push(Math.max(1, ops.length[i]));
  if (!values.length) {
    fill(byId("latency-chart"), el("p", { class: "empty" }, "no data"));
    return;
  }
  let low = Infinity,
    high = 0;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const first = Math.floor(Math.log10(low) * BINS),
    last = Math.max(first + 5, Math.floor(Math.log10(high) * BINS));
  const bins = new Array(last - first + 1).fill(0);
  for (const value of values) bins[Math.floor(Math.log10(value) * BINS) - first]++;
  const most = Math.max(...bins),
    width = Math.max(320, byId("latency-chart").clientWidth),
    height = 240;
  const left = 48,
    bottom = 28,
    top = 34,
    room = width - left - 12,
    tall = height - top - bottom;
  const xAt = (ns) => left + ((Math.log10(ns) * BINS - first) / bins.length) * room;
  const chart = svg("svg", {
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label":
      `${several(values.length, "operation")} from ${duration(low)} to ${duration(high)}; ` +
      set.marks.map(([name, ns]) => `${name} ${duration(ns)}`).join(", "),
  });
  for (const share of most % 2 ? [0, 1] : [0, 0.5, 1]) {
    const y = top + tall * (1 - share);
    chart.append(
      svg("line", { class: "grid", x1: left, x2: width - 12, y1: y, y2: y }),
      svg("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, count(most * share)),
    );
  }
  bins.forEach((size, i) => {
    if (!size) return;
    const tallness = Math.max(2, (tall * size) / most),
      from = 10 ** ((first + i) / BINS),
      to = 10 ** ((first + i + 1) / BINS);
    chart.append(
      svg(
        "rect",
        {
          x: left + (i * room) / bins.length + 1,
          y: top + tall - tallness,
          rx: 2,
          width: Math.max(1, room / bins.length - 2),
          height: tallness,
          fill: "var(--accent)",
        },
        svg("title", {}, `${duration(from)} to ${duration(to)}: ${several(size, "operation")}`),
      ),
    );
  });
  for (let power = Math.ceil(first / BINS); power <= (last + 1) / BINS; power++)
    chart.append(
      svg(
        "text",
        { x: xAt(10 ** power), y: height - 8, "text-anchor": "middle" },
        duration(10 ** power),
      ),
    );
  let free = 0;
  for (const [name, ns] of set.marks) {
    const x = Math.min(width - 12, Math.max(left, xAt(Math.max(1, ns)))),
      words = `${name} ${duration(ns)}`;
    const at = Math.max(x - words.length * 3.4, free);
    chart.append(svg("line", { class: "mark-line", x1: x, x2: x, y1: top - 8, y2: top + tall }));
    if (at + words.length * 7 < width) {
      chart.append(svg("text", { class: "strong", x: at, y: 16 }, words));
      free = at + words.length * 7 + 10;
    }
  }
  fill(
    byId("latency-chart"),
    chart,
    el(
      "p",
      { class: "muted small" },
      `${several(values.length, "operation")}; ${duration(low)} to ${duration(high)}` +
        (ops.all > ops.count
          ? `; of ${count(ops.all)} operations this page has the ${count(ops.count)} longest`
          : ""),
    ),
  );
}

const latency = { sets: [] };

function latencyOf(name) {
  const at = latency.sets.findIndex((set) => set.name === name);
  if (at < 0) return;
  byId("latency-of").selectedIndex = at;
  drawLatency(latency.sets[at]);
  byId("latency").scrollIntoView({ block: "start" });
  byId("latency-of").focus({ preventScroll: true });
}

function startLatency() {
  const choice = byId("latency-of");
  latency.sets = latencySets();
  fill(
    choice,
    latency.sets.map((set) => el("option", {}, set.title)),
  );
  const draw = framed(() => drawLatency(latency.sets[choice.selectedIndex]));
  choice.addEventListener("change", draw);
  window.addEventListener("resize", draw);
  drawLatency(latency.sets[0]);
}
