"""The ring's protocol, looked through by spin in every order of events (tests/model/ring.pml), and
the model itself: with each mistake that is planted in it spin finds what is wrong."""

import os
import re
import subprocess
import unittest

from harness import LIMIT_SECONDS, ROOT, Case, require

MODEL = os.path.join(ROOT, "tests", "model", "ring.pml")


class Ring(Case):
    def search(self, *defines):
        """Errors found and states seen, with the model so changed."""
        require("spin", "gcc")
        directory = self.path("_".join(defines).replace("=", ""))
        os.mkdir(directory)
        options = [f"-D{define}" for define in defines]
        for command in (["spin", *options, "-a", MODEL],
                        ["gcc", "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c"],
                        ["./pan", "-E", "-m100000"]):
            done = subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=LIMIT_SECONDS, check=False)
            self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("max search depth too small", done.stdout)
        errors = re.search(r"errors: (\d+)", done.stdout)
        states = re.search(r"(\d+) states, stored", done.stdout)
        self.assertTrue(errors and states, done.stdout)
        if int(errors[1]):
            self.assertIn("assertion violated", done.stdout)
        else:
            self.assertNotIn("Search not completed", done.stdout)
        return int(errors[1]), int(states[1])

    def test_killed_at_any_instant(self):
        for defines, least in (((), 4000), (("CAPACITY=4", "RECORDS=5"), 20000),
                               (("CAPACITY=4", "RECORDS=4", "DEPTH=3"), 50000)):
            errors, states = self.search("KILLED", *defines)
            self.assertEqual(errors, 0, defines)
            self.assertGreater(states, least, defines)

    def test_read_while_written(self):
        errors, states = self.search("LIVE", "RECORDS=3")
        self.assertEqual(errors, 0)
        self.assertGreater(states, 100000)

    def test_mistakes_are_found(self):
        for defines in (("LIVE", "NO_ZERO"), ("LIVE", "NO_LOOK"), ("LIVE", "EARLY"),
                        ("KILLED", "EARLY")):
            self.assertEqual(self.search(*defines)[0], 1, defines)

    def test_known_limit(self):
        """A handler that writes a whole ring within a record of what it interrupted."""
        self.assertEqual(self.search("KILLED", "WRAPPING")[0], 1)


if __name__ == "__main__":
    unittest.main()
