// timeline_hands.js - what the timeline answers to mouse and keys: what is where, moving and
// zooming, and the facts of the operation that was chosen.

function itemAt(x, y) {
  const scroll = byId("lanes").scrollTop,
    rows = timeline.rows;
  if (y < AXIS) return null;
  const row = rows[firstAbove(rows.length, (i) => rows[i].y, y - AXIS + scroll) - 1];
  if (!row || y - AXIS + scroll >= row.y + row.height) return null;
  if (x < GUTTER || !row.items) return { row, item: -1 };
  const slack = (2 * (looking.to - looking.from)) / (lanes.width - GUTTER),
    at = timeAt(x);
  const i = firstAbove(itemCount(row), (index) => itemEnd(row, index), at - slack);
  return { row, item: i < itemCount(row) && itemStart(row, i) <= at + slack ? i : -1 };
}

function opAt(hit) {
  if (!hit || hit.item < 0) return -1;
  return hit.row.kind === "lane"
    ? hit.row.items[hit.item]
    : hit.row.kind === "critical"
      ? hit.row.items.op[hit.item]
      : -1;
}

function tipOf(hit) {
  if (!hit) return "";
  const { row, item } = hit;
  if (row.kind === "process") {
    const p = row.process;
    return (
      `${processName(p)}\n${duration(processes.length[p])} from ${duration(processes.start[p])}\n` +
      (text(processes.gate[p]) === "unobserved"
        ? `not observed: ${text(processes.reason[p])}`
        : `seen through ${text(processes.gate[p])}`)
    );
  }
  if (item < 0) return "";
  const op = opAt(hit),
    length = itemEnd(row, item) - itemStart(row, item);
  const own =
    row.kind === "critical"
      ? `Critical path: ${duration(length)}, ${data.categories[row.items.category[item]]}`
      : "";
  if (op >= 0)
    return [
      own,
      opName(op),
      `${duration(ops.length[op])} from ${duration(ops.start[op])}, ${opStatus(op)}`,
    ]
      .filter(Boolean)
      .join("\n");
  if (row.kind === "calls")
    return (
      `${text(row.items.name[item])}()\n${duration(length)} ` +
      `from ${duration(row.items.start[item])}` +
      (row.items.error[item] ? `\nerror ${row.items.error[item]}` : "")
    );
  return own;
}

function drawDetail() {
  const i = looking.chosen;
  if (i < 0) {
    fill(byId("detail"));
    return;
  }
  const fact = (name, value) =>
    value === "" || value === null ? null : el("div", {}, el("dt", {}, name), el("dd", {}, value));
  const phase = (name, ns) => (ns >= 0 ? fact(name, duration(ns)) : null);
  const path = text(ops.path[i]);
  fill(
    byId("detail"),
    el("h3", {}, opName(i)),
    el(
      "dl",
      {},
      fact("Took", duration(ops.length[i])),
      fact("Begun", `${duration(ops.start[i])} into the run`),
      fact("Outcome", opStatus(i)),
      fact("Category", data.categories[ops.category[i]]),
      phase("Sending", ops.send[i]),
      phase("Waiting", ops.wait[i]),
      phase("Receiving", ops.receive[i]),
      fact("Process", processName(ops.process[i])),
      fact("Thread", ops.thread[i] ? String(ops.thread[i]) : ""),
      has(i, FLAG.STREAM) ? fact("Stream", "lasts as long as what it follows") : null,
      has(i, FLAG.SERVER) ? fact("Role", "answered by this process") : null,
      path && path !== text(ops.what[i])
        ? fact(ops.kind[i] === KIND.LOCK ? "Lock" : "Path", path)
        : null,
      fact("Called from", text(ops.site[i])),
    ),
  );
}

// Scrolls so that a row can be seen.
function timelineReveal(op, process) {
  const p = op >= 0 ? ops.process[op] : process;
  if (timeline.closed.delete(p)) layTimeline();
  const row =
    op >= 0
      ? timeline.rowOf.get(op)
      : timeline.rows.find((one) => one.kind === "process" && one.process === p);
  const box = byId("lanes");
  if (row && (row.y < box.scrollTop || row.y + row.height + AXIS > box.scrollTop + lanes.height))
    box.scrollTop = Math.max(0, row.y - lanes.height / 2);
}

// ---- hands ----

function zoom(factor, at = (looking.from + looking.to) / 2) {
  look(at - (at - looking.from) * factor, at + (looking.to - at) * factor);
}

function pan(share) {
  const by = share * (looking.to - looking.from);
  look(looking.from + by, looking.to + by);
}

// The next operation that begins after the chosen one, or before it.
function step(direction) {
  let i = looking.chosen;
  if (i < 0) {
    i = firstAbove(ops.count, (at) => ops.start[at], looking.from) - (direction > 0 ? 1 : 0);
  }
  i = Math.min(ops.count - 1, Math.max(0, i + direction));
  if (!ops.count) return;
  choose(i);
  timelineReveal(i);
}

function lanesKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = {
    "+": () => zoom(0.6),
    "=": () => zoom(0.6),
    "-": () => zoom(1 / 0.6),
    ArrowLeft: () => pan(-0.15),
    ArrowRight: () => pan(0.15),
    0: () => look(0, wall),
    Home: () => look(0, wall),
    ".": () => step(1),
    ",": () => step(-1),
    Enter: () => looking.chosen >= 0 && choose(looking.chosen, true),
    Escape: () => choose(-1),
  };
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
}

function hideTip() {
  byId("tip").hidden = true;
}

function showTip(event, words) {
  const tip = byId("tip");
  tip.textContent = words;
  tip.hidden = !words;
  tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8)}px`;
  tip.style.top = `${Math.min(event.clientY + 16, window.innerHeight - tip.offsetHeight - 8)}px`;
}

function lanesMouse(box) {
  let drag = null;
  const place = (event) => {
    const area = box.getBoundingClientRect();
    return [event.clientX - area.left - 1, event.clientY - area.top - 1];
  };
  box.addEventListener("pointerdown", (event) => {
    if (event.button || place(event)[0] > box.clientWidth) return;
    drag = { x: event.clientX, from: looking.from, to: looking.to, moved: false };
  });
  window.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const by = event.clientX - drag.x;
    if (!drag.moved && Math.abs(by) < 4) return;
    drag.moved = true;
    box.classList.add("moving");
    const ns = (by * (drag.to - drag.from)) / (lanes.width - GUTTER);
    look(drag.from - ns, drag.to - ns);
  });
  window.addEventListener("pointerup", (event) => {
    const click = drag && !drag.moved;
    drag = null;
    box.classList.remove("moving");
    if (!click) return;
    const hit = itemAt(...place(event));
    if (hit && hit.row.kind === "process" && hit.row.folds) {
      if (!timeline.closed.delete(hit.row.process)) timeline.closed.add(hit.row.process);
      layTimeline();
      changed("part");
    } else {
      choose(opAt(hit));
    }
  });
  box.addEventListener("pointermove", (event) =>
    drag ? hideTip() : showTip(event, tipOf(itemAt(...place(event)))),
  );
  box.addEventListener("pointerleave", hideTip);
  box.addEventListener("dblclick", (event) => zoom(0.4, timeAt(place(event)[0])));
  box.addEventListener(
    "wheel",
    (event) => {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        zoom(
          Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.008),
          timeAt(Math.max(GUTTER, place(event)[0])),
        );
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        pan((event.deltaX || event.deltaY) / (lanes.width - GUTTER));
      }
    },
    { passive: false },
  );
}

function stripMouse(canvas) {
  let anchor = null;
  const at = (event) => {
    const area = canvas.getBoundingClientRect();
    return ((event.clientX - area.left - GUTTER) / (area.width - GUTTER)) * wall;
  };
  canvas.addEventListener("pointerdown", (event) => {
    anchor = at(event);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (anchor === null || Math.abs(at(event) - anchor) < wall / 400) return;
    look(Math.max(0, Math.min(anchor, at(event))), Math.min(wall, Math.max(anchor, at(event))));
  });
  canvas.addEventListener("pointerup", (event) => {
    const length = looking.to - looking.from;
    if (anchor !== null && Math.abs(at(event) - anchor) < wall / 400)
      look(anchor - length / 2, anchor + length / 2);
    anchor = null;
  });
}

function startTimeline() {
  buildTimeline();
  const draw = framed(drawLanes),
    box = byId("lanes");
  looking.listeners.push(draw, (what) => what === "chosen" && drawDetail());
  theme.listeners.push(draw);
  window.addEventListener("resize", draw);
  box.addEventListener("scroll", draw);
  box.addEventListener("keydown", lanesKey);
  lanesMouse(box);
  stripMouse(byId("strip"));
  byId("zoom-in").addEventListener("click", () => zoom(0.5));
  byId("zoom-out").addEventListener("click", () => zoom(2));
  byId("pan-left").addEventListener("click", () => pan(-0.3));
  byId("pan-right").addEventListener("click", () => pan(0.3));
  byId("zoom-all").addEventListener("click", () => look(0, wall));
  const used = [
    ...new Set([...ops.category, ...timeline.stretches.flatMap((run) => run.category)]),
  ].sort((a, b) => a - b);
  fill(
    byId("timeline-legend"),
    used.map((category) =>
      el(
        "span",
        {},
        swatch(data.categories[category]),
        data.categories[category] === "program" ? "the program itself" : data.categories[category],
      ),
    ),
    el("span", {}, colored("var(--bad)"), "failed"),
    timeline.calls.size
      ? el(
          "span",
          {},
          el("span", { class: "thin", "aria-hidden": "true" }),
          "long calls of a thread",
        )
      : null,
  );
}
