// waterfall.js - operations one by one, each with its phases. Only the rows that can be seen are
// elements, so that a hundred thousand scroll like ten.

const ITEM = 24,
  ITEMS_SEEN = 16;
const waterfall = { matching: [], list: [], words: "" };

function filterRequests() {
  const words = byId("requests-filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const all = byId("requests-all").checked;
  const names = new Map(); // each name is looked at once
  waterfall.matching = [];
  for (let i = 0; i < ops.count; i++) {
    if (!all && ops.kind[i] > KIND.REGION) continue;
    if (words.length) {
      const key = `${ops.method[i]}/${ops.what[i]}/${ops.path[i]}/${ops.process[i]}`;
      if (!names.has(key))
        names.set(
          key,
          [
            opName(i),
            text(ops.path[i]),
            processName(ops.process[i]),
            data.categories[ops.category[i]],
          ]
            .join(" ")
            .toLowerCase(),
        );
      const line = `${names.get(key)} ${opStatus(i)}${has(i, FLAG.ERROR) ? " error" : ""}`;
      if (!words.every((word) => line.includes(word))) continue;
    }
    waterfall.matching.push(i);
  }
  listRequests();
}

function listRequests() {
  const part = byId("requests-view").checked;
  const list = part
    ? waterfall.matching.filter((i) => ops.end[i] >= looking.from && ops.start[i] <= looking.to)
    : waterfall.matching.slice();
  if (byId("requests-order").value === "length")
    list.sort((a, b) => ops.length[b] - ops.length[a] || a - b);
  waterfall.list = list;
  byId("requests-count").textContent =
    `${several(list.length, "operation")}` +
    (list.length < waterfall.matching.length
      ? ` of ${count(waterfall.matching.length)} that match`
      : "");
  const height = Math.max(list.length, 1) * ITEM;
  byId("waterfall").firstChild.style.height = `${height}px`;
  byId("waterfall").style.height = `${Math.min(height, ITEM * ITEMS_SEEN) + 2}px`;
  drawRequests();
}

const span = () => (byId("requests-view").checked ? [looking.from, looking.to] : [0, wall]);

function barOf(i) {
  const [from, to] = span(),
    place = (ns) => (100 * (ns - from)) / (to - from);
  const bar = (begin, end, background) =>
    el("i", {
      style: {
        left: `${place(begin)}%`,
        width: `${Math.max(0, place(end) - place(begin))}%`,
        background,
      },
    });
  const color = cssColor(data.categories[ops.category[i]]),
    start = ops.start[i],
    end = ops.end[i];
  if (ops.wait[i] < 0) return el("span", { class: "bar" }, bar(start, end, color));
  const sent = start + Math.max(0, ops.send[i]),
    answered = sent + ops.wait[i];
  return el(
    "span",
    { class: "bar" },
    bar(start, sent, `color-mix(in srgb, ${color} 60%, var(--ink))`),
    bar(sent, answered, color),
    end > answered ? bar(answered, end, `color-mix(in srgb, ${color} 45%, var(--card))`) : null,
  );
}

function drawRequests() {
  const box = byId("waterfall"),
    space = box.firstChild,
    list = waterfall.list;
  const first = Math.max(0, Math.floor(box.scrollTop / ITEM) - 4);
  const last = Math.min(list.length, Math.ceil((box.scrollTop + box.clientHeight) / ITEM) + 4);
  const items = [];
  for (let at = first; at < last; at++) {
    const i = list[at],
      bad = has(i, FLAG.ERROR);
    items.push(
      el(
        "div",
        {
          class: "item",
          id: `request-${i}`,
          role: "option",
          "aria-selected": String(i === looking.chosen),
          "aria-setsize": String(list.length),
          "aria-posinset": String(at + 1),
          style: { top: `${at * ITEM}px` },
          onclick: () => pickRequest(at),
        },
        el(
          "span",
          { class: "name", title: `${opName(i)}  ${processName(ops.process[i])}` },
          opName(i),
        ),
        el("span", { class: bad ? "bad" : "muted" }, opStatus(i)),
        el("span", { class: "number" }, duration(ops.length[i])),
        barOf(i),
      ),
    );
  }
  fill(
    space,
    items.length
      ? items
      : el(
          "div",
          { class: "item muted", role: "option", "aria-selected": "false" },
          "nothing matches",
        ),
  );
  const chosen = document.getElementById(`request-${looking.chosen}`);
  if (chosen) box.setAttribute("aria-activedescendant", chosen.id);
  else box.removeAttribute("aria-activedescendant");
  const [from, to] = span(),
    step = stepOf(to - from, 6),
    ticks = [];
  for (let at = Math.ceil(from / step) * step; at < to; at += step)
    ticks.push(
      el("span", { style: { left: `${(100 * (at - from)) / (to - from)}%` } }, tickText(at, step)),
    );
  fill(
    byId("waterfall-axis"),
    ["Request", "Status", "Took"].map((title, i) =>
      el("span", { class: i === 2 ? "number" : "" }, title),
    ),
    el("span", { class: "ticks" }, ticks),
  );
}

function pickRequest(at) {
  const box = byId("waterfall");
  at = Math.min(waterfall.list.length - 1, Math.max(0, at));
  if (at < 0) return;
  if (at * ITEM < box.scrollTop) box.scrollTop = at * ITEM;
  if ((at + 1) * ITEM > box.scrollTop + box.clientHeight)
    box.scrollTop = (at + 1) * ITEM - box.clientHeight;
  looking.chosen = waterfall.list[at];
  timelineReveal(looking.chosen);
  changed("chosen");
}

function requestsKey(event) {
  const at = waterfall.list.indexOf(looking.chosen),
    page = Math.floor(byId("waterfall").clientHeight / ITEM);
  const to = {
    ArrowDown: at + 1,
    ArrowUp: Math.max(0, at - 1),
    PageDown: at + page,
    PageUp: Math.max(0, at - page),
    Home: 0,
    End: waterfall.list.length - 1,
  }[event.key];
  if (event.key === "Enter" && at >= 0) {
    choose(looking.chosen, true);
    byId("timeline").scrollIntoView({ block: "start" });
  } else if (to !== undefined) {
    pickRequest(to);
  } else {
    return;
  }
  event.preventDefault();
}

// Shows the requests of an endpoint, over the whole run.
function requestsOf(words) {
  byId("requests-filter").value = words;
  byId("requests-view").checked = false;
  filterRequests();
  byId("requests").scrollIntoView({ block: "start" });
  byId("requests-filter").focus({ preventScroll: true });
}

function startRequests() {
  const box = byId("waterfall"),
    list = framed(listRequests);
  box.append(el("div", { class: "space", role: "presentation" }));
  byId("requests-filter").addEventListener("input", framed(filterRequests));
  byId("requests-all").addEventListener("change", filterRequests);
  byId("requests-view").addEventListener("change", listRequests);
  byId("requests-order").addEventListener("change", listRequests);
  box.addEventListener("scroll", framed(drawRequests));
  box.addEventListener("keydown", requestsKey);
  looking.listeners.push(list);
  const shade = (background, name) => el("span", {}, colored(background), name);
  fill(
    byId("requests-legend"),
    shade("color-mix(in srgb, var(--c-docker_api) 60%, var(--ink))", "sending"),
    shade("var(--c-docker_api)", "waiting for the first byte"),
    shade("color-mix(in srgb, var(--c-docker_api) 45%, var(--card))", "receiving"),
  );
  filterRequests();
}
