"""`dndprof validate`: what is recorded of durations agrees with programs that know them, at every
gate; and it can fail."""

import json
import unittest

from go_programs import linked
from harness import DNDPROF, Case, environment, execute, require

ALONE = True
TRIES = 4


class Validate(Case):
    def validate(self, *options, status=0):
        """Where it shall pass: within a few tries, as it is not alone on the machine."""
        for _ in range(TRIES):
            done = execute([DNDPROF, "validate", "--quick", "--format", "json", *options],
                           environment(TMPDIR=self.directory))
            if done.status == status:
                break
        self.assertEqual(done.status, status, done)
        self.assertEqual(done.stderr, b"")
        return json.loads(done.stdout)

    def test_gates(self):
        static, dynamic = linked("validate", "static"), linked("validate", "dynamic")
        found = self.validate("--go", static, "--go", dynamic)
        self.assertTrue(found["passed"])
        trials = [trial for trial in found["trials"] if trial["decides"]]
        self.assertEqual([trial["gate_found"] for trial in trials],
                         ["libc", "libc", "go", "libc+go", "libc"])
        for trial in trials:
            self.assertIsNone(trial["failure"], trial)
            self.assertTrue(trial["passed"], trial)
            self.assertLess(trial["p99_ns"], 1e6)
            self.assertGreater(trial["count"], 50)
        for trial in trials[:4]:
            delays = [row["delay_ns"] for row in trial["delays"]]
            self.assertEqual([delay for delay in delays if delay],
                             [10 ** power for power in range(2, 10)])
            self.assertLess(abs(trial["drift_ppm"]), 10)
        # What was calibrated, and what is left of nothing once it is taken off. Of calls only that
        # the same was done through the gate and past it: the kernel's part wanders.
        for trial, classes in zip(trials, (
                ["region"], ["read", "write", "send", "recv", "poll"], ["read", "write"],
                ["read", "write"])):
            first, *rows = trial["empty"]
            self.assertEqual((first["class"], first["residual_ns"]), ("calibrated", None))
            self.assertEqual([row["class"] for row in rows], classes)
            for row in trial["empty"]:
                self.assertGreaterEqual(row["count"], 64)
                self.assertLessEqual(row["min_ns"], row["p50_ns"])
                self.assertLessEqual(row["p50_ns"], row["p99_ns"])
            for row in rows:
                self.assertGreater(row["p50_ns"], first["min_ns"])
                self.assertLess(abs(row["residual_ns"]), row["p50_ns"] / 2 + 5)
        region = trials[0]["empty"][1]
        self.assertLessEqual(abs(region["residual_ns"]), 5)
        # A region is as long as its references and the clock reads beside them, never shorter; a
        # call is within what its program saw around it.
        shortest = {trial["what"]: next(row for row in trial["delays"] if row["delay_ns"])
                    for trial in trials[:2]}
        nothing = trials[0]["delays"][0]
        self.assertEqual(nothing["delay_ns"], 0)
        self.assertLessEqual(abs(nothing["bias_ns"]), 5)  # what recording costs is taken off
        self.assertGreater(shortest["marked regions that spin"]["bias_ns"], -10)
        self.assertLess(shortest["received from a spinning peer"]["bias_ns"], 10)

    def test_clients(self):
        """docker itself, where it is there: what it waited is what the engine took, and waking."""
        require("docker")
        trials = [trial for trial in self.validate()["trials"]
                  if trial["what"] == "docker version" and not trial["skipped"]]
        self.assertTrue(trials)
        for trial in trials:
            self.assertIsNone(trial["failure"], trial)
            self.assertEqual(trial["count"], 3)
            self.assertGreater(trial["delays"][0]["bias_ns"], 0)

    def test_can_fail(self):
        found = self.validate("--precision", "1ns", status=1)
        self.assertFalse(found["passed"])
        self.assertEqual(found["precision_ns"], 1)

    def test_program_that_knows_nothing(self):
        require("docker")
        found = self.validate("--go", "/usr/bin/true", status=1)
        failed = [trial for trial in found["trials"] if trial["failure"]]
        self.assertEqual([trial["failure"] for trial in failed],
                         ["the program did not say what it did"])

    def test_text(self):
        for _ in range(TRIES):
            done = execute([DNDPROF, "validate", "--quick", "--ascii"],
                           environment(TMPDIR=self.directory))
            if done.status == 0:
                break
        self.assertEqual(done.status, 0)
        done.stdout.decode("ascii")
        self.assertIn(b"\nPASS: P99 of the error is within the precision of 1ms\n", done.stdout)

    def test_usage(self):
        for words in (["--precision", "soon"], ["--format", "csv"], ["this"]):
            done = execute([DNDPROF, "validate", *words])
            self.assertEqual((done.status, done.stdout), (2, b""))
            self.assertTrue(done.stderr.startswith(b"dndprof: "))


if __name__ == "__main__":
    unittest.main()
