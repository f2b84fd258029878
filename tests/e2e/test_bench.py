"""The benchmark: its machinery on one short part, the verdicts on its targets, and its gates: how many
instructions recording adds, which is the same on every run, and the comparison of two results. What
the README quotes of it is test_readme's."""

import json
import os
import random
import re
import socket
import sys
import unittest

from harness import BUILD, ROOT, Case, execute, require

sys.path.insert(0, os.path.join(ROOT, "tests", "bench"))
from parts import commands, targets  # pylint: disable=wrong-import-position

SCRIPTS = os.path.join(ROOT, "scripts")
KEPT = os.path.join(ROOT, "tests", "bench", "readme.json")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def named(rows, name):
    return next(row for row in rows if row["name"] == name)


def figure(value):
    return {"min": value, "median": value, "max": value}


def figures_of(value):
    """All {min, median, max} in a result, however deep."""
    if isinstance(value, list):
        return [one for part in value for one in figures_of(part)]
    if not isinstance(value, dict):
        return []
    mine = [value] if {"min", "median", "max"} <= value.keys() else []
    return mine + [one for part in value.values() for one in figures_of(part)]


class Instructions(Case):
    def test_hot_paths(self):
        """No call needs more instructions than are checked in."""
        require("valgrind", "gcc")
        done = execute([os.path.join(SCRIPTS, "bench-instructions"), BUILD])
        self.assertEqual(done.status, 0, done.stdout.decode() + done.stderr.decode())
        added = {row[0].decode(): float(row[1]) for row in
                 re.findall(rb"^(.+?) +([\d.]+) +[\d.]+", done.stdout, re.M)}
        # Levels, and what is left out, differ in cost.
        for less, more in (("send+recv, basic", "send+recv"), ("write file", "write file, full"),
                           ("Go basic", "Go left out"), ("Go left out", "Go write+read"),
                           ("Go write file", "Go basic")):
            self.assertLess(added[less], added[more])


class Machinery(Case):
    def test_a_part(self):
        """One part, really measured: each figure whole, each row there, what is left out said."""
        path = os.path.join(self.directory, "result.json")
        done = execute([os.path.join(SCRIPTS, "bench"), "--quick", "--only", "growth", "-o", path, BUILD])
        self.assertEqual(done.status, 0, done.stderr.decode())
        result = load(path)
        self.assertEqual([row["threads"] for row in result["threads"]], [1, 2, 4, 8, 16, 32, 64])
        self.assertEqual([row["processes"] for row in result["processes"]], [1, 10, 100])
        self.assertEqual(result["processes"][-1]["files"]["files"], 102)  # of each, the shell's, the run's
        for row in result["memory"]:
            self.assertGreater(row["added"]["median"], 0, row)
        self.assertGreater(len(figures_of(result)), 20)
        self.assertTrue(all(row["met"] is None for row in result["targets"]))
        self.assertIn(b"not measured: rings of a million records", done.stdout)

    def test_what_cannot_be_done(self):
        for words, said in ((["--only", "nothing"], b"bench: parts are calls,"),
                            (["--tables", self.write("bad", "{}")], b"is no result of this benchmark"),
                            (["--markdown", self.write("worse", "x")], b"cannot be read"),
                            ([self.directory], b"is not built for it")):
            done = execute([os.path.join(SCRIPTS, "bench"), *words])
            self.assertEqual((done.status, said in done.stderr), (1, True), done.stderr)


class Statistics(Case):
    def test_interval(self):
        """Ranks that hold the median with 95 %, as in any table of them."""
        for count, low, high in ((6, 1, 6), (9, 2, 8), (15, 4, 12), (30, 10, 21), (60, 22, 39)):
            values = list(range(1, count + 1))
            random.Random(count).shuffle(values)
            found = commands.interval(values)
            self.assertEqual((found["low"], found["high"]), (low, high), count)


