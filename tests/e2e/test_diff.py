"""diff and check: real runs against an engine whose delay is changed in between. What really changed
is found, the noise of the machine is not called a change, conditions decide the exit status."""

import json
import os
import unittest
import xml.etree.ElementTree

import jsonschema

from harness import DNDPROF, PYTHON, ROOT, Case, environment, execute
from stub import Answer, Stub

SCHEMA = os.path.join(ROOT, "analyzer", "render", "comparison.schema.json")
CLIENT = """
import socket, sys
for path in sys.argv[2:]:
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(sys.argv[1])
    peer.sendall(b"GET %s HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n" % path.encode())
    while peer.recv(4096):
        pass
    peer.close()
"""
LIST, INFO = "GET /containers/json", "GET /info"


class Recorded(Case):
    """Runs of a client, before and after."""

    def setUp(self):
        super().setUp()
        self.client = self.write("client.py", CLIENT)
        self.list, self.info = Answer(b"[]\n"), Answer(b"{}", delay=0.01)
        self.stub = Stub(self.directory, {
            ("GET", "/containers/json"): self.list, ("GET", "/info"): self.info,
            ("GET", "/version"): Answer(b"{}")})
        self.addCleanup(self.stub.close)

    def record(self, name, runs, delay, paths=("/containers/json",) * 4 + ("/info",) * 4,
               between=()):
        """`runs` runs with this delay; of each (name, delay) `between` as many by turns, so that a
        drift of the machine is in all of them."""
        for _ in range(runs):
            for where, seconds in ((name, delay), *between):
                self.list.delay = seconds
                done = execute([DNDPROF, "run", "-o", self.path(where), "--report", "/dev/null",
                                "--", PYTHON, self.client, self.stub.path, *paths])
                self.assertEqual(done.status, 0, done)
        return self.path(name)

    def run_dndprof(self, *words, status=0, env=None):
        done = execute([DNDPROF, *words], env)
        self.assertEqual(done.status, status, (words, done.stdout, done.stderr))
        return done.stdout.decode(), done.stderr.decode()

    def compare(self, *words, status=0):
        parsed = json.loads(self.run_dndprof("diff", "--format", "json", *words,
                                             status=status)[0])
        with open(SCHEMA) as file:
            jsonschema.Draft202012Validator(json.load(file)).validate(parsed)
        self.assertEqual(parsed["passed"], status == 0)
        return parsed

    def row(self, comparison, subject, name, metric):
        found, = [row for row in comparison["changes"]
                  if (row["subject"], row["name"], row["metric"]) == (subject, name, metric)]
        return found


