// timeline_draw.js - draws the timeline's rows that can be seen. However many operations there
// are, a row draws at most one bar a pixel: the next one is found by halving.

const FONT = 'system-ui, "DejaVu Sans", sans-serif';
const AXIS = 24,
  LANES_HIGHEST = 520;
const lanes = { width: 0, height: 0, hover: null };

// The first of items i in [0, count) with value(i) > limit; values ascend.
function firstAbove(size, value, limit) {
  let low = 0,
    high = size;
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

const xOf = (ns) =>
  GUTTER + ((ns - looking.from) / (looking.to - looking.from)) * (lanes.width - GUTTER);
const timeAt = (x) =>
  looking.from + ((x - GUTTER) / (lanes.width - GUTTER)) * (looking.to - looking.from);

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
  context.font = `12px ${FONT}`;
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
    const send = Math.max(0, ops.send[i]) * scale,
      wait = ops.wait[i] * scale;
    context.fillStyle = mix(color, theme.value.ink, 0.35);
    context.fillRect(x0, y, send, height);
    context.fillStyle = mix(color, theme.value.card, 0.4);
    if (x1 - x0 > send + wait) context.fillRect(x0 + send + wait, y, x1 - x0 - send - wait, height);
  }
  if (has(i, FLAG.ERROR)) {
    context.fillStyle = theme.value.bad;
    context.fillRect(x0, y, x1 - x0, 3);
  }
  const left = Math.max(x0, GUTTER) + 4,
    room = Math.min(x1, lanes.width) - left - 4;
  if (room > 30) {
    const mostly =
      ops.wait[i] >= 0 && ops.receive[i] > ops.wait[i] ? mix(color, theme.value.card, 0.4) : color;
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
  const color =
    row.kind === "critical"
      ? theme.colors[row.items.category[i]]
      : row.items.error[i]
        ? theme.value.bad
        : theme.value.io;
  context.fillStyle = color;
  context.fillRect(x0, y, x1 - x0, height);
  const left = Math.max(x0, GUTTER) + 4,
    room = Math.min(x1, lanes.width) - left - 4;
  if (row.kind === "critical" && room > 40) {
    const op = row.items.op[i],
      p = row.items.process[i];
    const words = op >= 0 ? opName(op) : p >= 0 ? `${text(processes.program[p])} itself` : "";
    context.fillStyle = inkOn(color);
    context.fillText(cutText(context, words, room), left, y + height / 2 + 1);
  }
}

// How many of a row's items before each have failed: failures are seen however narrow they are.
function failuresOf(row) {
  if (!row.failures) {
    const lane = row.kind === "lane";
    const failed = (i) => (lane ? has(row.items[i], FLAG.ERROR) : row.items.error[i] !== 0);
    row.failures = new Uint32Array(itemCount(row) + 1);
    for (let i = 0; i < itemCount(row); i++) row.failures[i + 1] = row.failures[i] + failed(i);
  }
  return row.failures;
}

function drawItems(context, row, y) {
  const size = itemCount(row),
    height = row.height - (row.kind === "critical" ? 6 : 2);
  const scale = (lanes.width - GUTTER) / (looking.to - looking.from);
  const failures = row.kind === "critical" ? null : failuresOf(row);
  let i = firstAbove(size, (at) => itemEnd(row, at), looking.from),
    filled = -1;
  if (i && itemEnd(row, i - 1) === looking.from) i--;
  while (i < size) {
    const start = itemStart(row, i);
    if (start > looking.to) break;
    const x0 = Math.max(GUTTER, xOf(start)),
      x1 = Math.min(lanes.width, xOf(itemEnd(row, i)));
    if (x1 - x0 >= 1.5) {
      drawItem(context, row, i, x0, x1, y + 1, height);
      filled = Math.floor(x1) - 1;
      i++;
      continue;
    }
    // Whatever ends within this pixel is drawn with it.
    const pixel = Math.floor(x0);
    const until = looking.from + (pixel + 1 - GUTTER) / scale;
    const next = Math.max(
      i + 1,
      firstAbove(size, (at) => itemEnd(row, at), until),
    );
    if (pixel > filled) drawItem(context, row, i, pixel, pixel + 1.5, y + 1, height);
    filled = Math.max(filled, pixel);
    if (failures && failures[next] > failures[i]) {
      context.fillStyle = theme.value.bad;
      context.fillRect(pixel, y + 1, 1.5, Math.min(height, 5));
    }
    i = next;
  }
}