class Result(Case):
    """The result the README quotes."""

    def test_is_whole(self):
        result = load(KEPT)
        figures = figures_of(result)
        self.assertGreater(len(figures), 300)
        for figure in figures:
            self.assertTrue(figure["min"] <= figure["median"] <= figure["max"], figure)
        for mine, kept in zip(targets.judge(result), result["targets"], strict=True):
            self.assertEqual([mine[key] for key in ("work", "target", "met")],
                             [kept[key] for key in ("work", "target", "met")])
            if kept["measured"] is not None:
                self.assertAlmostEqual(mine["measured"], kept["measured"], delta=0.02)

    def test_names_no_place(self):
        with open(KEPT, encoding="utf-8") as file:
            text = file.read()
        self.assertNotIn(socket.gethostname(), re.findall(r'"([^"]*)"', text))
        self.assertEqual(re.findall(r'"(?:[^"]*[ =:])?(/(?!dev/null)[^"]*)"', text), [])

    def verdicts(self, result):
        return {row["work"]: row["met"] for row in targets.judge(result)}

    def test_verdicts(self):
        """A verdict is of the figure: better is met, worse is not, none has none."""
        for by, met in ((0.01, True), (100, False)):
            result = load(KEPT)
            for row in result["cheap"][1:] + result["go_cheap"] + result["calls"]:
                row["added_ns"] = {key: abs(value) * by for key, value in row["added_ns"].items()}
            for row in result["commands"]:
                row["added_ms"]["median"] = 2 * by
                row["wall_ratio"]["median"] = 1 + by / 10
                row["added_cpu_ms"]["median"] = 1
                row["told_ms"] = figure(max(by, 1))
            for row in result["analyzer"]:
                row["records_a_cpu_second"]["median"] = 1e7 / by
            found = self.verdicts(result)
            grown = [work for work in found if work.endswith(("all read", "by default"))]
            self.assertEqual(len(grown), 2)
            for work, verdict in found.items():
                if work not in grown:
                    self.assertEqual(verdict, met, work)
        self.assertEqual(set(self.verdicts({"cheap": load(KEPT)["cheap"][:1]}).values()), {None})

    def test_noise_is_said(self):
        """A command's verdict says so when the interval holds the target."""
        for low, high, noise in ((0.99, 1.02, True), (0.99, 1.005, False), (1.02, 1.03, False)):
            result = {"commands": [{"command": "docker-compose ps", "tool": "dndprof, preloaded shell",
                                    "native_ms": figure(400), "wall_ratio":
                                    {**figure((low + high) / 2), "low": low, "high": high}}]}
            found = named([{**row, "name": row["work"]} for row in targets.judge(result)],
                          "docker-compose ps, in a preloaded shell")
            self.assertEqual((found["met"], found["within_noise"]), (high < 1.03, noise))

    def test_overhead_is_judged(self):
        """Told and true, whichever is more; what is lost in noise is not agreement."""
        for told, true, low, factor, worst in ((3, 2, 1, 1.5, 3), (1, 4, 2, 4, 8), (1, 1, -1, 1, 100),
                                               (0, 1, 1, 100, 100)):
            found = targets.told("curl")({"commands": [
                {"command": "curl", "tool": "dndprof, preloaded shell", "told_ms": figure(told),
                 "added_cpu_ms": {**figure(true), "low": low, "high": 2 * true}}]})
            self.assertEqual((found[0], found[1][1]), (factor, worst))

    def test_growth_is_judged(self):
        row = {"output": "text", "records_a_cpu_second": figure(1)}
        for cpu, peak, met in ((11, 105, True), (13, 120, False)):
            found = self.verdicts({"analyzer": [
                {**row, "read": read, "records": records, "cpu_seconds": figure(cpu_seconds),
                 "peak_bytes": figure(peak_bytes)}
                for read in ("all", "newest million")
                for records, cpu_seconds, peak_bytes in ((1_000_000, 1, 100),
                                                         (10_000_000, cpu, peak))]})
            self.assertEqual(found["time against records, all read"], met)
            self.assertEqual(found["memory against records, as by default"], met)


