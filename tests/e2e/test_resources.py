"""What a run used: against what the programs know of themselves."""

import json
import os
import unittest

from go_programs import linked
from harness import DNDPROF, PYTHON, SHIM, Case, environment, execute

BURN = """
import os, time
end = time.process_time() + {seconds}
while time.process_time() < end: pass
print(sum(os.times()[:2]))
"""
HOLD = """
import threading, time
block = bytearray(60_000_000)
for i in range(5): threading.Thread(target=time.sleep, args=(0.4,)).start()
"""
GROW = """
import time

ALONE = True


blocks = []
for i in range(40):
    blocks.append(bytearray(2_000_000))
    time.sleep(0.05)
"""


def said(outcome):
    return sum(float(line) for line in outcome.stdout.split())


class Resources(Case):
    def used(self, command, **settings):
        profile = self.profile(command, **settings)
        return profile, profile.report["resources"]

    def test_cpu(self):
        profile, used = self.used([PYTHON, "-c", BURN.format(seconds=0.4)])
        total = (used["user_ns"] + used["system_ns"]) / 1e9
        self.assertAlmostEqual(total, said(profile.outcome), delta=0.06)
        wall = profile.report["summary"]["wall_ns"] / 1e9
        self.assertAlmostEqual(used["cpu_share"], total / wall, delta=0.001)

    def test_exec_and_children_count_once(self):
        burn = BURN.format(seconds=0.2)
        profile, used = self.used(["sh", "-c", 'python=$1; "$python" -c "$2"; exec "$python" -c "$2"',
                                   "sh", PYTHON, burn])
        total = (used["user_ns"] + used["system_ns"]) / 1e9
        self.assertAlmostEqual(total, said(profile.outcome), delta=0.1)

    def test_without_run(self):
        """From samples alone."""
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("bare"))
        done = execute([PYTHON, "-c", BURN.format(seconds=0.3)], env)
        report = json.loads(execute([DNDPROF, "report", "--format", "json",
                                     self.path("bare")]).stdout)
        used = report["resources"]
        self.assertAlmostEqual((used["user_ns"] + used["system_ns"]) / 1e9, said(done), delta=0.06)
        self.assertGreater(used["rss_peak_bytes"], 4e6)
        self.assertGreater(used["minor_faults"], 100)

    def test_memory_and_threads(self):
        _, used = self.used([PYTHON, "-c", HOLD])
        self.assertTrue(60e6 < used["rss_peak_bytes"] < 90e6, used)
        self.assertTrue(30e6 < used["rss_average_bytes"] < used["rss_peak_bytes"], used)
        self.assertEqual(used["threads_peak"], 6)

    def test_go(self):
        for linkage in ("static", "dynamic"):
            with self.subTest(linkage):
                _, used = self.used([linked("stress", linkage), "exchange", "1000"])
                self.assertTrue(2e6 < used["rss_peak_bytes"] < 60e6, used)
                self.assertGreaterEqual(used["threads_peak"], 3)
                self.assertGreaterEqual(used["goroutines_seen"], 1)
                self.assertGreater(used["user_ns"] + used["system_ns"], 0)

    def test_short_command(self):
        """Too short for a look: what the kernel tells in the end is there."""
        _, used = self.used(["true"])
        self.assertIsNotNone(used["user_ns"])
        self.assertGreater(used["minor_faults"], 0)

    def test_growing_memory_is_found(self):
        profile, used = self.used([PYTHON, "-c", GROW])
        self.assertEqual(used["trends"]["rss"]["trend"], "rising")
        self.assertAlmostEqual(used["trends"]["rss"]["slope_a_second"], 40e6, delta=8e6)
        self.assertLess(used["trends"]["rss"]["p"], 0.01)
        self.assertEqual(used["trends"]["threads"]["trend"], "stable")
        text = execute([DNDPROF, "report", "--trends", profile.directory]).stdout.decode()
        self.assertIn("rising", text)
        self.assertIn("Mann-Kendall", text)
        plain = execute([DNDPROF, "report", profile.directory]).stdout.decode()
        self.assertIn("rising", plain)
        self.assertNotIn("Mann-Kendall", plain)

    def test_file(self):
        """Beside run.json, readable for its owner only, bounded, as its columns say."""
        profile, _ = self.used(["sleep", "0.2"])
        run, = os.scandir(profile.directory)
        path = os.path.join(run.path, "resources.json")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        with open(path) as file:
            found = json.load(file)
        self.assertGreaterEqual(found["looks"], 5)
        self.assertLess(found["cost_ns"], 0.02 * 0.2e9)
        row = dict(zip(found["columns"], found["rows"][0]))
        self.assertEqual(row["threads"], 1)
        self.assertGreater(row["rss_bytes"], 100000)

    def test_sampling_rate(self):
        profile, _ = self.used(["sleep", "0.3"], options=("--set", "SAMPLING_RATE=10ms"))
        run, = os.scandir(profile.directory)
        with open(os.path.join(run.path, "resources.json")) as file:
            found = json.load(file)
        self.assertTrue(20 <= found["looks"] <= 34, found["looks"])


if __name__ == "__main__":
    unittest.main()
