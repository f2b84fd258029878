"""A long analysis shows a bar on a terminal, and leaves no trace of it; a short one shows none, and
nothing but a terminal ever gets one."""

import glob
import os
import pty
import re
import shutil
import subprocess
import unittest

from harness import DNDPROF, SHIM, Case, environment, execute, program

BAR = b"reading what was recorded ["


class Progress(Case):
    def record(self, rounds, name):
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path(name), DNDPROF_MAX_DATA_POINTS=200000,
                          DNDPROF_MAX_MEMORY="64MiB", DNDPROF_MAX_OVERHEAD="100%")
        execute([program("hammer"), "4", str(rounds)], env)
        return glob.glob(self.path(f"{name}/run-*"))[0]

    def on_terminal(self, *paths, term="xterm", words=("report",), status=0, **variables):
        """What comes to a terminal that is stderr alone, and to stdout."""
        master, terminal = pty.openpty()
        with open(self.path("out"), "wb") as out:
            process = subprocess.Popen([DNDPROF, *words, *paths], stdout=out, stderr=terminal,
                                       stdin=subprocess.DEVNULL, env=environment(TERM=term, **variables))
        os.close(terminal)
        seen = b""
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            seen += data
        os.close(master)
        self.assertEqual(process.wait(), status)
        with open(self.path("out"), "rb") as file:
            return seen, file.read()

    def test_long(self):
        paths = [self.record(12000, "long")] * 8
        seen, out = self.on_terminal(*paths)
        self.assertIn(BAR, seen)
        self.assertIn(b"%", seen)
        self.assertTrue(seen.endswith(b"\r\x1b[K"), seen[-40:])
        self.assertNotIn(b"\n", seen)
        self.assertNotIn(BAR, out)
        self.assertIn(b"EXECUTIVE SUMMARY", out)
        self.assertEqual(self.on_terminal(*paths, term="dumb")[0], b"")
        done = execute([DNDPROF, "report", *paths])
        self.assertEqual(done.stderr, b"")

    def bars(self, seen, what):
        """How far each bar was, in order; it is gone at the end."""
        self.assertTrue(seen.endswith(b"\r\x1b[K"), seen[-60:])
        return [int(share) for share in
                re.findall(rb"dndprof: " + what + rb" \[#* *\] +(\d+)%", seen)]

    def test_others(self):
        """diff goes from none to all over both sides; a sentence takes the bar's place; ci report;
        run, which has the report on the same terminal."""
        runs = self.record(12000, "long")
        for side in ("base", "new"):
            os.mkdir(self.path(side))
            for number in range(2):
                shutil.copytree(runs, self.path(f"{side}/run-20260101T00000{number}Z-1"))
        seen, out = self.on_terminal(self.path("base"), self.path("new"), words=("diff",))
        shares = self.bars(seen, b"reading the runs")
        self.assertEqual(shares, sorted(shares))
        self.assertGreater(max(shares), 50)
        self.assertIn(b"Base", out)
        damaged = os.listdir(self.path("new/run-20260101T000001Z-1"))
        for name in damaged:
            with open(self.path(f"new/run-20260101T000001Z-1/{name}"), "wb") as file:
                file.write(b"nothing")
        seen = self.on_terminal(self.path("base"), self.path("new"), words=("diff",))[0]
        self.assertRegex(seen, rb"\r\x1b\[Kdndprof: [^\r\n]*run-20260101T000001Z-1[^\r\n]*\r\n")
        seen = self.on_terminal(*[runs] * 3, words=("ci", "report", "-o", self.path("ci")))[0]
        self.assertGreater(max(self.bars(seen, b"reading what was recorded")), 0)

    def test_short(self):
        self.assertEqual(self.on_terminal(self.record(10, "short"))[0], b"")


if __name__ == "__main__":
    unittest.main()
