"""Clients of the engine written in Go, built in every way: docker's own SDK in a program of ours, and
the docker clients there are. What they say is what they say natively, what they asked is seen
exactly, and their calls are those strace saw."""

import glob
import os
import unittest

import harness
from go_programs import GATES, LINKAGES, docker, linked
from harness import SHIM, Case, asked, environment, execute
from held import counts, cut, same, under_strace
from stub import Tap

SHORT = {("HEAD", "/_ping"): 1, ("GET", "/version"): 1, ("GET", "/containers/json"): 1,
         ("POST", "/containers/create"): 1, ("POST", "/containers/{id}/start"): 1,
         ("POST", "/containers/{id}/exec"): 1, ("GET", "/exec/{id}/json"): 1,
         ("GET", "/containers/{id}/json"): 8 * 5 + 1, ("DELETE", "/containers/{id}"): 1}
STREAMS = {("POST", "/containers/{id}/attach"): 1, ("POST", "/containers/{id}/wait"): 1,
           ("POST", "/exec/{id}/start"): 1, ("GET", "/containers/{id}/logs"): 1,
           ("GET", "/events"): 1}
SAID = (b"ping linux true\nversion linux true\nlist 0\ncreated 64\n"
        b'exec "from inside\\n" "" true\nrunning [5 5 5 5 5 5 5 5]\n'
        b'attach "GET /said/in/a/stream HTTP/1.1\\n"\nended 0\n'
        b'logs "GET /said/in/a/stream HTTP/1.1\\n"\nevents start die destroy\n'
        b"gone true Error: No such container: sdk\n")


class Sdk(Case):
    def setUp(self):
        super().setUp()
        self.engine = harness.engine()
        self.addCleanup(execute, ["docker", "-H", self.engine, "rm", "-f", "sdk"])

    def test_conversation(self):
        tap = Tap(self.directory, self.engine)
        self.addCleanup(tap.close)
        for url in (tap.unix_url, tap.tcp_url):
            for linkage in LINKAGES:
                with self.subTest(url=url[:4], linkage=linkage):
                    env = environment(DOCKER_HOST=url)
                    program = linked("sdk", linkage)
                    native = execute([program, "sdk"], env)
                    self.assertEqual((native.status, native.stdout), (0, SAID), native.stderr)
                    truth = asked(tap.taken())
                    self.assertEqual(truth, {**SHORT, **STREAMS})
                    profile = self.profile([program, "sdk"], env)
                    self.assertEqual(profile.outcome, native)
                    self.assertEqual(asked(tap.taken()), truth)
                    self.check(profile, linkage)

    def check(self, profile, linkage):
        row, = profile.report["coverage"]
        self.assertEqual((row["gate"], row["reason"]), (GATES[linkage], None))
        self.assertEqual(profile.transactions(), {**SHORT, **STREAMS})
        rows = profile.report["endpoints"]
        self.assertEqual({(row["method"], row["endpoint"]) for row in rows if row["stream"]},
                         set(STREAMS))
        self.assertEqual({(row["method"], row["endpoint"]): row["errors"] for row in rows
                          if row["errors"]}, {("GET", "/containers/{id}/json"): 1})
        for path, data in harness.bytes_written(profile.directory):
            self.assertNotIn(b"/said/in", data, path)

    def test_below_a_shell(self):
        """The variable on a shell, nothing on the program."""
        for linkage in LINKAGES:
            with self.subTest(linkage=linkage):
                runs = self.path("runs-" + linkage)
                done = execute(["sh", "-c", '"$0" sdk; exit 5', linked("sdk", linkage)],
                               environment(DOCKER_HOST=self.engine, LD_PRELOAD=SHIM,
                                           DNDPROF_DIR=runs))
                self.assertEqual((done.status, done.stdout), (5, SAID), done.stderr)
                report = harness.json.loads(
                    execute([harness.DNDPROF, "report", "--format", "json", runs]).stdout)
                profile = harness.Profile(done, report, runs)
                row, = profile.coverage("sdk")
                self.assertEqual(row["gate"], GATES[linkage])
                self.assertEqual(profile.transactions(), {**SHORT, **STREAMS})


class Strace(Case):
    def agree(self, command, stdout=None):
        outcome, truth, counted, trace = under_strace(self, command,
                                                      environment(HOME=self.directory))
        self.assertEqual(outcome.status, 0, outcome)
        if stdout is not None:
            self.assertEqual(outcome.stdout, stdout)
        self.assertGreater(truth["read"], 1)
        self.assertTrue(same(counted, truth, trace), (counted, truth, cut(trace)))
        return truth

    def test_sdk(self):
        for linkage in LINKAGES:
            with self.subTest(linkage=linkage):
                truth = self.agree([linked("sdk", linkage), "sdk"], SAID)
                self.assertGreater(truth["write"], 50)
                self.assertGreater(truth["connect"], 5)

    def test_docker(self):
        client = ["create", "--pull", "never", "--network", "none", "--name", "told", "bb:1",
                  "echo", "hi"]
        engine = harness.engine()
        for linkage in ("dynamic", "static"):
            path = docker(linkage)
            execute([path, "-H", engine, "rm", "-f", "told"])
            commands = [["version"], client, ["start", "-a", "told"], ["logs", "-f", "told"],
                        ["ps", "-a"], ["inspect", "told"], ["events", "--until", "1"],
                        ["rm", "told"],
                        ["run", "--rm", "--pull", "never", "--network", "none", "bb:1", "echo", "hi"]]
            for command in commands:
                with self.subTest(linkage=linkage, command=command[0]):
                    self.agree([path, *command])

    def test_whole_run(self):
        """Where the loader brings us in, strace may watch from the first call."""
        for linkage in ("pie", "dynamic"):
            with self.subTest(linkage=linkage):
                runs = self.path("whole-" + linkage)
                env = environment(DOCKER_HOST=harness.engine(), LD_PRELOAD=SHIM, DNDPROF_DIR=runs)
                outcome, truth = harness.strace([linked("sdk", linkage), "sdk"], env,
                                                self.path("trace-" + linkage))
                self.assertEqual((outcome.status, outcome.stdout), (0, SAID), outcome.stderr)
                self.assertGreater(truth["connect"], 5)
                path, = glob.glob(os.path.join(runs, "*", "*.dndprof"))
                counted = +counts(path)
                trace = self.path("trace-" + linkage)
                self.assertTrue(same(counted, truth, trace), (counted, truth, cut(trace)))


if __name__ == "__main__":
    unittest.main()
