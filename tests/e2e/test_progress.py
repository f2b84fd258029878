"""A long analysis shows a bar on a terminal, and leaves no trace of it; a short one shows none, and
nothing but a terminal ever gets one."""

import glob
import os
import pty
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

    def on_terminal(self, *paths, term="xterm"):
        """What comes to a terminal that is stderr alone, and to stdout."""
        master, terminal = pty.openpty()
        with open(self.path("out"), "wb") as out:
            process = subprocess.Popen([DNDPROF, "report", *paths], stdout=out, stderr=terminal,
                                       stdin=subprocess.DEVNULL, env=environment(TERM=term))
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
        self.assertEqual(process.wait(), 0)
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

    def test_short(self):
        self.assertEqual(self.on_terminal(self.record(10, "short"))[0], b"")


if __name__ == "__main__":
    unittest.main()
