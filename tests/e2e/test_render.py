"""The report in its four formats, read back by what other people wrote: JSON against its schema,
CSV by Python's csv, markdown by GitHub's own renderer and by Python-Markdown; and what the options
of `report` and `run` do to it: filters, order, terminals, pagers."""

import csv
import fcntl
import html.parser
import io
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import unittest

import jsonschema
import markdown

from harness import (DNDPROF, LIMIT_SECONDS, ROOT, SCHEMA, Case, environment, execute, require,
                     schema_errors)
from stub import Answer, Stub

EVIL = ["=1+1|`<b>x", "@SUM(A1)", "-2+3 www.evil.example", "back\\slash\\", "[x](y)",
        "<script>alert(1)<", "a\"b,c", "~~s~~ *b* _i_ #1 $x$ &lt;"]


class Reported(Case):
    """One run, recorded once: requests of curl, programs with names nobody would choose, and one
    that cannot be observed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        require("curl", "busybox", "cmark-gfm", "less")
        cls.place = tempfile.mkdtemp(prefix="dndprof-case-",
                                     dir=os.environ.get("DNDPROF_TEST_STATE"))
        cls.addClassCleanup(shutil.rmtree, cls.place, ignore_errors=True)
        stub = Stub(cls.place, {("GET", "/containers/json"): Answer(b"[]\n", delay=0.02),
                                ("GET", "/images/json"): Answer(b"[]\n", delay=0.005),
                                ("GET", "/info"): Answer(b"{}\n")})
        cls.addClassCleanup(stub.close)
        for name in EVIL:
            shutil.copy("/bin/true", os.path.join(cls.place, name))
        shutil.copy(shutil.which("busybox"), os.path.join(cls.place, "busybox"))
        urls = " ".join(f"http://localhost/v1.41/{path}" for path in
                        ("containers/json", "images/json", "containers/json", "info", "missing"))
        script = "\n".join([f"curl -s --unix-socket {stub.path} {urls}", "./busybox true",
                            *(f"'./{name}'" for name in EVIL)])
        cls.recorded = os.path.join(cls.place, "runs")
        done = execute([DNDPROF, "run", "-o", cls.recorded, "--report", os.devnull, "--",
                        "/bin/sh", "-c", script], cwd=cls.place)
        assert done.status == 0, done

    def report(self, *options, env=None):
        done = execute([DNDPROF, "report", *options, self.recorded], env)
        self.assertEqual(done.status, 0, done)
        return done.stdout.decode()

    def json(self, *options):
        return json.loads(self.report("--format", "json", *options))


class Json(Reported):
    def test_schema(self):
        with open(SCHEMA) as file:
            jsonschema.Draft202012Validator.check_schema(json.load(file))
        for options in ((), ("--filter", "endpoint=/containers/*"), ("--top", "1"),
                        ("--percentiles", "1,50,99.99"), ("--ascii",)):
            with self.subTest(options=options):
                self.assertEqual(schema_errors(self.json(*options)), [])
        self.assertTrue(schema_errors({**self.json(), "more": 1}))

    def test_golden_files(self):
        for name in ("seed", "everything", "busy"):
            with open(os.path.join(ROOT, "tests", "golden", name + ".json")) as file:
                self.assertEqual(schema_errors(json.load(file)), [])

    def test_says_what_is_missing(self):
        self.assertTrue(any("not observed" in text for text in self.json()["summary"]["warnings"]))

    def test_percentiles(self):
        asked = self.json("--percentiles", "99.99,50,50,1")["timing"]["percentiles"]
        self.assertEqual(list(asked), ["p1", "p50", "p99_99"])
        self.assertIsNone(asked["p99_99"]["value_ns"])
        usual = self.json()["timing"]["percentiles"]
        self.assertEqual(list(usual), ["p50", "p90", "p95", "p99", "p99_9"])
        self.assertEqual(asked["p50"], usual["p50"])


class Csv(Reported):
    def tables(self, *options):
        """Rows by table, as dictionaries of what is not empty."""
        lines = list(csv.reader(io.StringIO(self.report("--format", "csv", *options), newline=""),
                                strict=True))
        header, found = lines[0], {}
        self.assertEqual(len(set(header)), len(header))
        for line in lines[1:]:
            self.assertEqual(len(line), len(header))
            row = {name: value for name, value in zip(header, line) if value}
            found.setdefault(row.pop("table"), []).append(row)
        return found

    def assert_same(self, rows, expected):
        def text(value):
            return "; ".join(value) if isinstance(value, list) else str(value).lower() \
                if isinstance(value, bool) else str(value)

        def plain(value):
            return value[1:] if value[:1] == "'" else value

        self.assertEqual(len(rows), len(expected))
        for row, other in zip(rows, expected):
            other = {key: value for key, value in other.items() if value not in (None, [], "")}
            self.assertEqual(set(row), set(other))
            for key, value in other.items():
                if isinstance(value, float):
                    self.assertAlmostEqual(float(row[key]), value, delta=abs(value) * 1e-6)
                else:
                    self.assertEqual(plain(row[key]), text(value))

    def test_is_the_json(self):
        tables, report = self.tables(), self.json()
        self.assert_same(tables["coverage"], report["coverage"])
        self.assert_same(tables["endpoints"], report["endpoints"])
        self.assert_same(tables["categories"], report["categories"])
        self.assert_same(tables["timing.critical_path"], report["timing"]["critical_path"])
        self.assert_same(tables["summary"], [report["summary"]])
        self.assert_same(tables["timing.percentiles"],
                         [{"percentile": key, **row}
                          for key, row in report["timing"]["percentiles"].items()])
        self.assertIn("not observed", tables["summary"][0]["warnings"])

    def test_line_ends(self):
        raw = execute([DNDPROF, "report", "--format", "csv", self.recorded]).stdout
        self.assertTrue(raw.endswith(b"\r\n"))
        self.assertEqual(raw.count(b"\n"), raw.count(b"\r\n"))

    def test_formulas(self):
        names = [row["program"] for row in self.tables()["coverage"]]
        for name in EVIL:
            self.assertIn("'" + name if name[0] in "=+-@" else name, names)

    def test_one_table(self):
        done = execute([DNDPROF, "report", "--format", "csv", "--table", "endpoints",
                        self.recorded])
        rows = list(csv.DictReader(io.StringIO(done.stdout.decode(), newline="")))
        self.assertEqual([row["endpoint"] for row in rows],
                         [row["endpoint"] for row in self.json()["endpoints"]])
        self.assertNotIn("table", rows[0])
        self.assertIn(b"not observed", done.stderr)  # it has no summary to say so


class Page(html.parser.HTMLParser):
    """Tables of a page, as lists of rows of texts; and every tag there is."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.tags, self.cell, self.title = {}, set(), None, ""
        self.heading = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag == "table":
            self.rows = self.tables.setdefault(self.title, [])
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.cell = ""
        elif tag == "h2":
            self.heading, self.title = True, ""

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append(self.cell.strip())
            self.cell = None
        elif tag == "h2":
            self.heading = False

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data
        elif self.heading:
            self.title += data


