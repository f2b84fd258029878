"""Where the time went: the critical path of real programs whose slow part is known. (That it adds
up to the wall time, the harness checks of every profile there is.)"""

import os
import shutil
import unittest

import harness
from go_programs import credential_helper, docker, linked
from harness import DNDPROF, PYTHON, Case, environment, execute, require
from stub import Answer, Stub

ALONE = True
VERSION = b'{"Platform":{"Name":""},"Version":"24","ApiVersion":"1.41","MinAPIVersion":"1.12"}'
SLOW = 0.3  # seconds
SLACK_MS = 150  # on a busy machine


class Path(Case):
    def stub(self, **delays):
        routes = {("HEAD", "/_ping"): Answer(headers=("Api-Version: 1.41", "OSType: linux")),
                  ("GET", "/_ping"): Answer(headers=("Api-Version: 1.41", "OSType: linux")),
                  ("GET", "/version"): Answer(VERSION, headers=("Content-Type: application/json",)),
                  ("GET", "/info"): Answer(b"{}")}
        for name, delay in delays.items():
            for (method, path), answer in routes.items():
                if path.endswith(name):
                    answer.delay = delay
        stub = Stub(self.directory, routes)
        self.addCleanup(stub.close)
        return stub

    def assertSpent(self, profile, milliseconds, *cause):
        self.assertGreaterEqual(profile.spent(*cause), milliseconds - 5, self.path_of(profile))
        self.assertLess(profile.spent(*cause), milliseconds + SLACK_MS, self.path_of(profile))

    def path_of(self, profile):
        return profile.report["timing"]["critical_path"]

    def assertFirst(self, profile, cause, what):
        """The first line of the report after the run's name tells it."""
        row = self.path_of(profile)[0]
        self.assertEqual((row["cause"], row["what"]), (cause, what), self.path_of(profile))
        text = execute([DNDPROF, "report", profile.directory]).stdout.decode().splitlines()
        at = text.index("WHERE THE TIME WENT")
        self.assertLess(at, 8)
        self.assertIn(what, " ".join(text[at + 2:at + 4]))


class Programs(Path):
    def test_children_of_a_shell(self):
        require("curl")
        stub = self.stub(info=SLOW)
        profile = self.profile(["sh", "-c", f"sleep 0.2; curl -s --unix-socket {stub.path} "
                                            "http://engine/info"])
        self.assertSpent(profile, 200, "child_process", "sleep")
        self.assertSpent(profile, 300, "engine_wait", "/info", "curl")
        self.assertLess(profile.spent("unexplained", None, "sh"), SLACK_MS)
        self.assertFirst(profile, "engine_wait", "/info")

    def test_children_at_once(self):
        """The last of them to end made the time, from its begin."""
        profile = self.profile(["sh", "-c", "sleep 0.5 & sleep 0.1; wait"])
        self.assertSpent(profile, 500, "child_process", "sleep")

    def test_pipeline(self):
        """What reads from a pipe and sleeps waits for what writes into it."""
        stub = self.stub(info=SLOW)
        profile = self.profile(["sh", "-c", f"(sleep 0.2; curl -s --unix-socket {stub.path} "
                                            "http://engine/info) | cat | tr a b"])
        self.assertSpent(profile, 200, "child_process", "sleep")
        self.assertSpent(profile, 300, "engine_wait", "/info", "curl")
        self.assertLess(profile.spent("child_process", "cat"), SLACK_MS)
        self.assertLess(profile.spent("child_process", "tr"), SLACK_MS)

    def test_pipe_inherited(self):
        """What has a pipe from its maker, and does not read it, waits for nobody."""
        require("perl")
        writer = "perl -e 'select undef, undef, undef, 0.3'"
        for reader in "{ sleep 0.6; cat; }", "while ! read line; do sleep 0.6; break; done":
            with self.subTest(reader=reader):
                profile = self.profile(["sh", "-c", f"({writer}) | {reader}"])
                self.assertSpent(profile, 600, "child_process", "sleep")
                self.assertLess(profile.spent("child_process", "perl"),
                                SLACK_MS if reader.startswith("{") else 300 + SLACK_MS)

    def test_image_replaced(self):
        profile = self.profile(["sh", "-c", "sleep 0.1; exec sleep 0.3"])
        self.assertSpent(profile, 100, "child_process", "sleep")
        self.assertSpent(profile, 300, "unexplained", None, "sleep")

    def test_unobserved_child(self):
        require("busybox")
        profile = self.profile(["sh", "-c", "busybox sleep 0.3; true"])
        row, = profile.coverage("busybox")
        self.assertEqual(row["gate"], "unobserved")
        self.assertSpent(profile, 300, "child_process", "busybox")

    def test_lock_convoy(self):
        profile = self.profile([harness.program("convoy")])
        lock, = profile.report["timing"]["locks"]
        self.assertEqual((lock["lock"], lock["holder_name"]), ("mutex 1", "slow"))
        self.assertGreater(lock["holder_ns"], 45e6)  # what it had without waiting is not known
        self.assertGreater(lock["threads"], 2)
        waited = profile.spent("lock") + profile.spent("unexplained")  # the holder sleeps
        self.assertGreater(waited, 245)
        self.assertIn("Contended locks", execute([DNDPROF, "report", profile.directory]).stdout.decode())

    def test_python(self):
        """Pipes, WNOHANG, a thread, computing; one after the other."""
        script = self.write("slow.py", """
import subprocess, threading, time
subprocess.run(["sleep", "0.2"], capture_output=True)
subprocess.Popen(["sleep", "0.2"]).wait(timeout=10)
end = time.process_time() + 0.4
while time.process_time() < end:
    pass
thread = threading.Thread(target=time.sleep, args=(0.3,))
thread.start()
thread.join()
""")
        profile = self.profile([PYTHON, script])
        self.assertSpent(profile, 400, "child_process", "sleep")
        self.assertGreaterEqual(profile.spent("client_cpu"), 395)
        self.assertSpent(profile, 300, "threads")


