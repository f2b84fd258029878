// timeline.js - what the timeline's rows are: the critical path, then each process with what its
// threads did, packed so that nothing in a row overlaps. timeline_draw.js draws them.

const ROW = { run: 24, critical: 30, process: 24, lane: 17, calls: 9 };
const LANES_MOST = 300; // of a thread; what does not fit shares the last
const GUTTER = window.innerWidth < 720 ? 110 : 210;

const timeline = {
  rows: [],
  height: 0,
  rowOf: new Map(),
  closed: new Set(),
  stretches: [],
  calls: new Map(),
};

// Stretches of a run's critical path: category, and the operation they belong to.
function readCritical() {
  const flat = data.critical.flat,
    names = data.categories;
  const category = ["program", null, "lock", "io", "not covered"].map((name) =>
    names.indexOf(name),
  );
  const runs = data.runs.map(() => ({ start: [], end: [], category: [], op: [], process: [] }));
  let at = 0;
  for (let i = 0; i < flat.length; i += 6) {
    const run = runs[flat[i]],
      kind = flat[i + 3],
      op = flat[i + 5];
    at += flat[i + 1];
    run.start.push(at);
    run.end.push(at + flat[i + 2]);
    run.op.push(op);
    run.process.push(flat[i + 4]);
    run.category.push(
      kind === 1 ? (op >= 0 ? ops.category[op] : names.indexOf("io")) : category[kind],
    );
  }
  timeline.stretches = runs;
}

// Long calls by process and thread.
function readCalls() {
  const flat = data.calls.flat;
  for (let i = 0; i < flat.length; i += 6) {
    const key = `${flat[i]}/${flat[i + 1]}`;
    let calls = timeline.calls.get(key);
    if (!calls)
      timeline.calls.set(
        key,
        (calls = {
          start: [],
          end: [],
          name: [],
          error: [],
          process: flat[i],
          thread: flat[i + 1],
        }),
      );
    calls.start.push(flat[i + 2]);
    calls.end.push(flat[i + 2] + flat[i + 3]);
    calls.name.push(flat[i + 4]);
    calls.error.push(flat[i + 5]);
  }
}

// Operations in as few rows as they fit in without overlapping; they come by start.
function pack(list) {
  const lanes = [],
    ends = [];
  for (const i of list) {
    let lane = ends.findIndex((end) => end <= ops.start[i]);
    if (lane < 0) lane = Math.min(ends.length, LANES_MOST - 1);
    if (!lanes[lane]) lanes[lane] = [];
    lanes[lane].push(i);
    ends[lane] = Math.max(ends[lane] || 0, ops.end[i]);
  }
  return lanes;
}

function processOrder() {
  const children = new Map(),
    order = [],
    seen = new Set();
  for (let p = 0; p < processes.count; p++) {
    const parent = processes.parent[p];
    if (!children.has(parent)) children.set(parent, []);
    children.get(parent).push(p);
  }
  const stack = (children.get(-1) || [])
    .slice()
    .reverse()
    .map((p) => [p, 0]);
  while (stack.length) {
    const [p, depth] = stack.pop();
    if (seen.has(p)) continue;
    seen.add(p);
    order.push([p, depth]);
    const later = (children.get(p) || []).sort((a, b) => processes.start[b] - processes.start[a]);
    for (const child of later) stack.push([child, depth + 1]);
  }
  for (let p = 0; p < processes.count; p++) if (!seen.has(p)) order.push([p, 0]);
  return order;
}

// By process, then by thread; of Go programs goroutines do things, not threads.
function groupOperations() {
  const groups = new Map();
  for (let i = 0; i < ops.count; i++) {
    const p = ops.process[i];
    if (!groups.has(p)) groups.set(p, new Map());
    const thread = text(processes.gate[p]).includes("go") ? 0 : ops.thread[i];
    if (!groups.get(p).has(thread)) groups.get(p).set(thread, []);
    groups.get(p).get(thread).push(i);
  }
  for (const calls of timeline.calls.values()) {
    if (text(processes.gate[calls.process]).includes("go")) continue;
    if (!groups.has(calls.process)) groups.set(calls.process, new Map());
    const threads = groups.get(calls.process);
    if (!threads.has(calls.thread)) threads.set(calls.thread, []);
  }
  return groups;
}

function threadName(p, thread) {
  if (!thread) return text(processes.gate[p]).includes("go") ? "goroutines" : "child processes";
  return thread === processes.pid[p] ? "main thread" : `thread ${thread}`;
}

function layTimeline() {
  timeline.rows = [];
  timeline.rowOf = new Map();
  let y = 0;
  const add = (kind, more) => {
    const row = { kind, y, height: ROW[kind], ...more };
    timeline.rows.push(row);
    y += row.height;
    return row;
  };
  const order = timeline.order;
  data.runs.forEach((run, r) => {
    if (data.runs.length > 1) add("run", { run: r, label: `Run ${r + 1}: ${text(run[0])}` });
    if (timeline.stretches[r].start.length)
      add("critical", { run: r, label: "Critical path", items: timeline.stretches[r] });
    for (const [p, depth] of order) {
      if (processes.run[p] !== r) continue;
      const threads = timeline.groups.get(p);
      add("process", { process: p, depth, label: processName(p), folds: !!threads });
      if (!threads || timeline.closed.has(p)) continue;
      for (const [thread, lanes] of threads) {
        const calls = timeline.calls.get(`${p}/${thread}`);
        lanes.forEach((items, i) => {
          const row = add("lane", {
            process: p,
            depth,
            thread,
            items,
            label: i ? "" : threadName(p, thread),
          });
          for (const op of items) timeline.rowOf.set(op, row);
        });
        if (calls)
          add("calls", {
            process: p,
            depth,
            thread,
            items: calls,
            label: "",
            first: !lanes.length,
          });
      }
    }
  });
  timeline.height = y + 4;
}

function buildTimeline() {
  readCritical();
  readCalls();
  timeline.order = processOrder();
  timeline.groups = groupOperations();
  for (const threads of timeline.groups.values())
    for (const [thread, list] of threads) threads.set(thread, pack(list));
  layTimeline();
}