class Markdown(Reported):
    def pages(self, *options):
        text = self.report("--format", "markdown", *options)
        github = execute(["cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink", "-e",
                          "strikethrough"], stdin=text.encode())
        self.assertEqual(github.status, 0, github)
        yield "cmark-gfm", Page(github.stdout.decode())
        yield "Python-Markdown", Page(markdown.markdown(text, extensions=["tables"]))

    def test_tables(self):
        report = self.json()
        for name, page in self.pages():
            with self.subTest(renderer=name):
                for title, rows in page.tables.items():
                    self.assertEqual({len(row) for row in rows}, {len(rows[0])}, title)
                self.assertEqual([row[1] for row in page.tables["Endpoints"][1:]],
                                 [row["endpoint"] for row in report["endpoints"]])
                self.assertEqual(len(page.tables["Where the time went"]) - 1,
                                 min(50, len(report["timing"]["critical_path"])))
                self.assertEqual(len(page.tables["Coverage"]) - 1, len(report["coverage"]))

    def test_nothing_is_markup(self):
        for name, page in self.pages():
            with self.subTest(renderer=name):
                shown = [row[1] for row in page.tables["Coverage"][1:]]
                for evil in EVIL:
                    self.assertIn(evil, shown)
                self.assertEqual(page.tags & {"a", "b", "i", "script", "del", "em", "img"}, set())

    def test_says_what_is_missing(self):
        text = self.report("--format", "markdown")
        self.assertRegex(text.split("\n## ")[0], r"> .*not observed")


