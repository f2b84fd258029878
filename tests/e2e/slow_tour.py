"""The README's tour from a clean clone: built as the README says, then `scripts/tour` runs its very
commands and finds every line of what the README shows."""

import os
import unittest

import harness
from harness import ROOT, Case, environment, execute, require, require_root

harness.LIMIT_SECONDS = 600  # builds everything, two processors at work on other things


class Tour(Case):
    def test_from_a_clean_clone(self):
        require("git", "make", "docker", "docker-init")
        require_root()
        if not os.path.isdir(os.path.join(ROOT, ".git")):
            raise unittest.SkipTest("no git repository to clone")
        clone = self.path("clone")
        done = execute(["git", "clone", "-q", ROOT, clone])
        self.assertEqual(done.status, 0, done)
        env = environment(MAKEFLAGS=None, MAKELEVEL=None, DOCKER_HOST=None)
        done = execute(["sh", "-c", f"cd {clone} && make -s -j2"], env)
        self.assertEqual(done.status, 0, done)
        done = execute([f"{clone}/scripts/tour"], env)
        self.assertEqual(done.status, 0, done.stdout + done.stderr)
        self.assertIn(b"POST /containers/{id}/stop", done.stdout)
        with open(f"{clone}/build/report.html", "rb") as file:
            page = file.read()
        self.assertIn(b"/containers/{id}/stop", page)
        self.assertNotIn(b"Leon Sorokin", page)  # npm's packages are not part of a clone
        self.assertEqual(execute(["git", "-C", clone, "status", "--porcelain"]).stdout, b"")
        # a README that says something else is found out
        with open(f"{clone}/README.md", encoding="utf-8") as file:
            text = file.read()
        self.assertIn("FAILED   wall>2s", text)
        with open(f"{clone}/README.md", "w", encoding="utf-8") as file:
            begin, end = text.index("## Two minutes"), text.index("## Use")
            file.write(text[:begin] + "## Two minutes\n\n```console\n$ dndprof check --fail-on "
                       "'wall>2s' /nowhere\nFAILED   wall>2s: 10.1s\n```\n\n" + text[end:])
        done = execute([f"{clone}/scripts/tour"], environment(PATH=f"{clone}/build:/usr/bin:/bin"))
        self.assertEqual(done.status, 1, done)
        self.assertIn(b"the README has this line", done.stderr)


if __name__ == "__main__":
    unittest.main()
