"""What docker starts: CLI plugins and credential helpers, whose time stands under their names."""

import json
import os
import re
import shutil
import unittest

import harness
from go_programs import GATES, docker, linked
from harness import DNDPROF, Case, environment, execute

SLEEP_NS = 300_000_000


class Helpers:
    """A docker of one linkage, with helpers of both."""

    linkage = None

    def setUp(self):
        super().setUp()
        self.docker = docker(self.linkage)
        self.env = environment(DOCKER_HOST=harness.engine(), HOME=self.directory,
                               DOCKER_CONFIG=self.path("config"),
                               PATH=self.directory + ":" + os.environ["PATH"])
        os.makedirs(self.path("config/cli-plugins"))

    def check(self, profile, name, gate):
        rows = profile.coverage(name)
        self.assertTrue(rows, profile.report["coverage"])
        self.assertEqual({row["gate"] for row in rows}, {gate})
        child, = [row for row in profile.report["timing"]["children"] if row["program"] == name]
        self.assertGreaterEqual(child["total_ns"], SLEEP_NS)
        self.assertLess(child["total_ns"], 10 * SLEEP_NS)
        text = execute([DNDPROF, "report", profile.directory]).stdout.decode()
        self.assertRegex(text, r"(?m)^" + name + r"\s+\d+ ")

    def test_plugin(self):
        for linkage in ("static", "dynamic"):
            with self.subTest(linkage=linkage):
                plugin = self.path("config/cli-plugins/docker-hello")
                shutil.copy(linked("plugin", linkage), plugin)
                profile = self.same_outcome([self.docker, "hello", "you"], self.env)
                self.assertEqual(profile.outcome.status, 0, profile.outcome.stderr)
                self.assertIn(b"hello from hello you", profile.outcome.stdout)
                self.check(profile, "docker-hello", GATES[linkage])

    def test_credential_helper(self):
        self.write("config/config.json", '{"credsStore": "sleepy"}')
        for linkage in ("static", "dynamic"):
            with self.subTest(linkage=linkage):
                shutil.copy(linked("plugin", linkage), self.path("docker-credential-sleepy"))
                profile = self.same_outcome([self.docker, "logout", "registry.test"], self.env)
                self.check(profile, "docker-credential-sleepy", GATES[linkage])


class OtherProc(Case):
    """Static Go where /proc is missing, or that of another namespace's processes, whose numbers mean
    others: it runs as natively, none of those is touched, and the report says why."""

    def check(self, flags, setup):
        harness.require_root()
        harness.require("unshare")
        command = ["unshare", *flags, "sh", "-c", setup + '"$0" "$@"; exit $?']
        target = ["/bin/sh", "-c", f"{linked('show', 'static')} a b; exit 7"]
        if execute([*command, "true"]).status:
            self.skipTest(f"unshare {' '.join(flags)} is refused here")
        native = execute([*command, *target])
        self.assertEqual(native.status, 7)
        report = self.path("report.json")
        done = execute([*command, DNDPROF, "run", "-o", self.path("runs"), "--format", "json",
                        "--report", report, "--", *target])
        line = re.compile(rb"(?m)^(pid|ppid|exe) .*$")
        self.assertEqual([line.sub(b"", text) for text in done[1:]],
                         [line.sub(b"", text) for text in native[1:]])
        self.assertEqual(done.status, 7)
        with open(report, encoding="utf-8") as file:
            rows = {row["program"]: row for row in json.load(file)["coverage"]}
        self.assertEqual(rows["sh"]["gate"], "libc")
        self.assertEqual(rows["show"]["gate"], "unobserved")
        self.assertIn("/proc", rows["show"]["reason"])

    def test_another_namespaces(self):
        self.check(["-p", "-f", "-m"], "")

    def test_none(self):
        self.check(["-m"], "mount -t tmpfs none /proc; ")


class Dynamic(Helpers, Case):
    linkage = "dynamic"


class Static(Helpers, Case):
    linkage = "static"


if __name__ == "__main__":
    unittest.main()