class Diff(Recorded):
    def test_change_is_found_and_noise_is_not(self):
        base = self.record("base", 6, 0.02, between=(("slow", 0.04), ("again", 0.02)))
        again, slow = self.path("again"), self.path("slow")
        changed = self.compare(base, slow)
        row = self.row(changed, "endpoint", LIST, "p50")
        self.assertEqual((row["verdict"], row["tested"]), ("rose", "runs"), row)
        self.assertEqual((row["base_runs"], row["new_runs"]), (6, 6))
        self.assertEqual((row["base_operations"], row["new_operations"]), (24, 24))
        self.assertGreater(row["ratio"], 0.2)
        self.assertAlmostEqual(row["change_ns"], row["new_ns"] - row["base_ns"], delta=1)
        self.assertLessEqual(row["p"], 0.05)
        self.assertGreater(row["low_ns"], 0)
        self.assertLess(row["low_ns"], 20e6 + 5e6)
        self.assertGreater(row["high_ns"], 20e6 - 5e6)
        other = self.row(changed, "endpoint", INFO, "p50")
        self.assertNotEqual(other["verdict"], "rose", other)
        self.assertEqual(self.row(changed, "run", "", "count")["verdict"], "same")
        # the other way round it fell by as much
        back = self.row(self.compare(slow, base), "endpoint", LIST, "p50")
        self.assertEqual(back["verdict"], "fell")
        self.assertEqual((back["p"], back["change_ns"]), (row["p"], -row["change_ns"]))
        # nothing was changed: none of a few dozen figures that latencies make is called a change
        quiet = self.compare(base, again)
        for metric in ("p50", "p95", "errors", "count"):
            for name in (LIST, INFO):
                rows = [found for found in quiet["changes"] if found["name"] == name and
                        found["metric"] == metric]
                for found in rows:
                    self.assertIn(found["verdict"], ("noise", "same"), found)
        self.assertEqual(quiet, self.compare(base, again))  # always the same chances
        text = self.run_dndprof("diff", base, slow)[0]
        self.assertRegex(text, r"GET /containers/json\nP50 +\d\d[\d.]*ms +\d\d[\d.]*ms .*slower\n")
        self.assertNotIn("Fewer than 4 runs", text)

    def test_one_run_each(self):
        """Operations tell a great change, other figures say that nothing can be told."""
        paths = ("/containers/json",) * 20
        base, slow = self.record("base", 1, 0.01, paths), self.record("slow", 1, 0.04, paths)
        compared = self.compare(base, slow)
        row = self.row(compared, "endpoint", LIST, "p50")
        self.assertEqual((row["verdict"], row["tested"]), ("rose", "operations"), row)
        self.assertLess(row["low_ns"], row["change_ns"] + 1)
        wall = self.row(compared, "run", "", "wall")
        self.assertEqual((wall["verdict"], wall["tested"], wall["p"]), ("too_few", None, None))
        text = self.run_dndprof("diff", base, slow, "--all")[0]
        self.assertIn("Fewer than 4 runs a side", text)
        self.assertRegex(text, r"Wall time .* too few\n")
        # the median is that of the operations
        records = [record for record in self.dump(base) if "response" in record]
        self.assertEqual(row["base_operations"], len(records))

    def test_appeared_and_vanished(self):
        base = self.record("base", 2, 0.001, ("/containers/json", "/info"))
        new = self.record("new", 2, 0.001, ("/containers/json", "/version"))
        compared = self.compare(base, new)
        self.assertEqual(self.row(compared, "endpoint", INFO, "p50")["verdict"], "vanished")
        appeared = self.row(compared, "endpoint", "GET /version", "p50")
        self.assertEqual((appeared["verdict"], appeared["base_ns"], appeared["base_runs"]),
                         ("appeared", None, 0))
        self.assertEqual(appeared["new_runs"], 2)
        markdown = self.run_dndprof("diff", "--format", "markdown", base, new)[0]
        self.assertRegex(markdown, r"\| `endpoint` \| `GET /version` \| `Count` \| - \| 1 \| - \| "
                                   r"- \| `appeared` \|")

    def test_conditions(self):
        base = self.record("base", 4, 0.01)
        slow = self.record("slow", 4, 0.06)
        junit = self.path("junit.xml")
        condition = f"p50 {LIST}>+50%"
        compared = self.compare(base, slow, "--fail-on", condition, "--fail-on", "errors>+1%",
                                "--fail-on", "p50 GET /nothing>+1% optional", "--junit", junit,
                                status=1)
        failed, errors, nothing = compared["gates"]
        self.assertEqual((failed["condition"], failed["passed"]), (condition, False))
        self.assertGreater(failed["found"], 0.5)
        self.assertTrue(errors["passed"] and nothing["passed"])
        suite = xml.etree.ElementTree.parse(junit).getroot()[0]
        self.assertEqual({key: suite.get(key) for key in
                          ("tests", "failures", "errors", "skipped")},
                         {"tests": "3", "failures": "1", "errors": "0", "skipped": "1"})
        self.assertEqual(suite[0].get("name"), condition)
        self.assertIsNotNone(suite[0].find("failure"))
        # faster is no breach; what is not there cannot pass
        self.compare(slow, base, "--fail-on", condition)
        self.compare(base, slow, "--fail-on", "p50 GET /nothing>+50%", status=1)
        text = self.run_dndprof("diff", base, slow, "--fail-on", condition, status=1)[0]
        self.assertRegex(text, r"FAILED +p50 GET /containers/json>\+50%: \+\d+")
        self.assertIn("0 of 1 passed.", text)

    def test_noise_breaks_no_condition(self):
        """A change beyond the limit that one run in four has alone is not told from noise."""
        for name, delays in (("base", (2, 2, 2, 9)), ("new", (2, 2, 9, 9))):
            for delay in delays:
                self.record(name, 1, delay / 200, ("/containers/json",) * 3)
        compared = self.compare(self.path("base"), self.path("new"), "--fail-on",
                                f"p50 {LIST}>+20%")
        gate, = compared["gates"]
        self.assertGreater(gate["found"], 0.2)
        self.assertEqual(gate["remark"], "not told from noise")

    def test_mistakes(self):
        base = self.record("base", 1, 0.001)
        for words, status, said in (
                (["diff", base], 2, "name what was and what is"),
                (["diff", base, base, base], 2, "name what was and what is"),
                (["diff", base, self.path("none")], 3, "does not exist"),
                (["diff", base, self.client], 3, "is not a dndprof profile"),
                (["diff", "--format", "csv", base, base], 2, "--format is text|json|markdown"),
                (["diff", "--junit", "x", base, base], 2, "--junit needs conditions"),
                (["diff", "--fail-on", "p96>5%", base, base], 2, "there is no metric p96, but wall"),
                (["diff", "--fail-on", "p95", base, base], 2, "has no < or >"),
                (["diff", "--fail-on", "p95>5%", base, base], 2, "wants a duration"),
                (["check", "--fail-on", "p95>", base], 2, "there is nothing behind its sign"),
                (["diff", "--fail-on", "errors>5ms", base, base], 2, "wants a percentage"),
                (["check", base], 2, "name a file with --budget"),
                (["check", "--fail-on", "p95>+5%", base], 2, "dndprof diff BASE NEW"),
                (["check", "--budget", self.path("none"), base], 2, "cannot be read"),
                (["check", "--budget", self.write("empty", "# nothing\n"), base], 2,
                 "asks for nothing"),
                (["check", "--budget", self.write("bad", "wall < 2s\np95 50ms\n"), base], 2,
                 "bad, line 2: "),
                (["check", "--budget", DNDPROF, base], 2, "is no budget")):
            with self.subTest(words):
                self.assertIn(said, self.run_dndprof(*words, status=status)[1])