class Filters(Reported):
    def test_numbers_agree(self):
        whole, report = self.json(), self.json("--filter", "endpoint=/containers/*")
        row, = report["endpoints"]
        before = [row for row in whole["endpoints"] if row["endpoint"] == "/containers/json"]
        self.assertEqual([row], before)
        summary = report["summary"]
        self.assertEqual(summary["total_operations"], 2)
        self.assertEqual(summary["left_out_operations"],
                         whole["summary"]["total_operations"] - 2)
        self.assertEqual(summary["filter"], "endpoint=/containers/*")
        self.assertEqual(summary["total_duration_ns"], row["total_ns"])
        self.assertEqual(report["timing"]["count"], 2)
        self.assertEqual(summary["wall_ns"], whole["summary"]["wall_ns"])
        self.assertEqual(sum(row["total_ns"] for row in report["timing"]["critical_path"]),
                         summary["wall_ns"])
        self.assertGreater(sum(row["total_ns"] for row in report["timing"]["critical_path"]
                               if row["cause"] == "engine_wait"), 40e6)

    def test_said(self):
        for form in ("text", "markdown", "csv"):
            text = self.report("--format", form, "--filter", "endpoint=/containers/*")
            self.assertIn("endpoint=/containers/*", text)
        self.assertRegex(self.report("--filter", "process=curl,to=1us"),
                         r"Filter: +process=curl,to=1us \(\d+ operations left out\)")
        self.assertIn("No operation is left by the filter", self.report("--filter", "to=1us"))

    def test_process_and_window(self):
        operations = self.json()["summary"]["total_operations"]
        self.assertEqual(self.json("--filter", "process=curl")["summary"]["total_operations"],
                         operations)
        self.assertEqual(self.json("--filter", "process=sh")["summary"]["total_operations"], 0)
        self.assertEqual(self.json("--filter", "from=1h")["summary"]["total_operations"], 0)
        self.assertEqual(
            self.json("--filter", "category=docker_api", "--filter", "endpoint=/info,endpoint=/im*")
            ["summary"]["total_operations"], 2)

    def test_run(self):
        """`run` knows the same options."""
        profile = self.profile(["curl", "-s", "--max-time", "1", "http://127.0.0.1:9/"],
                               options=("--filter", "category=dns", "--percentiles", "75"))
        self.assertEqual(profile.report["summary"]["total_operations"], 0)
        self.assertEqual(list(profile.report["timing"]["percentiles"]), ["p75"])


class Order(Reported):
    def test_sort(self):
        names = sorted(row["endpoint"] for row in self.json()["endpoints"])
        for spec, expected in (("endpoint", names), ("endpoints:endpoint", names),
                               ("endpoints:-Endpoint", names[::-1])):
            report = self.json("--sort", spec)
            self.assertEqual([row["endpoint"] for row in report["endpoints"]], expected)
        places = [row["total_ns"] for row in
                  self.json("--sort", "timing.critical_path:-total")["timing"]["critical_path"]]
        self.assertEqual(places, sorted(places))
        waits = [row["wait_ns"] for row in self.json("--sort", "wait")["endpoints"]]
        self.assertEqual(waits, sorted(waits, reverse=True))
        text = self.report("--sort", "endpoints:endpoint")
        self.assertEqual(sorted(re.findall(r"^GET (\S+)  \[", text, re.M)),
                         re.findall(r"^GET (\S+)  \[", text, re.M))

    def test_top(self):
        report = self.json("--top", "1")
        self.assertEqual(len(report["endpoints"]), 1)
        self.assertEqual(len(report["coverage"]), len(self.json()["coverage"]))  # never cut
        text = self.report("--top", "1")
        self.assertEqual(len(re.findall(r"^GET \S+  \[", text, re.M)), 1)
        self.assertIn("3 more (--top 0 shows all)", text)

    def test_usage(self):
        for options in (["--format", "pdf"], ["--sort", "nothing"], ["--sort", "nothing:count"],
                        ["--sort", "endpoints:nothing"], ["--top", "many"], ["--top", "-1"],
                        ["--filter", "color=red"], ["--filter", "from=2s,to=1s"],
                        ["--percentiles", "0"], ["--percentiles", "100"], ["--percentiles", "x"],
                        ["--percentiles", "50,"], ["--color", "pink"], ["--table", "endpoints"],
                        ["--format", "csv", "--table", "nothing"]):
            for command in (["report"], ["run"]):
                with self.subTest(command=command, options=options):
                    done = execute([DNDPROF, *command, *options, "--", "true"])
                    self.assertEqual(done.status, 2, done)
                    self.assertEqual(done.stdout, b"")
                    self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


def on_terminal(command, rows=1000, keys=b"", **variables):
    """What a command shows on a terminal that is its stdout and stderr, and its exit status.
    `keys` are pressed once something is shown."""
    master, slave = pty.openpty()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 80, 0, 0))
    variables = {"TERM": "xterm", "PAGER": None, "LESS": None, "NO_COLOR": None, **variables}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave,
                          start_new_session=True, env=environment(**variables)) as child:
        os.close(slave)
        shown = b""
        try:
            while select.select([master], [], [], LIMIT_SECONDS)[0]:
                shown += os.read(master, 65536)
                os.write(master, keys)
            os.killpg(child.pid, signal.SIGKILL)
            raise AssertionError(f"nothing more comes, after {shown}")
        except OSError:  # how Linux tells that nobody has the other end any more
            pass
        os.close(master)
        return shown.decode().replace("\r\n", "\n"), child.wait(LIMIT_SECONDS)