class Gate(Case):
    def gate(self, old, new, *words):
        old, new = (one if isinstance(one, str) else self.write(name, json.dumps(one))
                    for name, one in (("old", old), ("new", new)))
        done = execute([os.path.join(SCRIPTS, "bench-gate"), *words, old, new])
        return done.status, (done.stdout.decode().splitlines() or [""])[-1]

    def test_same(self):
        self.assertEqual(self.gate(KEPT, KEPT), (0, "0 worse"))

    def test_noise(self):
        """What figures do from one run to the next: calls wander by some hundredths, what is added by
        a tenth, intervals within themselves."""
        lot = random.Random(5)
        for _ in range(3):
            new = load(KEPT)
            for row in new["cheap"] + new["go_cheap"] + new["threads"] + new["rings"]:
                row.get("added_ns", {"min": 0})["min"] *= lot.uniform(0.9, 1.1)
            for row in new["calls"]:
                row["added_ns"]["min"] += lot.uniform(-0.04, 0.04) * row["native"]["min"] \
                    / max(row["calls"], 1)
            for row in new["commands"]:
                by = lot.uniform(row["wall_ratio"]["low"], row["wall_ratio"]["high"]) \
                    - row["wall_ratio"]["median"]
                for key in ("low", "median", "high"):
                    row["wall_ratio"][key] += by
            for row in new["analyzer"]:
                row["cpu_seconds"]["min"] *= lot.uniform(0.9, 1.1)
                row["peak_bytes"]["max"] *= lot.uniform(0.99, 1.01)
            self.assertEqual(self.gate(KEPT, new), (0, "0 worse"))

    def test_each_regression(self):
        """One figure worse by half and its slack: that row is named, and no other."""
        def more(figure, key, by):
            figure[key] = abs(figure[key]) * 1.5 + by

        for name, worsen in (
                ("cheap: empty send", lambda new: more(new["cheap"][1]["added_ns"], "min", 12)),
                ("Go, cheap: getsockopt",
                 lambda new: more(named(new["go_cheap"], "getsockopt")["added_ns"], "min", 12)),
                ("poll", lambda new: more(named(new["calls"], "poll")["added_ns"], "min", 40)),
                ("first lap: first", lambda new: more(new["first_lap"]["added_ns"]["first"], "min", 31)),
                ("threads: 64", lambda new: more(new["threads"][-1]["added_ns"], "min", 12)),
                ("rings: 100", lambda new: more(new["rings"][0]["added_ns"], "min", 12)),
                ("memory: C, start", lambda new: [
                    more(row["added"], "median", 1 << 17) for row in new["memory"]
                    if (row["program"], row["when"], row["kind"]) == ("C", "start", "private")]),
                ("file: C, nothing", lambda new: more(new["files"][0], "disk_bytes", 1 << 17)),
                ("text of 1000000, all: CPU", lambda new: [
                    more(row["cpu_seconds"], "min", 0.1) for row in new["analyzer"]
                    if (row["records"], row["output"], row["read"]) == (1_000_000, "text", "all")]),
                ("curl: dndprof run, wall", lambda new: [
                    row["wall_ratio"].update(low=row["wall_ratio"]["high"] + 0.01)
                    for row in new["commands"]
                    if (row["command"], row["tool"]) == ("curl", "dndprof run")])):
            new = load(KEPT)
            worsen(new)
            self.assertEqual(self.gate(KEPT, new), (1, f"1 worse: {name}"))
            self.assertEqual(self.gate(new, KEPT)[0], 0, name)  # better is no regression

    def test_rows_of_one_only(self):
        new = load(KEPT)
        del new["analyzer"]
        status, last = self.gate(KEPT, new)
        self.assertEqual((status, last), (0, "0 worse"))

    def test_no_results(self):
        for text in ("", "{}", "[]", '{"format": 1}', '{"format": 2}'):
            done = execute([os.path.join(SCRIPTS, "bench-gate"), KEPT, self.write("bad", text)])
            self.assertEqual(done.status, 1)
            self.assertTrue(done.stderr.startswith(b"bench-gate: "))


if __name__ == "__main__":
    unittest.main()
