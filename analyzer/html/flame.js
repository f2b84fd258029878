// flame.js - from where slow and failed calls were made: a flame graph, outermost functions above,
// widths by time. A click makes a frame as wide as the graph.

const FRAME = 22,
  FRAMES_MOST = 3000;
const FLAME_COLORS = ["#ffb38a", "#ffc27a", "#ffd27d", "#f7b07c", "#ffbd9b", "#f5c98e"];

function frameName(row) {
  if (row.function) return row.function;
  const module = row.module ? row.module.split("/").pop() : "?";
  const at = `${module}+0x${(row.offset || 0).toString(16)}`;
  return row.problem ? `${at} (${row.problem})` : at;
}

function flameTree() {
  const stacks = new Map();
  for (const row of rowsOf("call_sites.frames")) {
    if (!stacks.has(row.site)) stacks.set(row.site, []);
    stacks.get(row.site).push(row);
  }
  const root = { name: "all", total: 0, calls: 0, below: new Map() };
  for (const call of rowsOf("call_sites.calls")) {
    const frames = (stacks.get(call.site) || []).sort((a, b) => b.frame - a.frame);
    const way = [
      { name: call.program || "?", where: "program" },
      ...frames.map((row) => ({
        name: frameName(row),
        where: row.file ? `${row.file}${row.line ? `:${row.line}` : ""}` : row.module || "",
      })),
      {
        name: `${call.call}()${call.error ? ` ${call.error}` : ""}`,
        where: "call",
        failed: !!call.error,
      },
    ];
    let node = root;
    root.total += Math.max(0, call.total_ns);
    root.calls += call.count;
    for (const step of way) {
      if (!node.below.has(step.name))
        node.below.set(step.name, { ...step, total: 0, calls: 0, below: new Map(), above: node });
      node = node.below.get(step.name);
      node.total += Math.max(0, call.total_ns);
      node.calls += call.count;
    }
  }
  return root;
}

function drawFlame(box, note, root, top) {
  const shown = [];
  const place = (node, left, width, depth) => {
    if (width < 0.0015 || shown.length >= FRAMES_MOST) return;
    shown.push({ node, left, width, depth });
    let at = left;
    for (const next of [...node.below.values()].sort((a, b) => b.total - a.total)) {
      const share = node.total ? (width * next.total) / node.total : 0;
      place(next, at, share, depth + 1);
      at += share;
    }
  };
  const above = [];
  for (let node = top.above; node; node = node.above) above.unshift(node);
  above.forEach((node, i) => shown.push({ node, left: 0, width: 1, depth: i }));
  place(top, 0, 1, above.length);
  box.style.height = `${Math.max(...shown.map((one) => one.depth + 1)) * FRAME}px`;
  const tell = (node) => {
    const where = node.where ? ` - ${node.where}` : "";
    const share = percent(node.total / (root.total || 1));
    note.textContent =
      `${node.name}${where}: ${duration(node.total)} in ` +
      `${several(node.calls, "call")}, ${share}`;
  };
  fill(
    box,
    shown.map(({ node, left, width, depth }) =>
      el(
        "button",
        {
          type: "button",
          class: node === top ? "top" : "",
          title: `${node.name}\n${duration(node.total)}, ${several(node.calls, "call")}`,
          style: {
            left: `${100 * left}%`,
            width: `${100 * width}%`,
            top: `${depth * FRAME}px`,
            background: node.failed
              ? "#ff9c9c"
              : FLAME_COLORS[
                  (node.name.length * 7 + node.name.charCodeAt(0)) % FLAME_COLORS.length
                ],
          },
          onclick: () => {
            drawFlame(box, note, root, node);
            tell(node);
            box.querySelector(".top").focus();
          },
          onfocus: () => tell(node),
          onmouseenter: () => tell(node),
        },
        node.name,
      ),
    ),
  );
}

function startFlame() {
  const root = flameTree();
  if (!root.calls) {
    fill(
      byId("flame"),
      el(
        "p",
        { class: "empty" },
        "no data: stacks are taken with ",
        el("code", {}, "DNDPROF_DETAIL=detailed"),
        ", of calls that fail or take 1ms or more, and of waits for locks.",
      ),
    );
    return;
  }
  const note = el("p", { class: "muted small", "aria-live": "polite" });
  const box = el("div", {
    class: "flame",
    role: "group",
    "aria-label": "Flame graph of slow and failed calls",
  });
  fill(
    byId("flame"),
    el(
      "p",
      { class: "muted small" },
      "Outermost functions above, the call itself below; widths are time. ",
      "Choose a frame to widen it, the topmost to see all.",
    ),
    note,
    box,
  );
  drawFlame(box, note, root, root);
  note.textContent = `${duration(root.total)} in ${several(root.calls, "slow or failed call")}`;
  byId("flame").append(
    el("details", {}, el("summary", {}, "Calls by site"), tableOf("call_sites.calls")),
  );
}
