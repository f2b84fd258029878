// timeline_draw.js - draws the timeline's rows that can be seen, and answers mouse and keys. However
// many operations there are, a row draws at most one bar a pixel: the next one is found by halving.

const AXIS = 24, LANES_HIGHEST = 520;
const lanes = { width: 0, height: 0, hover: null };

// The first of items i in [0, count) with value(i) > limit; values ascend.
function firstAbove(size, value, limit) {
  let low = 0, high = size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(middle) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

const itemCount = (row) => (row.kind === "lane" ? row.items.length : row.items.start.length);
const itemStart = (row, i) => (row.kind === "lane" ? ops.start[row.items[i]] : row.items.start[i]);
const itemEnd = (row, i) => (row.kind === "lane" ? ops.end[row.items[i]] : row.items.end[i]);

const xOf = (ns) => GUTTER + ((ns - looking.from) / (looking.to - looking.from)) * (lanes.width - GUTTER);
const timeAt = (x) => looking.from + ((x - GUTTER) / (lanes.width - GUTTER)) * (looking.to - looking.from);

function prepare(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = '12px system-ui, "DejaVu Sans", sans-serif';
  context.textBaseline = "middle";
  return context;
}

// Text cut to a width; measuring is dear, so by a guess first.
function cutText(context, words, width) {
  if (width < 14) return "";
  let most = Math.floor(width / 4.5);
  words = words.length > most ? words.slice(0, most) : words;
  let shown = words;
  while (shown && context.measureText(shown).width > width) {
    words = words.slice(0, -1 - (words.length >> 3));
    shown = words && `${words}..`;
  }
  return shown;
}

function drawOp(context, i, x0, x1, y, height) {
  const color = theme.colors[ops.category[i]];
  const scale = (x1 - x0) / Math.max(1, ops.end[i] - ops.start[i]);
  const faint = has(i, FLAG.STREAM) || has(i, FLAG.UNFINISHED) || has(i, FLAG.UNANSWERED);
  context.fillStyle = faint ? mix(color, theme.value.card, 0.55) : color;
  context.fillRect(x0, y, x1 - x0, height);
  if (x1 - x0 > 6 && ops.wait[i] >= 0) {
    const send = Math.max(0, ops.send[i]) * scale, wait = ops.wait[i] * scale;
    context.fillStyle = mix(color, theme.value.ink, 0.35);
    context.fillRect(x0, y, send, height);
    context.fillStyle = mix(color, theme.value.card, 0.4);
    if (x1 - x0 > send + wait) context.fillRect(x0 + send + wait, y, x1 - x0 - send - wait, height);
  }
  if (has(i, FLAG.ERROR)) {
    context.fillStyle = theme.value.bad;
    context.fillRect(x0, y, x1 - x0, 3);
  }
  const left = Math.max(x0, GUTTER) + 4, room = Math.min(x1, lanes.width) - left - 4;
  if (room > 30) {
    const mostly = ops.wait[i] >= 0 && ops.receive[i] > ops.wait[i] ? mix(color, theme.value.card, 0.4) : color;
    context.fillStyle = inkOn(faint ? mix(color, theme.value.card, 0.55) : mostly);
    context.fillText(cutText(context, opName(i), room), left, y + height / 2 + 1);
  }
  if (i === looking.chosen) {
    context.strokeStyle = theme.value.ink;
    context.lineWidth = 2;
    context.strokeRect(x0 - 1, y - 1, Math.max(3, x1 - x0 + 2), height + 2);
  }
}

function drawItem(context, row, i, x0, x1, y, height) {
  if (row.kind === "lane") return drawOp(context, row.items[i], x0, x1, y, height);
  const color = row.kind === "critical" ? theme.colors[row.items.category[i]]
    : row.items.error[i] ? theme.value.bad : theme.value.io;
  context.fillStyle = color;
  context.fillRect(x0, y, x1 - x0, height);
  const left = Math.max(x0, GUTTER) + 4, room = Math.min(x1, lanes.width) - left - 4;
  if (row.kind === "critical" && room > 40) {
    const op = row.items.op[i], p = row.items.process[i];
    const words = op >= 0 ? opName(op) : p >= 0 ? `${text(processes.program[p])} itself` : "";
    context.fillStyle = inkOn(color);
    context.fillText(cutText(context, words, room), left, y + height / 2 + 1);
  }
}

function drawItems(context, row, y) {
  const size = itemCount(row), height = row.height - (row.kind === "critical" ? 6 : 2);
  const scale = (lanes.width - GUTTER) / (looking.to - looking.from);
  let i = firstAbove(size, (at) => itemEnd(row, at), looking.from), filled = -1;
  if (i && itemEnd(row, i - 1) === looking.from) i--;
  while (i < size) {
    const start = itemStart(row, i);
    if (start > looking.to) break;
    const x0 = Math.max(GUTTER, xOf(start)), x1 = Math.min(lanes.width, xOf(itemEnd(row, i)));
    if (x1 - x0 >= 1.5) {
      drawItem(context, row, i, x0, x1, y + 1, height);
      filled = Math.floor(x1) - 1;
      i++;
      continue;
    }
    const pixel = Math.floor(x0);
    if (pixel > filled) {
      drawItem(context, row, i, pixel, pixel + 1.5, y + 1, height);
      filled = pixel;
    }
    // Whatever ends within this pixel is drawn with it.
    i = Math.max(i + 1, firstAbove(size, (at) => itemEnd(row, at), looking.from + (pixel + 1 - GUTTER) / scale));
  }
}

function drawProcess(context, row, y) {
  const p = row.process, begin = processes.start[p], end = begin + processes.length[p];
  const x0 = Math.max(GUTTER, xOf(begin)), x1 = Math.min(lanes.width, xOf(end));
  context.fillStyle = theme.value.soft;
  context.fillRect(0, y + 2, lanes.width, row.height - 3);
  if (x1 <= GUTTER || x0 >= lanes.width) return;
  context.fillStyle = theme.value["accent-soft"];
  context.fillRect(x0, y + 4, Math.max(2, x1 - x0), row.height - 7);
  context.fillStyle = theme.value.accent;
  context.fillRect(x0, y + 4, Math.max(2, x1 - x0), 2);
  const gate = text(processes.gate[p]);
  const words = (gate === "unobserved" ? `not observed: ${text(processes.reason[p])}` : duration(processes.length[p])) +
    (processes.running[p] ? ", still running or killed" : "");
  context.fillStyle = theme.value.ink;
  context.fillText(cutText(context, words, x1 - x0 - 10), x0 + 5, y + row.height / 2 + 1);
}

function drawLabel(context, row, y) {
  const indent = 8 + Math.min(6, row.depth || 0) * 10;
  context.fillStyle = row.kind === "process" ? theme.value.soft : theme.value.card;
  context.fillRect(0, y, GUTTER - 1, row.height);
  if (!row.label && !row.first) return;
  const bold = row.kind !== "lane" && row.kind !== "calls";
  context.font = `${bold ? "600 " : ""}${row.kind === "calls" ? 9 : 12}px system-ui, "DejaVu Sans", sans-serif`;
  context.fillStyle = bold ? theme.value.ink : theme.value.muted;
  const fold = row.folds ? (timeline.closed.has(row.process) ? "+ " : "- ") : "";
  context.fillText(cutText(context, fold + (row.label || threadName(row.process, row.thread)),
    GUTTER - indent - 10), indent + (bold ? 0 : 12), y + row.height / 2 + 1);
  context.font = '12px system-ui, "DejaVu Sans", sans-serif';
}

function drawAxis(context) {
  const step = stepOf(looking.to - looking.from, Math.max(2, (lanes.width - GUTTER) / 110));
  context.fillStyle = theme.value.card;
  context.fillRect(0, 0, lanes.width, AXIS);
  context.fillStyle = theme.value.muted;
  context.fillText("since the begin", 8, AXIS / 2);
  for (let at = Math.ceil(looking.from / step) * step; at <= looking.to; at += step) {
    const x = Math.round(xOf(at)) + 0.5;
    context.fillStyle = theme.value.line;
    context.fillRect(x, 4, 1, AXIS - 4);
    context.fillStyle = theme.value.muted;
    if (x < lanes.width - 40) context.fillText(tickText(at, step), x + 4, AXIS / 2);
  }
  context.fillStyle = theme.value.line;
  context.fillRect(0, AXIS - 1, lanes.width, 1);
}

// With as many digits as neighbours need to differ.
function tickText(at, step) {
  if (Math.abs(at) < step / 2) return "0";
  const [unit, name] = Math.abs(at) >= 1e9 ? [1e9, "s"] : Math.abs(at) >= 1e6 ? [1e6, "ms"] : Math.abs(at) >= 1e3 ? [1e3, MICRO] : [1, "ns"];
  return `${(at / unit).toFixed(Math.max(0, Math.min(9, Math.ceil(-Math.log10(step / unit) - 1e-9))))}${name}`;
}

function drawLanes() {
  const box = byId("lanes"), width = box.clientWidth;
  lanes.width = width;
  lanes.height = Math.min(LANES_HIGHEST, timeline.height + AXIS);
  box.style.height = `${lanes.height + 2}px`;
  byId("lanes-inner").style.height = `${timeline.height + AXIS}px`;
  const context = prepare(byId("lanes-canvas"), width, lanes.height), scroll = box.scrollTop;
  context.fillStyle = theme.value.card;
  context.fillRect(0, 0, width, lanes.height);
  const rows = timeline.rows;
  const first = Math.max(0, firstAbove(rows.length, (i) => rows[i].y, scroll) - 1);
  for (let i = first; i < rows.length && rows[i].y < scroll + lanes.height; i++) {
    const row = rows[i], y = AXIS + row.y - scroll;
    if (row.kind === "process") drawProcess(context, row, y);
    else if (row.items) drawItems(context, row, y);
    drawLabel(context, row, y);
  }
  context.fillStyle = theme.value.line;
  context.fillRect(GUTTER - 1, 0, 1, lanes.height);
  drawAxis(context);
  drawStrip();
  byId("range").textContent = `${duration(looking.from)} to ${duration(looking.to)} of ${duration(wall)}` +
    (ops.all > ops.count ? `; the ${count(ops.count)} longest of ${count(ops.all)} operations` : "");
}

// The whole run, with the part that is looked at.
function drawStrip() {
  const canvas = byId("strip"), width = byId("lanes").offsetWidth, height = 44;
  const context = prepare(canvas, width, height);
  const band = height / timeline.stretches.length, scale = (width - GUTTER) / wall;
  context.fillStyle = theme.value.soft;
  context.fillRect(0, 0, width, height);
  timeline.stretches.forEach((items, r) => {
    let filled = -1;
    for (let i = 0; i < items.start.length; i++) {
      const x0 = items.start[i] * scale, x1 = items.end[i] * scale;
      if (x1 - x0 < 0.7 && Math.floor(x0) === filled) continue;
      filled = Math.floor(x0);
      context.fillStyle = theme.colors[items.category[i]];
      context.fillRect(GUTTER + x0, r * band + 3, Math.max(0.7, x1 - x0), band - 6);
    }
  });
  const [x0, x1] = [looking.from, looking.to].map((ns) => Math.min(width, Math.max(GUTTER, GUTTER + ns * scale)));
  context.fillStyle = theme.value.card;
  context.globalAlpha = 0.72;
  context.fillRect(GUTTER, 0, x0 - GUTTER, height);
  context.fillRect(x1, 0, width - x1, height);
  context.globalAlpha = 1;
  context.strokeStyle = theme.value.accent;
  context.lineWidth = 2;
  context.strokeRect(x0 + 1, 1, Math.max(2, x1 - x0 - 2), height - 2);
  context.fillStyle = theme.value.muted;
  context.fillText("Whole run", 8, height / 2);
}

// ---- what is where ----

function itemAt(x, y) {
  const scroll = byId("lanes").scrollTop, rows = timeline.rows;
  if (y < AXIS) return null;
  const row = rows[firstAbove(rows.length, (i) => rows[i].y, y - AXIS + scroll) - 1];
  if (!row || y - AXIS + scroll >= row.y + row.height) return null;
  if (x < GUTTER || !row.items) return { row, item: -1 };
  const slack = (2 * (looking.to - looking.from)) / (lanes.width - GUTTER), at = timeAt(x);
  const i = firstAbove(itemCount(row), (index) => itemEnd(row, index), at - slack);
  return { row, item: i < itemCount(row) && itemStart(row, i) <= at + slack ? i : -1 };
}

function opAt(hit) {
  if (!hit || hit.item < 0) return -1;
  return hit.row.kind === "lane" ? hit.row.items[hit.item] : hit.row.kind === "critical" ? hit.row.items.op[hit.item] : -1;
}

function tipOf(hit) {
  if (!hit) return "";
  const { row, item } = hit;
  if (row.kind === "process") {
    const p = row.process;
    return `${processName(p)}\n${duration(processes.length[p])} from ${duration(processes.start[p])}\n` +
      (text(processes.gate[p]) === "unobserved" ? `not observed: ${text(processes.reason[p])}` : `seen through ${text(processes.gate[p])}`);
  }
  if (item < 0) return "";
  const op = opAt(hit), length = itemEnd(row, item) - itemStart(row, item);
  const own = row.kind === "critical" ? `Critical path: ${duration(length)}, ${data.categories[row.items.category[item]]}` : "";
  if (op >= 0) return [own, opName(op), `${duration(ops.length[op])} from ${duration(ops.start[op])}, ${opStatus(op)}`].filter(Boolean).join("\n");
  if (row.kind === "calls")
    return `${text(row.items.name[item])}()\n${duration(length)} from ${duration(row.items.start[item])}` +
      (row.items.error[item] ? `\nerror ${row.items.error[item]}` : "");
  return own;
}

function drawDetail() {
  const i = looking.chosen;
  if (i < 0) {
    fill(byId("detail"));
    return;
  }
  const fact = (name, value) => (value === "" || value === null ? null : el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  const phase = (name, ns) => (ns >= 0 ? fact(name, duration(ns)) : null);
  const path = text(ops.path[i]);
  fill(byId("detail"), el("h3", {}, opName(i)), el("dl", {},
    fact("Took", duration(ops.length[i])), fact("Begun", `${duration(ops.start[i])} into the run`),
    fact("Outcome", opStatus(i)), fact("Category", data.categories[ops.category[i]]),
    phase("Sending", ops.send[i]), phase("Waiting", ops.wait[i]), phase("Receiving", ops.receive[i]),
    fact("Process", processName(ops.process[i])),
    fact("Thread", ops.thread[i] ? String(ops.thread[i]) : ""),
    has(i, FLAG.STREAM) ? fact("Stream", "lasts as long as what it follows") : null,
    has(i, FLAG.SERVER) ? fact("Role", "answered by this process") : null,
    path && path !== text(ops.what[i]) ? fact(ops.kind[i] === KIND.LOCK ? "Lock" : "Path", path) : null, fact("Called from", text(ops.site[i]))));
}

// Scrolls so that a row can be seen.
function timelineReveal(op, process) {
  const p = op >= 0 ? ops.process[op] : process;
  if (timeline.closed.delete(p)) layTimeline();
  const row = op >= 0 ? timeline.rowOf.get(op) : timeline.rows.find((one) => one.kind === "process" && one.process === p);
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
  const keys = { "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1 / 0.6),
    ArrowLeft: () => pan(-0.15), ArrowRight: () => pan(0.15), 0: () => look(0, wall), Home: () => look(0, wall),
    ".": () => step(1), ",": () => step(-1), Enter: () => looking.chosen >= 0 && choose(looking.chosen, true),
    Escape: () => choose(-1) };
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
  box.addEventListener("pointermove", (event) => (drag ? hideTip() : showTip(event, tipOf(itemAt(...place(event))))));
  box.addEventListener("pointerleave", hideTip);
  box.addEventListener("dblclick", (event) => zoom(0.4, timeAt(place(event)[0])));
  box.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.008), timeAt(Math.max(GUTTER, place(event)[0])));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      pan((event.deltaX || event.deltaY) / (lanes.width - GUTTER));
    }
  }, { passive: false });
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
    if (anchor !== null && Math.abs(at(event) - anchor) < wall / 400) look(anchor - length / 2, anchor + length / 2);
    anchor = null;
  });
}

function startTimeline() {
  buildTimeline();
  const draw = framed(drawLanes), box = byId("lanes");
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
  const used = [...new Set([...ops.category, ...timeline.stretches.flatMap((run) => run.category)])].sort((a, b) => a - b);
  fill(byId("timeline-legend"), used.map((category) => el("span", {}, swatch(data.categories[category]),
    data.categories[category] === "program" ? "the program itself" : data.categories[category])),
    el("span", {}, colored("var(--bad)"), "failed"));
}