function drawProcess(context, row, y) {
  const p = row.process,
    begin = processes.start[p],
    end = begin + processes.length[p];
  const x0 = Math.max(GUTTER, xOf(begin)),
    x1 = Math.min(lanes.width, xOf(end));
  context.fillStyle = theme.value.soft;
  context.fillRect(0, y + 2, lanes.width, row.height - 3);
  if (x1 <= GUTTER || x0 >= lanes.width) return;
  context.fillStyle = theme.value["accent-soft"];
  context.fillRect(x0, y + 4, Math.max(2, x1 - x0), row.height - 7);
  context.fillStyle = theme.value.accent;
  context.fillRect(x0, y + 4, Math.max(2, x1 - x0), 2);
  const gate = text(processes.gate[p]);
  const words =
    (gate === "unobserved"
      ? `not observed: ${text(processes.reason[p])}`
      : duration(processes.length[p])) + (processes.running[p] ? ", still running or killed" : "");
  context.fillStyle = theme.value.ink;
  context.fillText(cutText(context, words, x1 - x0 - 10), x0 + 5, y + row.height / 2 + 1);
}

function drawLabel(context, row, y) {
  const indent = 8 + Math.min(6, row.depth || 0) * 10;
  context.fillStyle = row.kind === "process" ? theme.value.soft : theme.value.card;
  context.fillRect(0, y, GUTTER - 1, row.height);
  if (!row.label && !row.first) return;
  const bold = row.kind !== "lane" && row.kind !== "calls";
  context.font = `${bold ? "600 " : ""}${row.kind === "calls" ? 9 : 12}px ${FONT}`;
  context.fillStyle = bold ? theme.value.ink : theme.value.muted;
  const fold = row.folds ? (timeline.closed.has(row.process) ? "+ " : "- ") : "";
  context.fillText(
    cutText(
      context,
      fold + (row.label || threadName(row.process, row.thread)),
      GUTTER - indent - 10,
    ),
    indent + (bold ? 0 : 12),
    y + row.height / 2 + 1,
  );
  context.font = `12px ${FONT}`;
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
  const [unit, name] =
    Math.abs(at) >= 1e9
      ? [1e9, "s"]
      : Math.abs(at) >= 1e6
        ? [1e6, "ms"]
        : Math.abs(at) >= 1e3
          ? [1e3, MICRO]
          : [1, "ns"];
  const places = Math.ceil(-Math.log10(step / unit) - 1e-9);
  return `${(at / unit).toFixed(Math.max(0, Math.min(9, places)))}${name}`;
}

function drawLanes() {
  const box = byId("lanes"),
    width = box.clientWidth;
  lanes.width = width;
  lanes.height = Math.min(LANES_HIGHEST, timeline.height + AXIS);
  box.style.height = `${lanes.height + 2}px`;
  byId("lanes-inner").style.height = `${timeline.height + AXIS}px`;
  const context = prepare(byId("lanes-canvas"), width, lanes.height),
    scroll = box.scrollTop;
  context.fillStyle = theme.value.card;
  context.fillRect(0, 0, width, lanes.height);
  const rows = timeline.rows;
  const first = Math.max(0, firstAbove(rows.length, (i) => rows[i].y, scroll) - 1);
  for (let i = first; i < rows.length && rows[i].y < scroll + lanes.height; i++) {
    const row = rows[i],
      y = AXIS + row.y - scroll;
    if (row.kind === "process") drawProcess(context, row, y);
    else if (row.items) drawItems(context, row, y);
    drawLabel(context, row, y);
  }
  context.fillStyle = theme.value.line;
  context.fillRect(GUTTER - 1, 0, 1, lanes.height);
  drawAxis(context);
  drawStrip();
  byId("range").textContent =
    `${duration(looking.from)} to ${duration(looking.to)} of ${duration(wall)}` +
    (ops.all > ops.count
      ? `; the ${count(ops.count)} longest of ${count(ops.all)} operations`
      : "");
}

// The whole run, with the part that is looked at.
function drawStrip() {
  const canvas = byId("strip"),
    width = byId("lanes").offsetWidth,
    height = 44;
  const context = prepare(canvas, width, height);
  const band = height / timeline.stretches.length,
    scale = (width - GUTTER) / wall;
  context.fillStyle = theme.value.soft;
  context.fillRect(0, 0, width, height);
  timeline.stretches.forEach((items, r) => {
    let filled = -1;
    for (let i = 0; i < items.start.length; i++) {
      const x0 = items.start[i] * scale,
        x1 = items.end[i] * scale;
      if (x1 - x0 < 0.7 && Math.floor(x0) === filled) continue;
      filled = Math.floor(x0);
      context.fillStyle = theme.colors[items.category[i]];
      context.fillRect(GUTTER + x0, r * band + 3, Math.max(0.7, x1 - x0), band - 6);
    }
  });
  const [x0, x1] = [looking.from, looking.to].map((ns) =>
    Math.min(width, Math.max(GUTTER, GUTTER + ns * scale)),
  );
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
