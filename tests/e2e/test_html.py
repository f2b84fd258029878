"""The HTML report in a real browser: what a person sees and does is done by browser/look.js in
Chromium, and compared here with the JSON report of the same run."""

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import tempfile

from harness import (BUILD, DNDPROF, LIMIT_SECONDS, ROOT, Case, environment, execute, program,
                     require)
from stub import Answer, Stub

BROWSER = os.path.join(ROOT, "build", "browser", "node_modules")
LOOK = os.path.join(ROOT, "tests", "e2e", "browser", "look.js")
DATA = re.compile(rb'<script type="application/json" id="data">(.*?)</script>', re.S)
# Names and paths nobody would choose; each would run a script where it became markup.
EVIL = ["<script>window.pwned=1<", "<img src=x onerror=window.pwned=1>",
        "\"><svg onload=window.pwned=1>", "javascript:window.pwned=1", "`${window.pwned=1}`",
        "\\u003cscript>", "a\u202eb\x1b[31m"]
EVIL_PATH = "/v1.41/x</script><svg/onload=window.pwned=1>"
MANY = 100_000


def page_data(page):
    found = DATA.findall(page)
    assert len(found) == 1, len(found)
    return json.loads(found[0])


class Html(Case):
    """One run, recorded once: requests of curl, some of them failing, a program with call sites,
    and programs with hostile names."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        require("curl", "node", "chromium")
        if not os.path.isdir(os.path.join(BROWSER, "playwright-core")):
            raise AssertionError("playwright-core is not installed: scripts/setup check")
        cls.place = tempfile.mkdtemp(prefix="dndprof-case-",
                                     dir=os.environ.get("DNDPROF_TEST_STATE"))
        cls.addClassCleanup(shutil.rmtree, cls.place, ignore_errors=True)
        stub = Stub(cls.place, {("GET", "/containers/json"): Answer(delay=0.03),
                                ("GET", "/images/json"): Answer(delay=0.008),
                                ("GET", "/info"): Answer(pieces=[(0.004, b"a"), (0.004, b"b")])})
        cls.addClassCleanup(stub.close)
        for name in EVIL:
            shutil.copy("/bin/true", os.path.join(cls.place, name))
        urls = " ".join(f"'http://localhost{path}'" for path in
                        ("/v1.41/containers/json", "/v1.41/images/json", "/v1.41/containers/json",
                         "/v1.41/info", "/v1.41/images/missing/json", EVIL_PATH))
        cls.write_script("script", f"curl -s -g --path-as-is --unix-socket {stub.path} {urls}",
                         program("stacks"), *(f"./{shlex.quote(name)}" for name in EVIL))
        cls.write_script("short", "true")
        for name, settings in (("script", ("--set", "DETAIL=detailed")), ("short", ())):
            runs = os.path.join(cls.place, name + ".runs")
            done = execute([DNDPROF, "run", "-o", runs, "--report", os.devnull, *settings, "--",
                            "/bin/sh", name], cwd=cls.place)
            assert done.status == 0, done
        cls.recorded = os.path.join(cls.place, "script.runs")
        cls.json = json.loads(cls.report("json", cls.recorded))
        cls.page = cls.report("html", cls.recorded)
        cls.make_history()
        cls.seen = cls.look_at_all()

    @classmethod
    def make_history(cls):
        """The run as the last of twenty: of the first ten, one of its endpoints took a tenth."""
        cls.history = os.path.join(cls.place, "history.db")
        done = execute([DNDPROF, "history", "add", "--db", cls.history, cls.recorded])
        assert done.status == 0, done
        with sqlite3.connect(cls.history) as database:
            columns = ("added_ns, path, program, subcommand, host, branch, revision, ci, build, "
                       "job")
            for number in range(2, 21):
                database.execute(f"INSERT INTO runs (id, identity, start_ns, {columns}) SELECT ?, "
                                 f"?, start_ns - 86400000000000 * (? - 1), {columns} FROM runs "
                                 "WHERE id = 1", (number, f"copy {number}", number))
                database.execute(
                    "INSERT INTO figures SELECT ?, subject, name, metric, value * CASE WHEN "
                    "subject = 'endpoint' AND name = 'GET /images/json' AND metric <> 'count' "
                    "AND ? > 10 THEN 0.1 ELSE 1 END * (1 + 0.001 * ?) FROM figures WHERE run = 1",
                    (number, number, number % 3))
            database.execute("UPDATE runs SET revision = '<b>0123456789' WHERE id = 2")

    @classmethod
    def make_short_history(cls):
        """The same twenty, a second apart."""
        db = os.path.join(cls.place, "short.db")
        with sqlite3.connect(cls.history) as whole, sqlite3.connect(db) as database:
            whole.backup(database)
        with sqlite3.connect(db) as database:
            database.execute("UPDATE runs SET start_ns = (SELECT start_ns FROM runs "
                             "WHERE id = 1) - 1000000000 * (id - 1)")
        return db

    @classmethod
    def look_at_all(cls):
        """Pages of all kinds, made and looked at; by name what the browser saw of each."""
        short, many = (os.path.join(cls.place, name) for name in ("short.runs", "many"))
        os.mkdir(many)
        subprocess.run([os.path.join(BUILD, "tests", "bench", "records"), many, str(8 * MANY)],
                       check=True, timeout=LIMIT_SECONDS, stdout=subprocess.DEVNULL)
        cls.pages = {"usual": cls.page, "ascii": cls.report("html", "--ascii", cls.recorded),
                     "short": cls.report("html", short),
                     "several": cls.report("html", cls.recorded, short),
                     "filtered": cls.report("html", "--filter", "endpoint=/images/*", cls.recorded),
                     "history": cls.report("html", "--history", cls.history, cls.recorded),
                     "minutes": cls.report("html", "--history", cls.make_short_history(),
                                           cls.recorded),
                     "plain": cls.page_without_uplot(), "many": cls.report("html", many)}
        for name, page in cls.pages.items():
            with open(os.path.join(cls.place, name + ".html"), "wb") as file:
                file.write(page)
        jobs = {"page": "usual", "keyboard": "usual", "contrast": "history", "hostile": "usual",
                "history": "history", "ticks": "minutes", "many": "many", **{name: name for name in
                                   ("ascii", "short", "several", "filtered", "plain")}}
        what = {"ascii": "errors", "short": "errors", "several": "errors", "filtered": "errors",
                "plain": "page"}
        done = execute(["node", LOOK, *(f"{job}={what.get(job, job)}:{cls.place}/{name}.html"
                                        for job, name in jobs.items())],
                       environment(NODE_PATH=BROWSER))
        assert done.status == 0, done.stderr.decode()
        return json.loads(done.stdout)

    @classmethod
    def page_without_uplot(cls):
        """As a build without npm has it."""
        out = os.path.join(cls.place, "out")
        done = execute([os.path.join(ROOT, "analyzer", "html", "assemble"), out,
                        os.path.join(out, "nothing")])
        assert done.status == 0, done
        parts = []
        for name in ("head.html", "tail.html"):
            with open(os.path.join(out, name), "rb") as file:
                parts.append(file.read())
        return parts[0] + DATA.findall(cls.page)[0] + parts[1]

    @classmethod
    def write_script(cls, name, *lines):
        with open(os.path.join(cls.place, name), "w") as file:
            file.write("\n".join(lines) + "\n")

    @classmethod
    def report(cls, form, *arguments):
        done = execute([DNDPROF, "report", "--format", form, *arguments])
        assert done.status == 0, done
        return done.stdout

    def look(self, job):
        self.assertNotIn("failed", self.seen[job], self.seen[job].get("failed"))
        return self.seen[job]

    # ---- what the page holds ----

    def test_holds_everything(self):
        seen = self.look("page")
        self.assertEqual(seen["problems"], [])
        self.assertEqual(len(seen["requests"]), 1, seen["requests"])  # the page itself
        self.assertEqual(re.findall(rb"(?i)@import|url\(|(?:src|href)=[\"']?(?:https?:|//)",
                                    DATA.sub(b"", self.page)), [])
        self.assertIn(b"Content-Security-Policy", self.page)
        self.assertIn(b"The MIT License", self.page)  # uPlot's, with its copyright
        self.assertRegex(self.page, rb"Copyright \(c\) \d+ Leon Sorokin")

    def test_data_are_the_report(self):
        data = page_data(self.page)
        self.assertEqual(data["operations"]["of_all"], data["operations"]["count"])
        table = data["tables"]["endpoints"]
        keys = [column["key"] for column in table["columns"]]
        rows = [{key: None if isinstance(value, dict) else value for key, value in zip(keys, row)}
                for row in table["rows"]]
        self.assertEqual(rows, self.json["endpoints"])
        for name, table in data["tables"].items():
            self.assertEqual(len(table["rows"]), table["rows_of_all"], name)
        counted = sum(bool(flag & 32) for flag in data["operations"]["flags"])
        self.assertEqual(counted, self.json["timing"]["count"])
        path = data["critical"]["flat"]
        self.assertEqual(sum(path[2::6]), self.json["summary"]["wall_ns"])

    # ---- what a person sees and does ----

    def test_overview(self):
        seen, summary = self.look("page"), self.json["summary"]
        self.assertIn("sh", seen["title"])
        first = self.json["bottlenecks"][0]
        self.assertIn(first["description"].replace("`", "")[:60], seen["diagnosis"])
        spent = {row["cause"] for row in self.json["timing"]["critical_path"]
                 if row["total_ns"] > 0}
        self.assertEqual(len(seen["causes"]), len(spent))
        self.assertIn("waiting for the engine", seen["causes"])
        self.assertEqual(len(seen["split"]), len(spent))
        self.assertGreater(max(seen["split"]), sum(seen["split"]) * 0.2)
        self.assertIn("Wall time", seen["tiles"])
        self.assertEqual(len(seen["findings"]), len(self.json["bottlenecks"]))
        self.assertEqual(len(seen["warnings"]) > 0, len(summary["warnings"]) > 0)

    def test_table_sorts_and_filters(self):
        seen = self.look("page")
        rows = self.json["endpoints"]
        by_total = sorted(rows, key=lambda row: -(row["total_ns"] or 0))
        self.assertEqual(len(seen["endpoints"]), len(rows))
        self.assertEqual(seen["endpoints"][0], by_total[0]["endpoint"])

        def ns(cell):
            number, unit = re.fullmatch(r"([\d.]+)(ns|µs|ms|s)", cell).groups()
            return float(number) * {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}[unit]

        self.assertEqual(seen["pids"], [str(row["pid"]) for row in self.json["coverage"]])
        down = [ns(cell) for cell in seen["sorted_down"] if cell != "-"]
        self.assertEqual(len(down), len(rows))
        self.assertEqual(down, sorted(down, reverse=True))
        for cell, value in zip(down, sorted((row["p50_ns"] for row in rows), reverse=True)):
            self.assertAlmostEqual(cell, value, delta=0.01 * value)
        self.assertEqual([ns(cell) for cell in seen["sorted_up"]], sorted(down))
        self.assertEqual(seen["sort_told"], "ascending")
        self.assertEqual(sorted(seen["filtered"]), ["/images/json", "/images/{name}/json"])

    def test_timeline(self):
        seen = self.look("page")
        self.assertGreater(seen["colors"], 8)  # something was drawn

        def span(name):
            found = re.match(r"(-?[\d.]+)(ns|µs|ms|s) to ([\d.]+)(ns|µs|ms|s) of ",
                             seen["ranges"][name])
            unit = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}
            return float(found[1]) * unit[found[2]], float(found[3]) * unit[found[4]]

        whole = span("all")[1]
        self.assertEqual(seen["ranges"]["all"], seen["ranges"]["reset"])
        length = {name: span(name)[1] - span(name)[0] for name in seen["ranges"]}
        self.assertAlmostEqual(length["button"] / whole, 0.5, delta=0.03)
        self.assertAlmostEqual(length["key"] / whole, 0.3, delta=0.03)
        self.assertLess(span("left")[0], span("key")[0])
        self.assertLess(length["wheel"], 0.9 * whole)
        self.assertLess(span("drag")[0], span("wheel")[0])
        self.assertAlmostEqual(length["drag"] / length["wheel"], 1, delta=0.05)
        self.assertAlmostEqual(length["strip"] / whole, 0.2, delta=0.05)
        self.assertNotEqual(seen["ranges"]["chosen"], seen["ranges"]["all"])
        self.assertIn("Took", seen["detail"])
        self.assertEqual(seen["detail_gone"], "")

    def test_finding_leads_into_timeline(self):
        seen, findings, requests = self.look("page"), self.json["bottlenecks"], 0
        self.assertEqual(len(seen["shown"]), len(findings))
        for shown, finding in zip(seen["shown"], findings):
            if not shown:  # of the run as a whole
                self.assertFalse(finding["operations"])
                continue
            self.assertEqual(shown["focus"], "lanes")
            if (finding["slowest"] or "").startswith("GET "):
                requests += 1
                self.assertIn(finding["slowest"], shown["detail"])
                self.assertNotEqual(shown["range"], seen["ranges"]["all"])
        self.assertGreater(requests, 0)

    def test_requests(self):
        seen = self.look("page")
        self.assertEqual(seen["requests_filtered"].count("GET /containers/json"), 2)
        self.assertEqual(len(seen["requests_filtered"]), 2)
        self.assertEqual(seen["request_chosen"], ["GET /containers/json"])
        self.assertEqual(seen["request_detail"], "GET /containers/json")
        self.assertGreaterEqual(seen["bars"], 2)  # sending, waiting
        count = self.json["summary"]["total_operations"]
        self.assertRegex(seen["requests_all"], rf"^{count} operations")

    def test_latency(self):
        seen = self.look("page")

        def counted(titles):
            return sum(int(re.search(r": (\d+) operation", title)[1]) for title in titles)

        self.assertEqual(counted(seen["histogram"]), self.json["timing"]["count"])
        self.assertEqual(counted(seen["histogram_endpoint"]), self.json["endpoints"][0]["count"])
        self.assertIn("P50", seen["histogram_told"])

    def test_call_sites(self):
        seen = self.look("page")
        for name in ("innermost_poll", "middle_poll", "plain", "main", "poll()"):
            self.assertIn(name, seen["frames"])
        self.assertGreater(seen["frame_width"], 0.98)
        self.assertEqual(seen["frames_again"], len(seen["frames"]))

    def test_charts(self):
        seen = self.look("page")
        self.assertIn("Memory (RSS)", seen["charts"])
        self.assertTrue(seen["history_hidden"])

    def test_history(self):
        seen, past = self.look("history"), page_data(self.pages["history"])["history"]
        self.assertEqual(seen["problems"], [])
        self.assertIn("History", seen["nav"])
        self.assertEqual((len(past["runs"]), past["own"]), (20, 19))
        moved = [row for row in past["series"] if row["moves"]]
        self.assertEqual({(row["subject"], row["name"]) for row in moved},
                         {("endpoint", "GET /images/json")})
        at, before, after = next(row for row in moved if row["metric"] == "p50")["steps"][0]
        self.assertEqual(at, 10)
        self.assertAlmostEqual(after / before, 10, delta=0.2)
        self.assertIn(f"20 runs on {past['host']}", seen["facts"])
        self.assertRegex(seen["facts"], rf"; {len(moved)} figures? stepped")
        self.assertTrue(seen["titles"][0].startswith("GET /images/json - "), seen["titles"])
        self.assertIn("Wall time", seen["titles"])
        self.assertRegex(seen["steps"][0], r"^Rose \+\d{3}%, from .* to .*, with run 10, 20")
        self.assertRegex(seen["labels"][0], r"over 20 runs: .* to .*left and right")
        self.assertGreater(seen["line"], 100)
        self.assertGreater(seen["dark"], 100)
        self.assertRegex(seen["last"], r"^this run, 20\S+ \S+: [\d.]+ms$")
        self.assertRegex(seen["before"], r"^run 2, 20.*, <b>01234: [\d.]+ms$")
        self.assertIn("run 2,", seen["legend"])
        self.assertRegex(seen["first"], r"^run 20, ")
        self.assertGreater(len(seen["chosen"]), 2)
        self.assertTrue(all(title.startswith("GET /images/json - ") for title in seen["chosen"]))
        self.assertEqual(len(seen["runs"]), 20)
        self.assertLessEqual(seen["narrow"], 400)

    def test_history_within_a_minute(self):
        seen = self.look("ticks")
        self.assertEqual(seen["problems"], [])
        ticks = [text for text in seen["drawn"] if re.match(r"\d\d:\d\d", text)]
        self.assertGreater(len(ticks), 3)
        self.assertTrue(all(re.fullmatch(r"\d\d:\d\d:\d\d", tick) for tick in ticks), ticks)

    def test_history_that_is_not_for_this_run(self):
        """Without it the newest point is the report's own; of other branches, hosts and commands,
        of filtered and of several runs there are none; a broken file is said to be so."""
        db = self.path("history.db")
        shutil.copy(self.history, db)
        with sqlite3.connect(db) as database:
            database.execute("PRAGMA foreign_keys = ON")
            database.execute("DELETE FROM runs WHERE id = 1")
            branch = database.execute("SELECT branch FROM runs").fetchone()[0]

        def past(*arguments, error=b""):
            done = execute([DNDPROF, "report", "--format", "html", "--history", db, *arguments])
            self.assertEqual((done.status, done.stderr), (0, error), done)
            return page_data(done.stdout)["history"]

        found = past(self.recorded)
        self.assertEqual((len(found["runs"]), found["own"], found["runs"][19]["id"]), (20, 19, 0))
        own = next(row for row in found["series"] if row["metric"] == "wall")["values"][19]
        self.assertEqual(own, self.json["summary"]["wall_ns"])
        self.assertIsNone(past("--no-history", self.recorded))
        self.assertIsNone(past("--filter", "category=dns", self.recorded))
        self.assertIsNone(past(self.recorded, self.recorded))
        for column in ("branch", "host", "program"):
            with sqlite3.connect(db) as database:
                database.execute(f"UPDATE runs SET {column} = {column} || 'x'")
            self.assertIsNone(past(self.recorded), (column, branch))
            with sqlite3.connect(db) as database:
                database.execute(f"UPDATE runs SET {column} = rtrim({column}, 'x')")
        self.assertEqual(len(past(self.recorded)["runs"]), 20)
        with open(db, "r+b") as file:
            file.write(b"no database at all")
        for suffix in ("-wal", "-shm"):
            if os.path.exists(db + suffix):
                os.unlink(db + suffix)
        self.assertIsNone(past(self.recorded, error=f"dndprof: {db} is no history; name another "
                                                    "file with --db\n".encode()))
        done = execute([DNDPROF, "report", "--history", db, self.recorded])
        self.assertEqual(done.status, 2)
        self.assertIn(b"dndprof trend", done.stderr)

    def test_keyboard(self):
        reached = self.look("keyboard")["reached"]
        for name in ("skip", "theme", "lanes", "zoom-in", "requests-filter", "waterfall",
                     "latency-of"):
            self.assertIn(name, reached)
        self.assertIn("BUTTON P50", reached)
        self.assertEqual(reached[0], "skip")
        self.assertLess(len(reached), 250)  # it ends: nothing holds the focus

    def test_contrast(self):
        seen = self.look("contrast")
        self.assertEqual(seen["violations"], [])
        self.assertEqual(seen["problems"], [])
        self.assertGreater(seen["checked"], 20)
        light, switched, dark, still = seen["backgrounds"]
        self.assertNotEqual(light, dark)
        self.assertEqual(switched, dark)  # system, light, dark: the button was pressed twice
        self.assertEqual(still, dark)

    # ---- texts of others ----

    def test_hostile(self):
        self.assertNotIn(b"</script><svg", self.page)
        data = DATA.findall(self.page)[0]
        self.assertNotIn(b"<", data)
        self.assertEqual([byte for byte in data if byte < 0x20 and byte != 0x0A], [])
        seen = self.look("hostile")
        self.assertEqual((seen["pwned"], seen["foreign"], seen["handlers"]), ("no", 0, 0))
        self.assertEqual(seen["scripts"], 3)  # the data, uPlot, ours
        self.assertIn("<img src=x onerror=window.pwned=1>", seen["text"])
        self.assertIn("</script><svg/onload=window.pwned=1>", seen["text"])
        self.assertIn("a\\u{202e}b\\x1b[31m", seen["text"])
        self.assertEqual(seen["pwned_by_force"], "no")
        self.assertTrue(any("Content Security Policy" in problem for problem in seen["problems"]))
        self.assertFalse(any(problem.startswith(("dialog", "error: ReferenceError"))
                             for problem in seen["problems"]))

    def test_ascii(self):
        self.assertEqual([byte for byte in self.pages["ascii"] if byte > 0x7E], [])
        seen = self.look("ascii")
        self.assertEqual(seen["problems"], [])
        self.assertNotIn("µ", seen["text"])

    # ---- other runs ----

    def test_nothing_recorded(self):
        seen = self.look("short")
        self.assertEqual(seen["problems"], [])
        self.assertIn("no requests were seen", seen["text"])

    def test_several_runs(self):
        seen = self.look("several")
        self.assertEqual(seen["problems"], [])
        self.assertIn("1 other run", seen["text"])

    def test_filter(self):
        self.assertEqual(page_data(self.pages["filtered"])["operations"]["count"], 2)
        self.assertEqual(self.look("filtered")["problems"], [])

    def test_narrow(self):
        for name in ("short", "several", "filtered"):
            self.assertLessEqual(self.look(name)["narrow"], 400, name)

    def test_run_writes_it(self):
        page = self.path("page.html")
        done = execute([DNDPROF, "run", "-o", self.path("runs"), "--report", page, "--format",
                        "html", "--", "true"])
        self.assertEqual((done.status, done.stdout, done.stderr), (0, b"", b""))
        with open(page, "rb") as file:
            self.assertIn("tables", page_data(file.read()))

    def test_build_without_npm(self):
        """`make` where npm never was makes the page, without uPlot and its licence; where it is put
        later, it is taken in without being asked to."""
        copy = os.path.join(ROOT, "build", "html-node", "node_modules", "uplot")
        page = "page/html/page.o"

        def build():
            done = execute(["make", "-s", "-C", ROOT, f"BUILD_DIR={self.path('page')}",
                            f"UPLOT={self.path('uplot')}", self.path(page)],
                           environment(MAKEFLAGS=None, MAKELEVEL=None))
            self.assertEqual(done.status, 0, done.stderr)
            with open(self.path(page), "rb") as file:
                return file.read()

        without = build()
        self.assertIn(b"built without uPlot", without)
        self.assertNotIn(b"Leon Sorokin", without)
        os.symlink(copy, self.path("uplot"))
        self.assertIn(b"Leon Sorokin", build())

    def test_without_uplot(self):
        self.assertNotIn(b"Leon Sorokin", self.pages["plain"])
        seen = self.look("plain")
        self.assertEqual(seen["problems"], [])
        self.assertIn("built without uPlot", seen["charts_say"])
        self.assertEqual(len(seen["endpoints"]), len(self.json["endpoints"]))

    def test_many(self):
        """A hundred thousand operations are there at once, and every frame is quick."""
        page = self.pages["many"]
        count = page_data(page)["operations"]["count"]
        self.assertGreaterEqual(count, 0.95 * MANY)
        self.assertLess(len(page), 120 * MANY)
        seen = self.look("many")
        self.assertEqual(seen["problems"], [])
        self.assertIn(f"{count:,} operations", seen["list"])
        self.assertLess(seen["elements"], 5000)
        self.assertLess(seen["items"], 60)
        for frames in seen["frames"].values():  # of 40; the machine may take some away
            self.assertLess(frames[20], 50)
            self.assertLess(frames[36], 150)
        self.assertLess(seen["loaded_ms"], 10_000)