class Check(Recorded):
    def test_budget(self):
        self.record("runs", 2, 0.02)
        budget = self.write("budget", f"""# of this client
            wall < 60s      # generous
            p50 {LIST} < 25s
            p50 GET /* >= 1ms
            count = 1
            """.replace("count = 1", "count {LIST} <= 4".format(LIST=LIST)) +
                            "errors < 1%\nexit <= 0\nunobserved < 1\np95 GET /no < 1s optional\n")
        junit = self.path("junit.xml")
        out = self.run_dndprof("check", "--budget", budget, "--junit", junit, self.path("runs"))[0]
        self.assertIn("9 of 9 passed.", out)
        self.assertIn("skipped  p95 GET /no < 1s optional", out)
        self.assertEqual(xml.etree.ElementTree.parse(junit).getroot()[0].get("failures"), "0")
        parsed = json.loads(self.run_dndprof("check", "--format", "json", "--budget", budget,
                                             "--fail-on", f"p50 {LIST} > 10ms", self.path("runs"),
                                             status=1)[0])
        with open(SCHEMA) as file:
            jsonschema.Draft202012Validator(json.load(file)).validate(parsed)
        self.assertIsNone(parsed["base"])
        self.assertEqual([row["condition"] for row in parsed["gates"] if not row["passed"]],
                         [f"p50 {LIST} > 10ms"])
        # figures are those of the report
        report = json.loads(execute([DNDPROF, "report", "--format", "json",
                                     self.path("runs")]).stdout)
        single = json.loads(execute([DNDPROF, "check", "--format", "json", "--fail-on",
                                     "p95 < 1ns", "--fail-on", "wall < 1ns"],
                                    environment(DNDPROF_DIR=self.path("runs"))).stdout)
        self.assertEqual([row["found"] for row in single["gates"]],
                         [report["timing"]["percentiles"]["p95"]["value_ns"],
                          report["summary"]["wall_ns"]])

    def test_what_was_not_seen_does_not_pass(self):
        runs = self.record("runs", 1, 0.001)
        text = self.run_dndprof("check", "--budget",
                                self.write("budget", "p95 GET /nothing < 1s\n"), runs, status=1)[0]
        self.assertIn("NO DATA  p95 GET /nothing < 1s", text)


if __name__ == "__main__":
    unittest.main()
