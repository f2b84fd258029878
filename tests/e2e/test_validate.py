"""`dndprof validate`: what is recorded of durations agrees with programs that know them, at every
gate; and it can fail."""

import json
import unittest

from go_programs import linked
from harness import DNDPROF, Case, environment, execute, require

ALONE = True
TRIES = 7
RESIDUAL = 5  # ns that may be left of nothing


def deciding(found):
    return [trial for trial in found["trials"] if trial["decides"] and not trial["skipped"]]


def compensated(runs):
    """In a quarter of a trial's runs for each class: what disturbs the others is not what recording
    leaves."""
    rows = [trial["empty"][1:] for trial in runs if trial.get("empty")]
    return bool(rows or not runs[0].get("empty")) and all(
        4 * sum(abs(row["residual_ns"]) <= RESIDUAL for row in of_class) >= len(rows)
        for of_class in zip(*rows))


class Validate(Case):
    def run_once(self, *options):
        """What it found, which its exit status has to agree with."""
        done = execute([DNDPROF, "validate", "--quick", "--format", "json", *options],
                       environment(TMPDIR=self.directory))
        self.assertEqual(done.stderr, b"")
        found = json.loads(done.stdout)
        self.assertEqual(found["passed"], all(trial.get("passed") for trial in deciding(found)))
        self.assertEqual(done.status, 0 if found["passed"] else 1)
        return found

    def held(self, *options):
        """Each trial as it was when it passed, alone of its run or with the others: they are not
        alone on the machine, and what disturbs one trial of a run says nothing of the rest."""
        runs, passed = {}, {}
        for _ in range(TRIES):
            for trial in deciding(self.run_once(*options)):
                what = trial["gate"], trial["what"]
                runs.setdefault(what, []).append(trial)
                if not trial["failure"] and trial["passed"]:
                    passed[what] = trial
            if len(passed) == len(runs) and all(map(compensated, runs.values())):
                return [passed[what] for what in runs]
        self.fail([(what, [(trial["failure"], trial.get("p99_ns"),
                            [row["residual_ns"] for row in trial.get("empty", [])[1:]])
                           for trial in all_runs]) for what, all_runs in runs.items()
                   if what not in passed or not compensated(all_runs)])

    def test_gates(self):
        static, dynamic = linked("validate", "static"), linked("validate", "dynamic")
        trials = self.held("--go", static, "--go", dynamic)
        self.assertEqual([trial["gate_found"] for trial in trials],
                         ["libc", "libc", "go", "libc+go", "libc"])
        for trial in trials:
            self.assertLess(trial["p99_ns"], 1e6)
            self.assertGreater(trial["count"], 50)
        for trial in trials[:4]:
            delays = [row["delay_ns"] for row in trial["delays"]]
            self.assertEqual([delay for delay in delays if delay],
                             [10 ** power for power in range(2, 10)])
            self.assertLess(abs(trial["drift_ppm"]), 10)
        # What was calibrated, and what is left of nothing once it is taken off.
        calls = ["read", "write", "sendto", "readv", "writev"]
        for trial, classes in zip(trials, (
                ["region"], ["read", "write", "send", "recv", "poll"], calls, calls)):
            first, *rows = trial["empty"]
            self.assertEqual((first["class"], first["residual_ns"]), ("calibrated", None))
            self.assertEqual([row["class"] for row in rows], classes)
            for row in trial["empty"]:
                self.assertGreaterEqual(row["count"], 64)
                self.assertLessEqual(row["min_ns"], row["p50_ns"])
                self.assertLessEqual(row["p50_ns"], row["p99_ns"])
            for row in rows:
                self.assertGreater(row["p50_ns"], first["min_ns"])
                self.assertEqual(row["past_gate_ns"] is None, classes == ["region"])
            # Calls have something else taken off than regions, as the kernel hides the clock.
            self.assertNotEqual(trial["taken_off_calls_ns"], trial["taken_off_ns"])
            self.assertAlmostEqual(trial["taken_off_ns"], first["p50_ns"])
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
        trials = [trial for trial in self.run_once()["trials"]
                  if trial["what"] == "docker version" and not trial["skipped"]]
        self.assertTrue(trials)
        for trial in trials:
            self.assertIsNone(trial["failure"], trial)
            self.assertEqual(trial["count"], 3)
            self.assertGreater(trial["delays"][0]["bias_ns"], 0)

    def test_can_fail(self):
        found = self.run_once("--precision", "1ns")
        self.assertFalse(found["passed"])
        self.assertEqual(found["precision_ns"], 1)

    def test_program_that_knows_nothing(self):
        require("docker")
        found = self.run_once("--go", "/usr/bin/true")
        self.assertFalse(found["passed"])
        failed = [trial for trial in found["trials"] if trial["failure"]]
        self.assertEqual([trial["failure"] for trial in failed],
                         ["the program did not say what it did"])

    def test_text(self):
        done = execute([DNDPROF, "validate", "--quick", "--ascii"],
                       environment(TMPDIR=self.directory))
        self.assertIn(done.status, (0, 1))
        done.stdout.decode("ascii")
        self.assertIn([b"\nPASS: P99 of the error is within the precision of 1ms\n",
                       b"\nFAIL: P99 of the error is not everywhere within the precision of 1ms\n"]
                      [done.status], done.stdout)
        self.assertIn(b"\n  taken off: ", done.stdout)

    def test_usage(self):
        for words in (["--precision", "soon"], ["--format", "csv"], ["this"]):
            done = execute([DNDPROF, "validate", *words])
            self.assertEqual((done.status, done.stdout), (2, b""))
            self.assertTrue(done.stderr.startswith(b"dndprof: "))


if __name__ == "__main__":
    unittest.main()
