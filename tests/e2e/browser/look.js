// Looks at HTML reports in Chromium as a person would, and prints what it saw as JSON, by name:
// look.js NAME=WHAT:PAGE... tests/e2e/test_html.py says what that must be. All at the same time,
// but for those whose time is measured, which come last, one by one.
"use strict";
const path = require("path");
const { chromium } = require("playwright-core");

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const SIZE = { width: 1280, height: 860 };

async function open(browser, page, more = {}) {
  const context = await browser.newContext({ viewport: SIZE, ...more });
  const tab = await context.newPage();
  const seen = { problems: [], requests: [] };
  tab.on("console", (message) => seen.problems.push(`${message.type()}: ${message.text()}`));
  tab.on("pageerror", (error) => seen.problems.push(`error: ${error.stack}`));
  tab.on("dialog", (dialog) => {
    seen.problems.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  tab.on(
    "request",
    (request) => request.url().startsWith("data:") || seen.requests.push(request.url()),
  );
  const start = Date.now();
  await tab.goto(`file://${path.resolve(page)}`);
  seen.loaded_ms = Date.now() - start;
  return { tab, seen };
}

const texts = (tab, selector) => tab.locator(selector).allInnerTexts();
const settled = (tab) =>
  tab.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );

// A column of a table under `place`, as it is shown.
async function column(tab, place, name) {
  const titles = await texts(tab, `${place} thead th`);
  const at = titles.findIndex((title) => title.trim() === name) + 1;
  return (await texts(tab, `${place} tbody tr td:nth-child(${at})`)).map((cell) => cell.trim());
}

const WHAT = {
  // Everything a person does, on one page.
  async page(browser, page) {
    const { tab, seen } = await open(browser, page);
    const range = async () => {
      await settled(tab);
      return tab.locator("#range").innerText();
    };
    seen.title = await tab.locator("h1").innerText();
    seen.diagnosis = await tab.locator("#diagnosis").innerText();
    seen.causes = await column(tab, "#causes", "Spent on");
    seen.split = await tab
      .locator("#split > div")
      .evaluateAll((list) => list.map((one) => one.getBoundingClientRect().width));
    seen.tiles = await texts(tab, "#tiles dt");
    seen.warnings = await texts(tab, "#warnings .notice");
    seen.findings = await texts(tab, "#findings-list h3");
    seen.colors = await tab.locator("#lanes-canvas").evaluate((canvas) => {
      const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      const colors = new Set();
      for (let i = 0; i < pixels.length; i += 4)
        colors.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
      return colors.size;
    });

    // Tables.
    seen.pids = await tab
      .locator("table", { hasText: "Gate or reason" })
      .locator("tbody td:first-child")
      .allTextContents();
    const endpoints = "#endpoints-table";
    seen.endpoints = await column(tab, endpoints, "Endpoint");
    await tab.locator(`${endpoints} th button`, { hasText: "P50" }).click();
    seen.sorted_down = await column(tab, endpoints, "P50");
    await tab.locator(`${endpoints} th button`, { hasText: "P50" }).click();
    seen.sorted_up = await column(tab, endpoints, "P50");
    seen.sort_told = await tab
      .locator(`${endpoints} th`, { hasText: "P50" })
      .getAttribute("aria-sort");
    await tab.locator(`${endpoints} input`).fill("IMAGES json");
    seen.filtered = await column(tab, endpoints, "Endpoint");
    await tab.locator(`${endpoints} input`).fill("");

    // The timeline: buttons, keys, wheel, dragging, the strip.
    seen.ranges = { all: await range() };
    await tab.locator("#zoom-in").click();
    seen.ranges.button = await range();
    await tab.locator("#lanes").focus();
    await tab.keyboard.press("+");
    seen.ranges.key = await range();
    await tab.keyboard.press("ArrowLeft");
    seen.ranges.left = await range();
    await tab.keyboard.press("0");
    seen.ranges.reset = await range();
    const box = await tab.locator("#lanes").boundingBox();
    await tab.mouse.move(box.x + 700, box.y + 60);
    await tab.keyboard.down("Control");
    await tab.mouse.wheel(0, -120);
    await tab.keyboard.up("Control");
    seen.ranges.wheel = await range();
    await tab.mouse.down();
    await tab.mouse.move(box.x + 800, box.y + 60, { steps: 4 });
    await tab.mouse.up();
    seen.ranges.drag = await range();
    const strip = await tab.locator("#strip").boundingBox();
    await tab.mouse.move(strip.x + 400, strip.y + 20);
    await tab.mouse.down();
    await tab.mouse.move(strip.x + 600, strip.y + 20, { steps: 4 });
    await tab.mouse.up();
    seen.ranges.strip = await range();
    await tab.locator("#zoom-all").click();
    await tab.locator("#lanes").focus();
    await tab.keyboard.press(".");
    seen.detail = await tab.locator("#detail").innerText();
    // A request: the programs around it may fill the whole run.
    for (let i = 0; i < 12; i++) {
      if ((await tab.locator("#detail h3").innerText()).startsWith("GET ")) break;
      await tab.keyboard.press(".");
    }
    await tab.keyboard.press("Enter");
    seen.ranges.chosen = await range();
    await tab.keyboard.press("Escape");
    seen.detail_gone = await tab.locator("#detail").innerText();

    // From a finding into the timeline.
    await tab.keyboard.press("0");
    seen.shown = [];
    for (const finding of await tab.locator("#findings-list li").all()) {
      const button = finding.locator("button");
      if (!(await button.count())) {
        seen.shown.push(null);
        continue;
      }
      await button.click();
      seen.shown.push({
        range: await range(),
        detail: await tab.locator("#detail").innerText(),
        focus: await tab.evaluate(() => document.activeElement.id),
      });
    }
    await tab.keyboard.press("0");
    await tab.keyboard.press("Escape");

    // Requests.
    await settled(tab);
    seen.requests_all = await tab.locator("#requests-count").innerText();
    await tab.locator("#requests-filter").fill("containers 200");
    await settled(tab);
    seen.requests_filtered = await texts(tab, "#waterfall .item .name");
    await tab.locator("#waterfall").focus();
    await tab.keyboard.press("End");
    await settled(tab);
    seen.request_chosen = await texts(tab, "#waterfall [aria-selected=true] .name");
    seen.request_detail = await tab.locator("#detail h3").innerText();
    seen.bars = await tab.locator("#waterfall [aria-selected=true] .bar i").count();
    await tab.locator("#requests-filter").fill("");

    // Latency, call sites, charts.
    seen.histogram = await tab.locator("#latency-chart rect title").allTextContents();
    seen.histogram_told = await tab.locator("#latency-chart svg").getAttribute("aria-label");
    await tab.locator("#latency-of").selectOption({ index: 1 });
    await settled(tab);
    seen.histogram_endpoint = await tab.locator("#latency-chart rect title").allTextContents();
    seen.frames = await texts(tab, "#flame .flame button");
    if (seen.frames.length) {
      await tab.locator("#flame .flame button").last().click();
      seen.frame_width = await tab
        .locator("#flame .flame .top")
        .evaluate((one) => one.offsetWidth / one.parentElement.clientWidth);
      await tab.locator("#flame .flame button").first().click();
      seen.frames_again = (await texts(tab, "#flame .flame button")).length;
    }
    seen.charts = await texts(tab, "#charts h3");
    seen.charts_say = await tab.locator("#charts").innerText();
    seen.history_hidden = await tab.locator("#history").isHidden();
    return seen;
  },

  // With the keyboard alone: what can be reached by Tab, from the top.
  async keyboard(browser, page) {
    const { tab, seen } = await open(browser, page);
    seen.reached = [];
    for (let i = 0; i < 250; i++) {
      await tab.keyboard.press("Tab");
      const name = await tab.evaluate(() => {
        const at = document.activeElement;
        return at === document.body
          ? ""
          : at.id || at.className || `${at.tagName} ${at.textContent}`.trim().slice(0, 40);
      });
      if (!name) break;
      seen.reached.push(name);
    }
    return seen;
  },

  // Past runs: charts, what is said of them, the keyboard, the choice.
  async history(browser, page) {
    const { tab, seen } = await open(browser, page);
    const place = "#history-charts";
    seen.nav = await texts(tab, "#nav a");
    seen.facts = await tab.locator("#history-facts").innerText();
    seen.titles = await texts(tab, `${place} h3`);
    seen.steps = await texts(tab, `${place} .chart:first-child .steps li`);
    seen.labels = await tab
      .locator(`${place} .chart`)
      .evaluateAll((list) => list.map((one) => one.getAttribute("aria-label")));
    const first = tab.locator(`${place} .chart`).first();
    const shade = (wanted) =>
      first.locator("canvas").evaluate((canvas, color) => {
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        let found = 0;
        for (let i = 0; i < pixels.length; i += 4)
          found += color.every((part, at) => Math.abs(pixels[i + at] - part) < 8);
        return found;
      }, wanted);
    seen.line = await shade([0x1f, 0x56, 0xd0]); // the accent of the light theme
    await first.focus();
    await tab.keyboard.press("End");
    seen.last = await first.locator(".unseen").innerText();
    await tab.keyboard.press("ArrowLeft");
    seen.before = await first.locator(".unseen").innerText();
    seen.legend = (await first.locator(".u-legend").innerText()).replace(/\s+/g, " ");
    await tab.keyboard.press("Home");
    seen.first = await first.locator(".unseen").innerText();
    await tab.locator("#history-of").selectOption("endpoint: GET /images/json");
    await settled(tab);
    seen.chosen = await texts(tab, `${place} h3`);
    await tab.locator("#history-runs summary").click();
    seen.runs = await column(tab, "#history-runs", "Run");
    await tab.locator("#theme").click();
    await tab.locator("#theme").click();
    await settled(tab);
    seen.dark = await tab
      .locator(`${place} .chart`)
      .first()
      .locator("canvas")
      .evaluate((canvas) => {
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        let found = 0;
        for (let i = 0; i < pixels.length; i += 4)
          found += [0x8a, 0xb0, 0xff].every((part, at) => Math.abs(pixels[i + at] - part) < 8);
        return found;
      });
    await tab.setViewportSize({ width: 400, height: 800 });
    await settled(tab);
    seen.narrow = await tab.evaluate(() => document.documentElement.scrollWidth);
    return seen;
  },

  // What stands at the axes of the charts of past runs, drawn anew.
  async ticks(browser, page) {
    const { tab, seen } = await open(browser, page);
    await tab.evaluate(() => {
      const draw = CanvasRenderingContext2D.prototype.fillText;
      window.drawn = [];
      CanvasRenderingContext2D.prototype.fillText = function (text, ...where) {
        window.drawn.push(text);
        return draw.call(this, text, ...where);
      };
    });
    await tab.locator("#theme").click();
    await settled(tab);
    seen.drawn = await tab.evaluate(() => window.drawn);
    return seen;
  },

  // axe-core, in both themes, with everything folded out.
  async contrast(browser, page) {
    const result = { problems: [], violations: [], backgrounds: [] };
    for (const colorScheme of ["light", "dark"]) {
      const { tab, seen } = await open(browser, page, { colorScheme, bypassCSP: true });
      await tab.evaluate(() =>
        document.querySelectorAll("details").forEach((one) => {
          one.open = true;
        }),
      );
      await tab.locator("#lanes").focus();
      await tab.keyboard.press(".");
      await tab.addScriptTag({ path: require.resolve("axe-core/axe.min.js") });
      // What colours do not change is looked at once.
      const rules = colorScheme === "light" ? {} : { runOnly: ["color-contrast"] };
      const found = await tab.evaluate((choice) => window.axe.run(document, choice), rules);
      result.violations.push(
        ...found.violations.map(
          (one) =>
            `${colorScheme} ${one.id}: ${one.nodes
              .slice(0, 3)
              .map((node) => `${node.html.slice(0, 120)} ${node.failureSummary}`)
              .join(" | ")}`,
        ),
      );
      result.checked = (result.checked || 0) + found.passes.length;
      result.backgrounds.push(
        await tab.evaluate(() => getComputedStyle(document.body).backgroundColor),
      );
      result.problems.push(...seen.problems);
      await tab.locator("#theme").click();
      await tab.locator("#theme").click();
      result.backgrounds.push(
        await tab.evaluate(() => getComputedStyle(document.body).backgroundColor),
      );
    }
    return result;
  },

  // Texts that would like to be markup.
  async hostile(browser, page) {
    const { tab, seen } = await open(browser, page);
    await tab.evaluate(() =>
      document.querySelectorAll("details").forEach((one) => {
        one.open = true;
      }),
    );
    await tab.locator("#requests-all").check();
    await tab.locator("#lanes").focus();
    for (let i = 0; i < 12; i++) await tab.keyboard.press(".");
    const box = await tab.locator("#lanes").boundingBox();
    for (let y = 40; y < box.height; y += 12) await tab.mouse.move(box.x + 300, box.y + y);
    await settled(tab);
    seen.text = await tab.evaluate(() => document.body.innerText);
    seen.pwned = await tab.evaluate(() => (window.pwned === undefined ? "no" : "yes"));
    seen.scripts = await tab.locator("script").count();
    seen.foreign = await tab
      .locator("img, iframe, object, embed, link[rel=stylesheet], base, form")
      .count();
    seen.handlers = await tab.evaluate(
      () =>
        [...document.querySelectorAll("*")].filter((one) =>
          [...one.attributes].some(
            (attribute) =>
              attribute.name.startsWith("on") ||
              (["href", "src", "action", "data", "style"].includes(attribute.name) &&
                /javascript:|pwned/i.test(attribute.value)),
          ),
        ).length,
    );
    // The policy itself: a script that came in all the same would not run.
    await tab.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.pwned = 1";
      document.body.append(script);
      const image = document.createElement("img");
      image.setAttribute("onerror", "window.pwned = 2");
      image.src = "file:///nothing.png";
      document.body.append(image);
    });
    await tab.waitForTimeout(200);
    seen.pwned_by_force = await tab.evaluate(() => (window.pwned === undefined ? "no" : "yes"));
    return seen;
  },

  // How long frames take while the timeline and the list of requests move.
  async many(browser, page) {
    const { tab, seen } = await open(browser, page);
    seen.range = await tab.locator("#range").innerText();
    seen.elements = await tab.locator("*").count();
    const work = (what) =>
      tab.evaluate(async (name) => {
        const lanes = document.getElementById("lanes"),
          list = document.getElementById("waterfall");
        const key = (value) =>
          lanes.dispatchEvent(new KeyboardEvent("keydown", { key: value, bubbles: true }));
        const moves = {
          zoom: (i) => key(i < 20 ? "+" : "-"),
          pan: (i) => key(i % 2 ? "ArrowLeft" : "ArrowRight"),
          scroll: (i) => {
            list.scrollTop = (i * 7919 * 24) % list.scrollHeight;
          },
        };
        const frame = () => new Promise((done) => requestAnimationFrame(done)),
          took = [];
        for (let i = 0; i < 40; i++) {
          moves[name](i);
          const start = performance.now();
          await frame(); // what was asked for is drawn in this one
          took.push(performance.now() - start);
          await frame();
        }
        return took.sort((a, b) => a - b);
      }, what);
    seen.frames = {
      zoom: await work("zoom"),
      pan: await work("pan"),
      scroll: await work("scroll"),
    };
    seen.list = await tab.locator("#requests-count").innerText();
    seen.items = await tab.locator("#waterfall .item").count();
    return seen;
  },

  async errors(browser, page) {
    const { tab, seen } = await open(browser, page);
    seen.text = await tab.evaluate(() => document.body.innerText);
    await tab.setViewportSize({ width: 400, height: 800 });
    await settled(tab);
    seen.narrow = await tab.evaluate(() => document.documentElement.scrollWidth);
    return seen;
  },

  // Pictures for people, beside the page.
  async pictures(browser, page) {
    const shot = (tab, name) =>
      tab.screenshot({ path: path.join(path.dirname(page), `${name}.png`) });
    for (const colorScheme of ["light", "dark"]) {
      const { tab } = await open(browser, page, { colorScheme });
      await settled(tab);
      await shot(tab, `report-${colorScheme}`);
      if (colorScheme === "light") {
        const there = (id) => tab.locator(`#${id}`).isVisible();
        for (const id of ["timeline", "requests", "history"]) {
          if (!(await there(id))) continue;
          await tab.evaluate((one) => document.getElementById(one).scrollIntoView(), id);
          await settled(tab);
          await shot(tab, `report-${id}`);
        }
      }
    }
    return {};
  },
};

(async () => {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  const jobs = process.argv.slice(2).map((word) => /^(\w+)=(\w+):(.*)$/.exec(word)),
    seen = {};
  const run = async ([, name, what, page]) => {
    seen[name] = await WHAT[what](browser, page).catch((error) => ({ failed: error.stack }));
  };
  try {
    await Promise.all(jobs.filter((job) => job[2] !== "many").map(run));
    for (const job of jobs) if (job[2] === "many") await run(job);
    console.log(JSON.stringify(seen));
  } finally {
    await browser.close();
  }
})().catch((error) => {
  console.error(error.stack);
  process.exit(1);
});
