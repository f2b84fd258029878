"""A static docker is not observed yet: the report says so, with the reason, and never looks like a
fact about a program that did nothing."""

import os
import shutil
import unittest

import harness
from harness import DNDPROF, Case, environment, execute


def dockers():
    """The docker clients of this machine: dynamic (Debian's) and static (upstream's)."""
    found = {}
    for directory in [*os.environ["PATH"].split(":"), "/usr/bin", "/usr/local/bin"]:
        path = os.path.join(directory, "docker")
        if os.access(path, os.X_OK):
            with open(path, "rb") as file:
                kind = "dynamic" if b"ld-linux" in file.read(4096) else "static"
            found.setdefault(kind, path)
    return found


class Docker(Case):
    def client(self, kind):
        path = dockers().get(kind)
        if not path:
            raise unittest.SkipTest(f"no {kind} docker client on this machine")
        return path

    def check(self, path, arguments, status=0):
        env = environment(DOCKER_HOST=harness.engine(), HOME=self.directory)
        native = execute([path, *arguments], env)
        profile = self.profile([path, *arguments], env)
        self.assertEqual(profile.outcome, native)
        self.assertEqual(native.status, status, native.stderr)
        rows = profile.coverage("docker")
        self.assertEqual(len(rows), 1, profile.report["coverage"])
        self.assertEqual(rows[0]["gate"], "unobserved")
        self.assertIn("Go", rows[0]["reason"])
        self.assertEqual(profile.report["summary"]["total_operations"], 0)
        text = execute([DNDPROF, "report", profile.directory])
        self.assertEqual(text.status, 0, text.stderr)
        output = text.stdout.decode()
        self.assertIn("unobserved", output)
        self.assertIn("no data", output)
        self.assertNotIn("Excellent", output)
        self.assertIn("docker " + arguments[0], output)

    def test_static(self):
        self.check(self.client("static"), ["version"])

    def test_failing(self):
        self.check(self.client("static"), ["inspect", "nothing"], status=1)

    def test_below_a_shell(self):
        """The shell and its docker have their lines, whatever was seen."""
        env = environment(DOCKER_HOST=harness.engine(), HOME=self.directory)
        for kind, path in sorted(dockers().items()):
            with self.subTest(kind=kind):
                profile = self.same_outcome(["sh", "-c", f"{path} ps -q; exit 4"], env)
                self.assertEqual(profile.outcome.status, 4)
                rows = profile.coverage("docker")
                self.assertEqual(len(rows), 1, profile.report["coverage"])
                if kind == "dynamic":
                    self.assertEqual(rows[0]["gate"], "libc+go")
                else:
                    self.assertEqual(rows[0]["gate"], "unobserved")
                    self.assertIn("Go", rows[0]["reason"])

    def test_bare_preload(self):
        """A static docker under a bare preload leaves nothing: `report` says what to do."""
        path = self.client("static")
        os.mkdir(self.path("none"))
        env = environment(DOCKER_HOST=harness.engine(), HOME=self.directory,
                          LD_PRELOAD=harness.SHIM, DNDPROF_DIR=self.path("none"))
        self.assertEqual(execute([path, "ps", "-q"], env).status, 0)
        done = execute([DNDPROF, "report", self.path("none")])
        self.assertEqual(done.status, 3)
        self.assertIn(b"dndprof run", done.stderr)

    def test_static_program(self):
        shutil.which("busybox") or self.skipTest("busybox is not installed")
        profile = self.same_outcome(["busybox", "true"])
        row, = profile.coverage("busybox")
        self.assertEqual(row["gate"], "unobserved")
        self.assertIn("static", row["reason"])


if __name__ == "__main__":
    unittest.main()
