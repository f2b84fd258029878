// findings.js - what is wrong and what to do, each with a way into the timeline.

// To the operation a finding cites, else to its moment or its process. Null: it has none of these.
function showButton(index) {
  const place = data.findings[index];
  if (!place || (place[0] < 0 && place[1] < 0 && place[2] < 0)) return null;
  return el(
    "button",
    {
      type: "button",
      class: "main",
      onclick: () => {
        const [operation, process, begin, length] = place;
        if (operation >= 0) {
          choose(operation, true);
        } else {
          const from = begin >= 0 ? begin : processes.start[process];
          const whole = begin >= 0 ? length : processes.length[process];
          choose(-1);
          look(from - 0.2 * whole, from + 1.2 * whole);
        }
        timelineReveal(operation, process);
        byId("timeline").scrollIntoView({ block: "start" });
        byId("lanes").focus({ preventScroll: true });
      },
    },
    "Show in the timeline",
  );
}

function drawFindings() {
  const whole = oneOf("summary").wall_ns || 1;
  const rows = rowsOf("bottlenecks");
  fill(
    byId("findings-list"),
    rows.map((row) =>
      el(
        "li",
        { id: `finding-${row.number}` },
        el("h3", {}, prose(row.description)),
        el("p", {}, el("strong", {}, "Impact: "), prose(row.impact)),
        el("p", {}, el("strong", {}, "Try: "), prose(row.recommendation)),
        row.command ? el("p", {}, el("code", {}, row.command)) : null,
        el(
          "div",
          { class: "row" },
          row.impact_ns > 0
            ? el(
                "span",
                { class: "badge" },
                `saves up to ${duration(row.impact_ns)}, ${percent(row.impact_ns / whole)}`,
              )
            : null,
          row.operations
            ? el("span", { class: "badge" }, several(row.operations, "operation"))
            : null,
          row.slowest_site
            ? el("span", { class: "small muted" }, `from ${row.slowest_site}`)
            : null,
          showButton(row.number - 1),
        ),
      ),
    ),
  );
  if (!rows.length)
    fill(byId("findings-list"), el("li", {}, "No significant bottlenecks detected."));
}
