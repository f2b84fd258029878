"""What the report says profiling cost, against runs with and without it."""

import json
import os
import statistics
import time
import unittest

from go_programs import linked
from harness import DNDPROF, SHIM, Case, environment, execute, program

ALONE = True
TURNS = 12
TRIES = 4


def cpu_seconds(command, env):
    """CPU time a command took: what others do on this machine falls on it less than on wall time."""
    pid = os.posix_spawn(command[0], command, env)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise AssertionError(f"{command}: {status}")
    return usage.ru_utime + usage.ru_stime


def seconds(command, env):
    start = time.monotonic()
    done = execute(command, env)
    if done.status:
        raise AssertionError(done)
    return time.monotonic() - start


class Overhead(Case):
    def test_calls(self):
        """Within a factor of two of the truth: the least of turns with and without, in turn."""
        command = [program("hammer"), "1", "40000"]
        native, profiled = [], []
        for turn in range(TURNS):
            directory = self.path(f"turn{turn}")
            native.append(cpu_seconds(command, environment()))
            profiled.append(cpu_seconds(command, environment(
                LD_PRELOAD=SHIM, DNDPROF_DIR=directory, DNDPROF_MAX_OVERHEAD="100%")))
        report = json.loads(execute([DNDPROF, "report", "--format", "json", directory]).stdout)
        true, told = min(profiled) - min(native), report["overhead"]["total_ns"] / 1e9
        self.assertTrue(true / 2 <= told <= true * 2, (true, told, report["overhead"]))
        self.assertEqual({row["how"] for row in report["overhead"]["causes"]
                          if row["cause"] == "libc_calls"}, {"calibrated"})

    def test_go_calls(self):
        """The price of a Go call, calibrated in the process itself, within a factor of two of the
        truth: the least of short batches in one program, with and without, in turn. At times the
        kernel's way back takes another 50 ns for a whole run: a few tries."""
        for linkage in ("static", "dynamic"):
            command = ["/bin/sh", "-c", 'exec "$@"', "sh", linked("stress", linkage), "calls", "800"]
            for attempt in range(TRIES):
                least, told = {"native": [], "profiled": []}, []
                for turn in range(TURNS // 2):
                    directory = self.path(f"{linkage}{attempt}.{turn}")
                    least["native"].append(float(execute(command, environment()).stdout))
                    least["profiled"].append(float(execute(command, environment(
                        LD_PRELOAD=SHIM, DNDPROF_DIR=directory,
                        DNDPROF_MAX_OVERHEAD="100%")).stdout))
                    report = json.loads(execute([DNDPROF, "report", "--format", "json",
                                                 directory]).stdout)
                    row, = [row for row in report["overhead"]["causes"]
                            if row["cause"] == "go_calls"]
                    self.assertGreaterEqual(row["count"], 160000)
                    if row["how"] == "calibrated":
                        told.append(row["total_ns"] / row["count"])
                true = min(least["profiled"]) - min(least["native"])
                if told and true / 2 <= statistics.median(told) <= true * 2:
                    break
            else:
                self.fail((linkage, true, told, least))

    def test_start(self):
        """Of a program that does nothing, start-up is all. The quickest of each, for a machine that
        does other things lengthens both."""
        native, profiled = [], []
        run = self.path("run")
        os.mkdir(run, 0o700)
        for _ in range(TURNS):
            for _ in range(60):
                native.append(seconds(["/bin/true"], environment()))
                profiled.append(seconds(["/bin/true"],
                                        environment(LD_PRELOAD=SHIM, DNDPROF_RUN=run)))
            report = json.loads(execute([DNDPROF, "report", "--format", "json", run]).stdout)
            measured = [row["startup_ns"] for row in report["coverage"]]
            loading = (report["overhead"]["startup_ns"] - sum(measured)) / len(measured)
            true, told = min(profiled) - min(native), (min(measured) + loading) / 1e9
            if true / 2 <= told <= true * 2:
                return
        self.fail((true, told))

    def test_limit(self):
        """Far too many cheap calls for the limit: the status says so; a quiet program is within."""
        profile = self.profile(["sleep", "0.2"])
        self.assertTrue(profile.report["overhead"]["within"])
        text = execute([DNDPROF, "report", "--ascii", profile.directory]).stdout.decode()
        self.assertIn("Status:               + Within acceptable limits", text)
        profile = self.profile([program("hammer"), "1", "3000"],
                               options=("--set", "MAX_OVERHEAD=0.001%"))
        overhead = profile.report["overhead"]
        self.assertFalse(overhead["within"])
        self.assertEqual(overhead["limit"], 0.00001)
        text = execute([DNDPROF, "report", profile.directory]).stdout.decode()
        self.assertIn("Status:               ✗ Exceeds acceptable limits", text)
        self.assertIn("overhead over twice its limit -20", text.replace("\n                      ",
                                                                        " "))

    def test_causes(self):
        """They add up, and each gate has its own."""
        for linkage, cause in (("static", "injection"), ("dynamic", "startup")):
            profile = self.profile([linked("stress", linkage), "exchange", "200"])
            overhead = profile.report["overhead"]
            causes = {row["cause"]: row for row in overhead["causes"]}
            self.assertEqual(sum(row["total_ns"] for row in causes.values()), overhead["total_ns"])
            self.assertEqual(overhead["startup_ns"] + overhead["running_ns"], overhead["total_ns"])
            self.assertIn(cause, causes)
            self.assertIn("go_calls", causes)
            self.assertGreater(causes["go_calls"]["count"], 800)
            self.assertGreaterEqual(causes["run_looks"]["count"], 1)

    def test_losses(self):
        profile = self.profile([program("hammer"), "1", "5000"],
                               options=("--set", "MAX_DATA_POINTS=64", "--set", "MAX_OVERHEAD=100%"))
        losses = {row["reason"]: row["count"] for row in profile.report["overhead"]["losses"]}
        self.assertGreater(losses["OVERWRITTEN"], 10000)
        quiet = self.profile(["true"])
        self.assertEqual(quiet.report["overhead"]["losses"], [])


if __name__ == "__main__":
    unittest.main()