class Terminal(Reported):
    MARK = "sed s/^/PAGED/"

    def shown(self, *options, **variables):
        text, status = on_terminal([DNDPROF, "report", *options, self.recorded], **variables)
        self.assertEqual(status, 0, text)
        return text

    def test_pager(self):
        self.assertIn("PAGEDEXECUTIVE", self.shown("--color", "never", PAGER=self.MARK))
        self.assertIn("PAGEDEXECUTIVE", self.shown("--color", "never", DNDPROF_PAGER=self.MARK,
                                                   PAGER="false"))
        for options, variables in (((), {"PAGER": ""}), ((), {"PAGER": "cat"}),
                                   ((), {"DNDPROF_PAGER": "", "PAGER": self.MARK}),
                                   ((), {"PAGER": "/nonexistent/pager"}),
                                   ((), {"PAGER": "no-such-pager-anywhere"}),
                                   (("--no-pager",), {"PAGER": self.MARK})):
            with self.subTest(options=options, variables=variables):
                text = self.shown(*options, "--color", "never", **variables)
                self.assertIn("\nEXECUTIVE", text)
                self.assertNotIn("PAGED", text)

    def test_less(self):
        """It shows what fits and goes; else it waits for a key. Colours are passed on."""
        text = self.shown()
        self.assertIn("\033[1mEXECUTIVE SUMMARY\033[m", text)
        text, status = on_terminal([DNDPROF, "report", self.recorded], rows=10, keys=b"q")
        self.assertEqual(status, 0)
        self.assertIn("PERFORMANCE PROFILING REPORT", text)
        self.assertNotIn("EXECUTIVE SUMMARY", text)

    def test_pager_that_leaves(self):
        for pager in ("head -n 1", "true", "false", "exec <&-"):
            with self.subTest(pager=pager):
                text = self.shown(PAGER=pager)
                self.assertNotIn("EXECUTIVE", text)
                self.assertNotIn("dndprof:", text)

    def test_pager_that_leaves_before_the_end(self):
        """More than a pipe holds."""
        many = [self.recorded] * 60
        whole = execute([DNDPROF, "report", "--format", "json", *many])
        self.assertGreater(len(whole.stdout), 200_000)
        text, status = on_terminal([DNDPROF, "report", "--format", "json", *many], PAGER="true")
        self.assertEqual((text, status), ("", 0))

    def test_pager_is_waited_for(self):
        end = self.path("end")
        master, slave = pty.openpty()
        pager = f"cat >/dev/null; sleep 0.3; touch {end}"
        status = subprocess.call([DNDPROF, "report", self.recorded], stdin=subprocess.DEVNULL,
                                 stdout=slave, env=environment(TERM="xterm", PAGER=pager))
        self.assertTrue(os.path.exists(end))
        self.assertEqual(status, 0)
        os.close(master)
        os.close(slave)

    def test_no_terminal(self):
        text = self.report(env=environment(PAGER=self.MARK, TERM="xterm"))
        self.assertNotIn("PAGED", text)
        self.assertNotIn("\033", text)
        errors, status = on_terminal([DNDPROF, "report", self.recorded + "/nothing"],
                                     PAGER=self.MARK)
        self.assertEqual(status, 3)
        self.assertNotIn("PAGED", errors)

    def test_reader_that_leaves(self):
        with subprocess.Popen([DNDPROF, "report", "--top", "0", self.recorded],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment()) as child:
            child.stdout.close()
            self.assertEqual(child.stderr.read(), b"")

    def test_color(self):
        bold = "\033[1mEXECUTIVE SUMMARY\033[m"
        for options, variables, colored in (
                ((), {}, True), ((), {"NO_COLOR": "1"}, False), ((), {"NO_COLOR": ""}, True),
                ((), {"TERM": "dumb"}, False), ((), {"TERM": None}, False),
                (("--color", "never"), {}, False),
                (("--color=always",), {"NO_COLOR": "1", "TERM": "dumb"}, True)):
            with self.subTest(options=options, variables=variables):
                text = self.shown("--no-pager", *options, **variables)
                self.assertEqual(bold in text, colored)
                self.assertEqual("\033" in text, colored)
        self.assertIn(bold, self.report("--color", "always"))

    def test_run_on_a_terminal(self):
        """Its report comes on stderr, in colours, through no pager; in a file without."""
        out = self.path("out")
        text, status = on_terminal([DNDPROF, "run", "-o", out, "--", "true"], PAGER=self.MARK)
        self.assertEqual(status, 0)
        self.assertIn("\033[1mEXECUTIVE SUMMARY\033[m", text)
        self.assertNotIn("PAGED", text)
        on_terminal([DNDPROF, "run", "-o", out, "-r", self.path("file"), "--", "true"])
        with open(self.path("file")) as file:
            text = file.read()
        self.assertIn("EXECUTIVE SUMMARY", text)
        self.assertNotIn("\033", text)


del Reported  # no tests of its own

if __name__ == "__main__":
    unittest.main()
