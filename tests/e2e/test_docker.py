"""docker itself, both linkages, against a private engine: its output and status are its own, every
request is seen, and the children, too."""

import os
import shutil
import unittest

import harness
import profile_file
from go_programs import docker
from harness import DNDPROF, SHIM, Case, environment, execute

PING = {("HEAD", "/_ping"): 1}
RUN = {**PING, ("POST", "/containers/create"): 1, ("POST", "/containers/{id}/attach"): 1,
       ("POST", "/containers/{id}/wait"): 1, ("POST", "/containers/{id}/start"): 1}


class Docker:
    """Tests of one linkage; the classes below choose it."""

    linkage = gate = None

    def setUp(self):
        super().setUp()
        self.docker = docker(self.linkage)
        self.env = environment(DOCKER_HOST=harness.engine(), HOME=self.directory)

    def check(self, arguments, transactions, status=0, normalize=None, stdin=b""):
        profile = self.same_outcome([self.docker, *arguments], self.env, stdin, normalize)
        self.assertEqual(profile.outcome.status, status, profile.outcome.stderr)
        row, = profile.coverage("docker")
        self.assertEqual((row["gate"], row["reason"]), (self.gate, None))
        self.assertEqual(row["exit_status"], status)
        self.assertEqual(profile.transactions(), transactions)
        return profile

    def streams(self, profile):
        return {row["endpoint"] for row in profile.report["endpoints"] if row["stream"]}

    def test_version(self):
        profile = self.check(["version"], {**PING, ("GET", "/version"): 1})
        for file in profile.files():
            parsed = profile_file.File(file)
            self.assertEqual(parsed.gates, 3 if self.gate == "libc+go" else 2)
            self.assertIn("go_version", parsed.info())
            self.assertNotIn("go_refused", parsed.info())

    def test_ps(self):
        self.check(["ps"], {**PING, ("GET", "/containers/json"): 1})

    def test_failing(self):
        self.check(["logs", "nothing"], {**PING, ("GET", "/containers/{id}/json"): 1}, status=1)

    def test_query_is_not_kept(self):
        profile = self.check(["ps", "--filter", "name=very-secret"],
                             {**PING, ("GET", "/containers/json"): 1})
        for path, data in harness.bytes_written(profile.directory):
            self.assertNotIn(b"very-secret", data, path)

    def test_run(self):
        profile = self.check(["run", "--rm", "--pull", "never", "--network", "none", "bb:1",
                              "/bin/busybox", "sh", "-c", "echo hi; exit 3"], RUN, status=3)
        self.assertEqual(profile.outcome.stdout, b"hi\n")
        self.assertEqual(self.streams(profile),
                         {"/containers/{id}/attach", "/containers/{id}/wait"})

    def test_run_with_input(self):
        profile = self.check(["run", "--rm", "-i", "--pull", "never", "--network", "none", "bb:1",
                              "/bin/busybox", "cat"], RUN, stdin=b"GET /secret HTTP/1.1\r\n\r\n")
        self.assertEqual(profile.outcome.stdout, b"GET /secret HTTP/1.1\r\n\r\n")
        for path, data in harness.bytes_written(profile.directory):
            self.assertNotIn(b"/secret", data, path)

    def test_container_is_untouched(self):
        """What runs in the container has nothing of us: no variable, no mapping."""
        command = [self.docker, "run", "--rm", "--pull", "never", "--network", "none", "bb:1",
                   "/bin/busybox", "sh", "-c", "/bin/busybox env; /bin/busybox cat /proc/1/maps"]
        profile = self.profile(command, self.env)
        self.assertEqual(profile.outcome.status, 0)
        self.assertNotIn(b"dndprof", profile.outcome.stdout.lower())
        self.assertNotIn(b"LD_PRELOAD", profile.outcome.stdout)

    def test_no_engine(self):
        self.env["DOCKER_HOST"] = "unix:///nonexistent/docker.sock"
        profile = self.same_outcome([self.docker, "ps"], self.env)
        self.assertEqual(profile.outcome.status, 1)
        self.assertTrue([record for record in self.dump(profile.directory)
                         if record["call"] == "connect" and record["error"]])

    def test_basic_keeps_counts_only(self):
        env = dict(self.env, DNDPROF_DETAIL="basic")
        profile = self.same_outcome([self.docker, "ps"], env)
        parsed = profile_file.File(profile.files()[0])
        self.assertGreater(parsed.counts()["write"].count, 1)
        self.assertEqual([r.call for ring in parsed.rings if ring.kind == 3
                          for r in ring.read(parsed.data)[0].values()], [])

    def test_build(self):
        self.write("Dockerfile", "FROM bb:1\nCOPY Dockerfile /\n")
        env = dict(self.env, DOCKER_BUILDKIT="0")
        native = execute([self.docker, "build", "-q", self.directory], env)
        profile = self.profile([self.docker, "build", "-q", self.directory], env)
        self.assertEqual(profile.outcome.status, native.status, profile.outcome.stderr)
        self.assertEqual(native.status, 0, native.stderr)
        self.assertEqual(profile.transactions().get(("POST", "/build")), 1)

    def test_below_a_shell(self):
        """The variable on a shell: its docker is seen as under `dndprof run`."""
        runs = self.path("below")
        env = dict(self.env, LD_PRELOAD=SHIM, DNDPROF_DIR=runs)
        native = execute(["sh", "-c", f"{self.docker} ps -q; exit 4"], self.env)
        self.assertEqual(execute(["sh", "-c", f"{self.docker} ps -q; exit 4"], env), native)
        done = execute([DNDPROF, "report", "--format", "json", runs])
        profile = harness.Profile(native, harness.json.loads(done.stdout), runs)
        row, = profile.coverage("docker")
        self.assertEqual((row["gate"], row["reason"]), (self.gate, None))
        self.assertEqual(profile.transactions(), {**PING, ("GET", "/containers/json"): 1})


class Dynamic(Docker, Case):
    linkage, gate = "dynamic", "libc+go"


class Static(Docker, Case):
    linkage, gate = "static", "go"

    def test_bare_preload(self):
        """The variable on a static docker itself has no effect: `report` says what to do."""
        os.mkdir(self.path("none"))
        env = dict(self.env, LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("none"))
        self.assertEqual(execute([self.docker, "ps", "-q"], env).status, 0)
        done = execute([DNDPROF, "report", self.path("none")])
        self.assertEqual(done.status, 3)
        self.assertIn(b"dndprof run", done.stderr)


class Unobserved(Case):
    def test_static_program(self):
        shutil.which("busybox") or self.skipTest("busybox is not installed")
        profile = self.same_outcome(["busybox", "true"])
        row, = profile.coverage("busybox")
        self.assertEqual(row["gate"], "unobserved")
        self.assertIn("static", row["reason"])


if __name__ == "__main__":
    unittest.main()
