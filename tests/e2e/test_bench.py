"""The gates of the benchmark: how many instructions recording adds, which is the same on every run,
and the comparison of two results."""

import json
import os
import unittest

from harness import BUILD, ROOT, Case, execute, require

SCRIPTS = os.path.join(ROOT, "scripts")


class Instructions(Case):
    def test_hot_paths(self):
        """No call needs more instructions than are checked in."""
        require("valgrind", "gcc")
        done = execute([os.path.join(SCRIPTS, "bench-instructions"), BUILD])
        self.assertEqual(done.status, 0, done.stdout.decode() + done.stderr.decode())
        self.assertIn(b"send+recv", done.stdout)


class Gate(Case):
    def result(self, name, added, ratio):
        low, high = ratio
        return self.write(name, json.dumps({
            "added": [{"name": "limit", "native": 0, "limit": 20, "dndprof": 0},
                      {"name": "empty send", "native": 200, "limit": 203, "dndprof": 200 + added}],
            "rows": [{"name": "poll", "calls": 1, "added_least_ns_a_call": added},
                     {"name": "null", "calls": 0, "added_least_ns_a_call": 0}],
            "commands": [{"command": "ps", "tool": "dndprof run",
                          "wall_ratio": {"low": low, "median": (low + high) / 2, "high": high}}]}))

    def gate(self, old, new):
        done = execute([os.path.join(SCRIPTS, "bench-gate"), old, new])
        return done.status, done.stdout.decode().splitlines()[-1]

    def test_same(self):
        old = self.result("old", 20, (1.0, 1.1))
        self.assertEqual(self.gate(old, old), (0, "0 worse"))

    def test_within_noise(self):
        old, new = self.result("old", 20, (1.0, 1.1)), self.result("new", 24, (1.05, 1.2))
        self.assertEqual(self.gate(old, new), (0, "0 worse"))

    def test_worse(self):
        old, new = self.result("old", 20, (1.0, 1.1)), self.result("new", 40, (1.2, 1.3))
        self.assertEqual(self.gate(old, new),
                         (1, "3 worse: cheap: empty send, poll, ps: dndprof run, wall"))
        self.assertEqual(self.gate(new, old), (0, "0 worse"))

    def test_no_results(self):
        old = self.result("old", 20, (1.0, 1.1))
        for text in ("", "{}"):
            done = execute([os.path.join(SCRIPTS, "bench-gate"), old, self.write("bad", text)])
            self.assertEqual(done.status, 1)
            self.assertTrue(done.stderr.startswith(b"bench-gate: "))


if __name__ == "__main__":
    unittest.main()
