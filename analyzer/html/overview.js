// overview.js - first of all: which command, what it spent its time on, what to do about it.

function outcomeOf(run) {
  if (run.signal > 0) return `killed by signal ${run.signal}`;
  if (run.exit_status !== null && run.exit_status !== undefined)
    return `exit status ${run.exit_status}`;
  return "exit status unknown";
}

function drawTitle() {
  const run = oneOf("run"),
    others = rowsOf("run.others").length;
  const name = [run.program, run.subcommand].filter(Boolean).join(" ") || "a run";
  byId("title").textContent = name;
  document.title = `${name} - dndprof`;
  byId("facts").textContent = [
    run.host && `on ${run.host}`,
    run.start_realtime_ns && date(run.start_realtime_ns),
    `took ${duration(run.wall_ns)}`,
    outcomeOf(run),
    others && `and ${several(others, "other run")}`,
  ]
    .filter(Boolean)
    .join(" \u00b7 ".replace("\u00b7", data.ascii ? "-" : "\u00b7"));
}

function drawDiagnosis() {
  const first = rowsOf("bottlenecks").find((row) => row.number === 1) || rowsOf("bottlenecks")[0];
  const whole = oneOf("summary").wall_ns;
  if (!first) {
    fill(byId("diagnosis"), el("p", {}, "No significant bottlenecks detected."));
    return;
  }
  const lead =
    first.impact_ns > whole / 2
      ? "Most of it: "
      : first.impact_ns > 0
        ? "First to look at: "
        : "Note: ";
  fill(
    byId("diagnosis"),
    el("p", {}, el("strong", {}, lead), prose(first.description)),
    el("p", { class: "small" }, el("strong", {}, "Try: "), prose(first.recommendation)),
    first.command ? el("p", { class: "small" }, el("code", {}, first.command)) : null,
    showButton(first.number - 1),
  );
}

// The critical path by cause: each with the category most of it is of, and its biggest rows.
function causesOf() {
  const causes = new Map();
  for (const row of rowsOf("timing.critical_path")) {
    const cause = causes.get(row.cause) || { key: row.cause, total: 0, rows: [] };
    cause.total += row.total_ns;
    cause.rows.push(row);
    causes.set(row.cause, cause);
  }
  const all = [...causes.values()]
    .filter((cause) => cause.total > 0)
    .sort((a, b) => b.total - a.total);
  for (const cause of all) {
    cause.rows.sort((a, b) => b.total_ns - a.total_ns);
    cause.color = causeColor(cause.key, cause.rows[0].category);
    cause.title = data.causes[cause.key] || cause.key;
  }
  return all;
}

function drawCauses() {
  const causes = causesOf(),
    sum = causes.reduce((all, cause) => all + cause.total, 0) || 1;
  const split = byId("split");
  fill(
    split,
    causes.map((cause) =>
      el("div", {
        title: `${cause.title}: ${duration(cause.total)}, ${percent(cause.total / sum)}`,
        style: { width: `${(100 * cause.total) / sum}%`, background: cause.color },
      }),
    ),
  );
  split.setAttribute(
    "aria-label",
    causes.map((cause) => `${cause.title} ${percent(cause.total / sum)}`).join(", ") || "no data",
  );
  const biggest = (cause) =>
    cause.rows
      .slice(0, 2)
      .map((row) => {
        const what = [row.method, row.what].filter(Boolean).join(" ") || row.program || "";
        return what && (cause.rows.length > 1 ? `${what} ${duration(row.total_ns)}` : what);
      })
      .filter(Boolean)
      .join(", ") + (cause.rows.length > 2 ? `, ${count(cause.rows.length - 2)} more` : "");
  fill(
    byId("causes"),
    causes.length
      ? el(
          "table",
          { class: "causes" },
          el(
            "thead",
            {},
            el(
              "tr",
              {},
              ["Spent on", "Most of it"].map((title) => el("th", { scope: "col" }, title)),
              el("th", { scope: "col", class: "number" }, "Time"),
              el("th", { scope: "col", class: "number" }, "Of wall"),
              el("th", { scope: "col" }, "Share"),
            ),
          ),
          el(
            "tbody",
            {},
            causes.map((cause) =>
              el(
                "tr",
                {},
                el("td", {}, el("span", { class: "cause" }, colored(cause.color), cause.title)),
                el("td", { class: "text muted" }, biggest(cause)),
                el("td", { class: "number" }, duration(cause.total)),
                el("td", { class: "number" }, percent(cause.total / sum)),
                el(
                  "td",
                  {},
                  el(
                    "div",
                    { class: "meter", "aria-hidden": "true" },
                    el("div", {
                      style: {
                        width: `${(100 * cause.total) / sum}%`,
                        background: cause.color,
                      },
                    }),
                  ),
                ),
              ),
            ),
          ),
        )
      : el("p", { class: "empty" }, "no data"),
  );
}

function drawTiles() {
  const summary = oneOf("summary"),
    overhead = oneOf("overhead");
  const percentiles = Object.fromEntries(
    rowsOf("timing.percentiles").map((row) => [row.percentile, row]),
  );
  const known = (value, print = duration) =>
    value === null || value === undefined ? "no data" : print(value);
  const p = (key) => (percentiles[key] ? known(percentiles[key].value_ns) : "no data");
  const tile = (title, value, more) =>
    el(
      "div",
      {},
      el("dt", {}, title),
      el("dd", {}, value),
      more ? el("dd", { class: "more" }, more) : null,
    );
  fill(
    byId("tiles"),
    tile("Wall time", known(summary.wall_ns)),
    tile(
      "Operations",
      known(summary.total_operations, count),
      summary.errors ? several(summary.errors, "error") : "no errors",
    ),
    tile("Median", p("p50"), `average ${known(summary.average_ns)}`),
    tile(
      "P95",
      p("p95"),
      percentiles.p99 && percentiles.p99.value_ns !== null ? `P99 ${p("p99")}` : null,
    ),
    tile(
      "Rating",
      summary.rating || "no data",
      summary.score === null ? null : `${summary.score} of 100`,
    ),
    tile("Profiling cost", known(overhead.share, percent), known(overhead.total_ns)),
    tile("Accuracy", known(summary.accuracy_ns), `wanted: ${known(summary.precision_ns)}`),
  );
}

function drawWarnings() {
  const warnings = oneOf("summary").warnings || [];
  const unseen = rowsOf("coverage").filter((row) => row.gate === "unobserved");
  fill(
    byId("warnings"),
    warnings.map((warning) => el("p", { class: "notice small" }, warning)),
    unseen.length && !warnings.some((warning) => warning.includes("not observed"))
      ? el(
          "p",
          { class: "notice small" },
          `${several(unseen.length, "process", "processes")} could not be observed: ` +
            unseen
              .slice(0, 5)
              .map((row) => `${row.program} (${row.reason || "reason unknown"})`)
              .join(", "),
        )
      : null,
  );
}

function drawOverview() {
  drawTitle();
  drawDiagnosis();
  drawCauses();
  drawTiles();
  drawWarnings();
}
