"""What the README says of the project holds: the table from the original description to here is
whole, each test it names is there, and the performance it quotes was measured."""

import os
import re
import unittest

from harness import ROOT, Case, execute, DNDPROF

# What the original description lists: features, options, methods, components, sections.
THERE = ("PrecisionTimer", "Overhead compensation", "Monotonic clock", "Validated accuracy",
         "Operation-level profiling", "Check profiling", "Worker pool integration",
         "Docker API profiling", "Percentile calculations", "Trend analysis", "Category breakdown",
         "Resource tracking", "Less than 5 % overhead", "Circular buffers", "Concurrent safe",
         "Adaptive sampling", "TimingStorage", "MetricsCollector", "ProfileReporter",
         "DiagnosticEngine", "`Enabled`", "`Precision`", "`MaxOverhead`", "`SamplingRate`",
         "`MaxDataPoints`", "`EnablePercentiles`", "`EnableTrends`", "`DetailLevel`",
         "`RealtimeMetrics`", "`Start()`", "`Stop()`", "`ProfileOperation()`", "`ProfileCheck()`",
         "`ProfileWorkerJob()`", "`GetMetrics()`", "`GenerateReport()`",
         "`GetOverheadPercentage()`", "`SetIntegration()`", "`NewPerformanceProfiler(config)`",
         "Executive Summary", "Timing Analysis", "Bottleneck Analysis", "Resource Usage",
         "Profiling Overhead", "Recommendations", "Memory below 100 MB", "Baselines")


class Readme(Case):
    def setUp(self):
        super().setUp()
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
            self.text = file.read()

    def rows(self):
        table = self.text.partition("## From the original description")[2].partition("\n## ")[0]
        return [re.split(r" (?<!\\)\| ", line.strip("| \n")) for line in table.splitlines()
                if line.startswith("| ") and not line.startswith("| there")]

    def test_map_is_whole(self):
        rows = self.rows()
        self.assertTrue(all(len(row) == 3 for row in rows), rows)
        left = "\n".join(row[0] for row in rows)
        self.assertEqual([name for name in THERE if name not in left], [])

    def test_tests_are_there(self):
        for row in self.rows():
            names = row[2].split(", ")
            self.assertTrue(names, row)
            for name in names:
                places = [os.path.join(ROOT, "tests", kind) for kind in
                          (f"unit/{name}.c", f"e2e/{name}.py")]
                self.assertTrue(any(map(os.path.exists, places)), f"{row[0]}: no test {name}")

    def test_tour(self):
        """Its commands are such as there are, with these options; its pictures and links are there. (Run
        it is by slow_tour.)"""
        tour = self.text.partition("\n## Two minutes\n")[2].partition("\n## ")[0]
        commands = re.findall(r"^\$ dndprof (\w+)(.*)$", tour, re.M)
        self.assertEqual({name for name, _ in commands}, {"run", "check", "report"})
        for name, words in commands:
            options = execute([DNDPROF, "help", name]).stdout.decode()
            for option in re.findall(r" (--[a-z-]+)", words.partition(" -- ")[0]):
                self.assertIn(option, options)
        self.assertIn("WHERE THE TIME WENT", tour)
        self.assertRegex(tour, r"FAILED +wall>2s: 1\d[.\d]*s\n.*\nexit status 1\n```")
        for link in re.findall(r"\]\(([^)#:]+)\)", self.text):
            self.assertTrue(os.path.exists(os.path.join(ROOT, link)), link)

    def test_settings_are_those_there_are(self):
        with open(os.path.join(ROOT, "include", "dndprof", "config.h"), encoding="utf-8") as file:
            names = re.findall(r"^\tX\((\w+), +[A-Z]+, +\d", file.read(), re.M)
        self.assertGreater(len(names), 8)
        for name in names:
            self.assertIn(f"`DNDPROF_{name}`", self.text)

    def test_commands_are_those_there_are(self):
        said = execute([DNDPROF, "help"]).stdout.decode()
        for name in re.findall(r"^  (\w+) +\w", said, re.M):
            if name != "help":
                self.assertIn(f"`dndprof {name}", self.text)

    def test_performance_is_the_result_kept(self):
        """To the letter what the command prints of the file it names."""
        kept = os.path.join(ROOT, "tests", "bench", "readme.json")
        for name, option, rows in (("README.md", "--markdown", 30),
                                   ("analyzer/docs/performance.md", "--further", 20)):
            with self.subTest(name):
                made = execute([os.path.join(ROOT, "scripts", "bench"), option, kept])
                self.assertEqual(made.status, 0, made.stderr.decode())
                with open(os.path.join(ROOT, name), encoding="utf-8") as file:
                    content = file.read().partition("<!-- bench: begin -->\n")[2].partition(
                        "<!-- bench: end -->\n")[0]
                self.assertGreater(content.count("\n| "), rows)
                self.assertEqual(content, made.stdout.decode())


if __name__ == "__main__":
    unittest.main()
