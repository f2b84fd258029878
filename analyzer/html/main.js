// main.js - themes, the way around the page, and all sections in their order.

const THEMES = ["system", "light", "dark"];

// Storage may be forbidden: then the choice lasts as long as the page.
function remembered(value) {
  try {
    if (value !== undefined) localStorage.setItem("dndprof-theme", value);
    return localStorage.getItem("dndprof-theme");
  } catch {
    return null;
  }
}

function startTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)"),
    button = byId("theme");
  let chosen = THEMES.includes(remembered()) ? remembered() : "system";
  const apply = () => {
    document.documentElement.dataset.theme =
      chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
    button.textContent = `Theme: ${chosen}`;
    readTheme();
  };
  button.addEventListener("click", () => {
    chosen = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length];
    remembered(chosen);
    apply();
  });
  dark.addEventListener("change", apply);
  apply();
}

function startNav() {
  const names = [
    ["overview", "Overview"],
    ["timeline", "Timeline"],
    ["findings", "Findings"],
    ["requests", "Requests"],
    ["endpoints", "Endpoints"],
    ["latency", "Latency"],
    ["sites", "Call sites"],
    ["resources", "Over the run"],
    ["history", "History"],
    ["more", "All tables"],
  ];
  const links = names
    .filter(([id]) => !byId(id).hidden)
    .map(([id, name]) => el("a", { href: `#${id}` }, name));
  fill(byId("nav"), links);
  const watch = new IntersectionObserver(
    (entries) => {
      for (const entry of entries)
        if (entry.isIntersecting)
          for (const link of links)
            if (link.getAttribute("href") === `#${entry.target.id}`)
              link.setAttribute("aria-current", "true");
            else link.removeAttribute("aria-current");
    },
    { rootMargin: "-20% 0px -70% 0px" },
  );
  for (const [id] of names) watch.observe(byId(id));
}

function drawEndpoints() {
  const rows = rowsOf("endpoints"),
    same = (key, value) => rows.every((row) => row[key] === value);
  const most = rows.reduce((all, row) => Math.max(all, row.total_ns || 0), 1);
  const hidden = [
    "category",
    ...[
      ["role", "client"],
      ["stream", false],
      ["unanswered", 0],
    ]
      .filter(([key, value]) => same(key, value))
      .map(([key]) => key),
  ];
  fill(
    byId("endpoints-table"),
    tableOf("endpoints", {
      always: true,
      hidden,
      sort: "total_ns",
      empty: "no requests were seen",
      cells: {
        method: (one, row) =>
          el(
            "span",
            { class: "cause", title: row.byKey.category },
            swatch(row.byKey.category),
            PRINT[one.kind](one.value),
          ),
        endpoint: (one) => el("span", { class: "wide" }, PRINT[one.kind](one.value)),
        errors: (one) => el("span", { class: one.value ? "bad" : "" }, PRINT[one.kind](one.value)),
        total_ns: (one, row) =>
          el(
            "span",
            {},
            PRINT[one.kind](one.value),
            el(
              "div",
              { class: "meter", "aria-hidden": "true" },
              el("div", {
                style: {
                  width: `${(100 * (one.value || 0)) / most}%`,
                  background: cssColor(row.byKey.category),
                },
              }),
            ),
          ),
      },
      actions: [
        "Look at",
        (row) => {
          const name = [row.byKey.method, row.byKey.endpoint].filter(Boolean).join(" ");
          return [
            el(
              "button",
              {
                type: "button",
                "aria-label": `Requests of ${name}`,
                onclick: () => requestsOf(name),
              },
              "requests",
            ),
            " ",
            el(
              "button",
              {
                type: "button",
                "aria-label": `Latency of ${name}`,
                onclick: () => latencyOf(name),
              },
              "latency",
            ),
          ];
        },
      ],
    }),
  );
}

function drawTables() {
  const facts = new Set(["run", "summary", "timing.timing", "overhead", "resources"]);
  const elsewhere = new Set([
    "endpoints",
    "call_sites.sites",
    "call_sites.frames",
    "call_sites.calls",
  ]);
  fill(
    byId("tables"),
    Object.entries(data.tables)
      .filter(([name, table]) => !elsewhere.has(name) && table.rows.length)
      .map(([name, table]) =>
        el(
          "details",
          { open: name === "coverage" },
          el(
            "summary",
            {},
            table.title,
            " ",
            table.rows.length > 1 || !facts.has(name)
              ? el("span", { class: "muted small" }, `(${count(table.rows.length)})`)
              : null,
          ),
          facts.has(name) || (table.rows.length === 1 && table.columns.length > 8)
            ? factsOf(name)
            : tableOf(name),
        ),
      ),
  );
}

startTheme();
drawOverview();
drawFindings();
startTimeline();
startRequests();
drawEndpoints();
startLatency();
startFlame();
startCharts();
drawTables();
startHistory();
startNav();
readTheme();
byId("footer").textContent =
  `Made by dndprof on ${data.generated} UTC. ` +
  "This page is complete: it asks no network for anything.";