class Docker:
    linkage = None

    def setUp(self):
        super().setUp()
        self.docker = docker(self.linkage)

    def environment(self, stub, **changes):
        return environment(DOCKER_HOST=stub.unix_url, HOME=self.directory,
                           DOCKER_CONFIG=self.path("config"), **changes)

    def test_version(self):
        for delay in (0.1, SLOW):
            with self.subTest(delay=delay):
                stub = self.stub(version=delay)
                profile = self.profile([self.docker, "version"], self.environment(stub))
                self.assertSpent(profile, 1000 * delay, "engine_wait", "/version")
        self.assertFirst(profile, "engine_wait", "/version")

    def test_piped(self):
        """What reads docker's output waits for what docker waits for, with a shell between, too."""
        stub = self.stub(version=SLOW)
        for command in "{} version | cat", "(true; {} version) | cat", "{} version | sh -c cat":
            with self.subTest(command=command):
                profile = self.profile(["sh", "-c", command.format(self.docker)],
                                       self.environment(stub))
                self.assertSpent(profile, 1000 * SLOW, "engine_wait", "/version")
                self.assertLess(profile.spent("child_process", "cat"), SLACK_MS)

    def test_ping(self):
        stub = self.stub(_ping=SLOW)
        profile = self.profile([self.docker, "version"], self.environment(stub))
        self.assertFirst(profile, "engine_wait", "/_ping")

    def test_plugin(self):
        """docker only waits for its plugin."""
        stub = self.stub()
        os.makedirs(self.path("config/cli-plugins"))
        shutil.copy(linked("plugin", "dynamic"), self.path("config/cli-plugins/docker-hello"))
        profile = self.profile([self.docker, "hello"], self.environment(stub))
        self.assertSpent(profile, 300, "child_process", "docker-hello")
        self.assertFirst(profile, "child_process", "docker-hello")

    def test_credential_helper(self):
        profile = self.profile([self.docker, "logout", "registry.test"],
                               self.environment(self.stub(), PATH=credential_helper(self)))
        self.assertFirst(profile, "child_process", "docker-credential-sleepy")

    def test_run(self):
        """The container's life is a stream's, its start the engine's."""
        env = environment(DOCKER_HOST=harness.engine(), HOME=self.directory)
        profile = self.profile([self.docker, "run", "--rm", "--pull", "never", "--network", "none",
                                "bb:1", "/bin/busybox", "sleep", "0.5"], env)
        self.assertEqual(profile.outcome.status, 0, profile.outcome.stderr)
        self.assertGreater(profile.spent("engine_wait", "/containers/{id}/start"), 20)
        self.assertGreater(profile.spent("stream"), 400)


class DynamicDocker(Docker, Path):
    linkage = "dynamic"


class StaticDocker(Docker, Path):
    linkage = "static"

if __name__ == "__main__":
    unittest.main()
