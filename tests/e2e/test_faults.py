"""Faults that were planted, by real clients against an engine that only answers: each is the first
finding, with its cause, its size and what it stands on; and a quick run has none."""

import os
import threading
import time
import unittest

import harness
from go_programs import credential_helper, docker
from harness import DNDPROF, PYTHON, Case, environment, execute, require
from resolver import resolving
from stub import Answer, Stub

JSON = ("Content-Type: application/json",)
PING = ("Api-Version: 1.41", "OSType: linux")
VERSION = b'{"Platform":{"Name":""},"Version":"24","ApiVersion":"1.41","MinAPIVersion":"1.12"}'
TRIES = 5
# On loopback a connection costs little: nothing else may be worth a word.
SMALL = ["--threshold", "bound=10s", "--threshold", "quiet=10s"]
SLOW = 1.2  # seconds: more than any of these clients needs to start, on a busy machine, too


class Faults(Case):
    def stub(self, **delays):
        """An engine; `version=0.3` delays the answers to paths that end so."""
        routes = {("HEAD", "/_ping"): Answer(headers=PING), ("GET", "/_ping"): Answer(headers=PING),
                  ("GET", "/version"): Answer(VERSION, headers=JSON),
                  ("GET", "/info"): Answer(b"{}", headers=JSON),
                  ("GET", "/containers/json"): Answer(b"[]", headers=JSON)}
        routes.update({("GET", f"/containers/{i:064x}/json"): Answer(b"{}", headers=JSON)
                       for i in range(100)})
        for name, delay in delays.items():
            for (method, path), answer in routes.items():
                if path.endswith(name):
                    answer.delay = delay
        stub = Stub(self.directory, routes)
        self.addCleanup(stub.close)
        return stub

    def environment(self, stub, **changes):
        return environment(DOCKER_HOST=stub.unix_url, HOME=self.directory,
                           DOCKER_CONFIG=self.path("config"), **changes)

    def planted(self, *arguments, busy=("idle", "startup", "client_bound"), **options):
        """Runs it; again where others took the CPUs so that starting, or computing, is what took
        longest: then that is the first cause, and rightly so."""
        for _ in range(TRIES):
            profile = self.profile(*arguments, **options)
            found = profile.report["bottlenecks"]
            if not found or found[0]["rule"] not in busy:
                break
        return profile

    def check_dns(self, command):
        """A resolver that waits before it answers."""
        report, runs = self.path("report.json"), self.path("runs")
        done = resolving(self, [DNDPROF, "run", "-o", runs, "--format", "json", "--report", report,
                                "--", *command])
        with open(report) as file:
            profile = harness.Profile(done, harness.json.load(file), runs)
        first = self.assertFirst(profile, "dns", 200, "slow.test")
        self.assertIn("resolv.conf", first["recommendation"])

    def assertFirst(self, profile, rule, least_ms, *words, options=()):
        """The first finding is this one, saves so much, and says these words; the recommendations
        and the first screen of the text say the same."""
        findings = profile.report["bottlenecks"]
        self.assertTrue(findings, profile.report["timing"]["critical_path"])
        first = findings[0]
        self.assertEqual(first["rule"], rule, findings)
        self.assertGreaterEqual(first["impact_ns"], least_ms * 1e6, findings)
        self.assertLessEqual(sum(max(row["impact_ns"] or 0, 0) for row in findings),
                             profile.report["summary"]["wall_ns"])
        self.assertEqual([row["impact_ns"] for row in findings],
                         sorted((row["impact_ns"] for row in findings),
                                key=lambda ns: -1 if ns is None else ns, reverse=True))
        for word in words:
            self.assertIn(word, first["description"])
        self.assertGreater(first["operations"], 0)
        self.assertTrue(first["recommendation"])
        advice = profile.report["recommendations"]
        self.assertEqual([row["recommendation"] for row in advice],
                         [row["recommendation"] for row in findings])
        screen = execute([DNDPROF, "report", *options, profile.directory]).stdout.decode().split("\n")[:24]
        said = " ".join(screen)
        for sentence in (first["description"], first["recommendation"]):
            self.assertIn(sentence, said)
        return first


class Clients(Faults):
    def test_dns(self):
        require("curl")
        self.check_dns(["curl", "-s", "-m", "3", "http://slow.test/"])

    def test_refused_and_retried(self):
        require("curl")
        stub = self.stub()
        port = stub.port
        stub.close()
        with Late(self.directory, port, 1.2):
            profile = self.profile(["curl", "-s", "--retry", "5", "--retry-connrefused",
                                    "--retry-delay", "1", f"http://127.0.0.1:{port}/info"])
        self.assertEqual(profile.outcome.status, 0, profile.outcome)
        self.assertFirst(profile, "connect", 900, f"127.0.0.1:{port}", "Connection refused",
                         "retried with success")

    def test_lock_convoy(self):
        profile = self.planted([harness.program("convoy")])
        self.assertFirst(profile, "lock_contention", 50, "mutex 1", "slow", "held it most")
        profile = self.profile([harness.program("convoy")], options=["--set", "DETAIL=detailed"])
        self.assertFirst(profile, "lock_contention", 50, "hold (convoy.c:")

    def test_duplicate_requests(self):
        stub = self.stub(info=0.3)  # more than Python needs to start, on a busy machine, too
        script = self.write("same.py", """
import docker
client = docker.from_env()
for _ in range(8):
    client.info()
""")
        profile = self.planted([PYTHON, script], self.environment(stub))
        first = self.assertFirst(profile, "repeated_requests", 2000, "GET /info 8 times")
        self.assertEqual(first["operations"], 8)

    def test_serial_requests(self):
        require("curl")
        stub = self.stub(json=0.05)
        urls = [f"http://engine/v1.41/containers/{i:064x}/json" for i in range(16)]
        profile = self.planted(["curl", "-s", "--unix-socket", stub.path, *urls])
        self.assertFirst(profile, "serial_requests", 500, "GET /containers/{id}/json", "16")

    def test_connection_per_request(self):
        require("curl")
        stub = self.stub()
        for answer in stub.routes.values():
            answer.headers = (*answer.headers, "Connection: close")
        urls = [f"http://127.0.0.1:{stub.port}/v1.41/containers/{i:064x}/json" for i in range(30)]
        profile = self.profile(["curl", "-s", "-H", "Connection: close", *urls], options=SMALL)
        self.assertFirst(profile, "connection_churn", 0, "30 connections", "30 requests",
                         options=SMALL)

    def test_node_connections(self):
        """An agent that keeps no connection."""
        require("node")
        stub = self.stub()
        script = self.write("many.js", """
const http = require('http');
const get = (path) => new Promise((done) =>
	http.get({socketPath: process.argv[2], path, agent: false},
		 (answer) => answer.resume().on('end', done)));
(async () => {
	for (let i = 0; i < 24; i++)
		await get(`/v1.41/containers/${i.toString(16).padStart(64, '0')}/json`);
})();
""")
        profile = self.profile(["node", script, stub.path], self.environment(stub), options=SMALL)
        self.assertFirst(profile, "connection_churn", 0, "24 connections", "for 24 requests",
                         options=SMALL)

    def test_compose_refused(self):
        require("docker-compose")
        self.write("docker-compose.yml", "version: '3'\nservices:\n  web:\n    image: bb:1\n")
        profile = self.profile(["docker-compose", "ps"], environment(
            DOCKER_HOST="unix://" + self.path("absent.sock"), HOME=self.directory),
            cwd=self.directory)
        self.assertEqual(profile.outcome.status, 1, profile.outcome)
        rules = {row["rule"]: row for row in profile.report["bottlenecks"]}
        self.assertIn("No such file", (rules.get("connect") or rules["failures"])["description"])

    def test_python_429(self):
        """The Python SDK does not ask again: its own caller does."""
        stub = self.stub()
        stub.routes = Sequence([Answer(VERSION, headers=JSON)] +
                               [Answer(b'{"message":"too many"}', "429 Too Many Requests",
                                       headers=JSON)] * 3 + [Answer(b"{}", headers=JSON)])
        script = self.write("again.py", """
import os
import time
import docker
client = docker.APIClient(base_url=os.environ["DOCKER_HOST"], version="1.41")
client.version()
for _ in range(10):
    try:
        client.info()
        break
    except docker.errors.APIError as error:
        assert error.response.status_code == 429
        time.sleep(1)
""")
        profile = self.profile([PYTHON, script], self.environment(stub))
        self.assertEqual(profile.outcome.status, 0, profile.outcome)
        self.assertFirst(profile, "failures", 2900, "429", "3 of 5 requests", "3 were made again")

    def test_computing(self):
        stub = self.stub()
        script = self.write("burn.py", """
import time
import docker
client = docker.from_env()
client.ping()
end = time.process_time() + 2.5
while time.process_time() < end:
    pass
client.ping()
""")
        profile = self.planted([PYTHON, script], self.environment(stub),
                               busy=("idle", "startup"))
        self.assertFirst(profile, "client_bound", 2400, "computes")

    def test_limited(self):
        """429 with curl's own waiting before it asks again."""
        require("curl")
        stub = self.stub()
        answers = [Answer(b"{}", "429 Too Many Requests", headers=("Retry-After: 1",)), Answer(b"{}")]
        stub.routes = Sequence(answers)
        profile = self.profile(["curl", "-s", "--retry", "3", "--unix-socket", stub.path,
                                "http://engine/v1.41/info"])
        self.assertEqual(profile.outcome.stdout[-2:], b"{}")
        self.assertFirst(profile, "failures", 900, "429", "1 of 2 requests")

    def test_node_500(self):
        require("node")
        if not os.path.isdir(os.path.join(harness.NODE_MODULES, "dockerode")):
            self.skipTest("dockerode is not installed")
        stub = self.stub()
        stub.routes["GET", "/info"] = Answer(b'{"message":"broken"}', "500 Internal Server Error",
                                             delay=SLOW, headers=JSON)
        script = self.write("fails.js", """
const docker = new (require('dockerode'))();
docker.info().catch((error) => { console.log(error.statusCode); process.exitCode = 4; });
""")
        profile = self.planted(["node", script], self.environment(stub))
        self.assertEqual((profile.outcome.status, profile.outcome.stdout), (4, b"500\n"))
        self.assertFirst(profile, "failures", 1000 * SLOW - 50, "5xx", "GET /info (500)")

    def test_compose_slow(self):
        require("docker-compose")
        stub = self.stub(json=SLOW)
        self.write("docker-compose.yml", "version: '3'\nservices:\n  web:\n    image: bb:1\n")
        profile = self.planted(["docker-compose", "ps"], self.environment(stub),
                               cwd=self.directory)
        self.assertEqual(profile.outcome.status, 0, profile.outcome)
        self.assertFirst(profile, "daemon_bound", 1000 * SLOW, "GET /containers/json")

    def test_threshold(self):
        require("curl")
        stub = self.stub(info=0.3)
        profile = self.planted(["curl", "-s", "--unix-socket", stub.path, "http://e/v1.41/info"])
        self.assertFirst(profile, "daemon_bound", 295, "GET /info")
        for options, rules in ((["--threshold", "bound=10s"], []),
                               (["--threshold", "wait-share=100%"], []),
                               (["--threshold", "wait-share=10%"], ["daemon_bound"])):
            done = execute([DNDPROF, "report", "--format", "json", *options, profile.directory])
            found = harness.json.loads(done.stdout)["bottlenecks"]
            self.assertEqual([row["rule"] for row in found], rules, (options, found))
        done = execute([DNDPROF, "report", "--threshold", "bound=1parsec", profile.directory])
        self.assertEqual(done.status, 2)
        done = execute([DNDPROF, "report", "--threshold", "nothing=1", profile.directory])
        self.assertEqual(done.status, 2)
        self.assertIn(b"help thresholds", done.stderr)
        self.assertIn(b"wait-share", execute([DNDPROF, "help", "thresholds"]).stdout)

    def test_healthy(self):
        """What takes a moment only has nothing to be found; a busy machine may need more tries."""
        require("curl")
        stub = self.stub()
        for _ in range(20):
            profile = self.profile(["curl", "-s", "--unix-socket", stub.path, "http://e/v1.41/info"])
            if profile.report["summary"]["wall_ns"] < 100e6:
                break
        else:
            self.skipTest("no run was quick on this machine")
        self.assertEqual(profile.report["bottlenecks"], [])
        self.assertEqual(profile.report["recommendations"], [])
        text = execute([DNDPROF, "report", profile.directory]).stdout.decode()
        self.assertIn("\nNo significant bottlenecks detected.\n", text)
        self.assertIn("\nPerformance is optimal. No recommendations at this time.\n", text)


class Sequence(dict):
    """Routes whose answers come one after the other, the last for ever."""

    def __init__(self, answers):
        super().__init__()
        self.answers = answers

    def get(self, key, default=None):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class LateStub(Stub):
    """On a port that was free before."""

    def __init__(self, directory, port):
        self.wanted_port = port
        super().__init__(directory, {("HEAD", "/_ping"): Answer(headers=PING),
                                     ("GET", "/version"): Answer(VERSION, headers=JSON),
                                     ("GET", "/info"): Answer(b"{}", headers=JSON)})


class Late:
    """An engine that comes after so many seconds."""

    def __init__(self, directory, port, seconds):
        self.stub = None
        self.thread = threading.Thread(target=self.come, args=(directory, port, seconds))

    def come(self, directory, port, seconds):
        time.sleep(seconds)
        self.stub = LateStub(directory, port)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *error):
        self.thread.join()
        self.stub.close()


class Docker:
    linkage = None

    def setUp(self):
        super().setUp()
        self.docker = docker(self.linkage)

    def test_slow_endpoint(self):
        stub = self.stub(version=SLOW)
        profile = self.planted([self.docker, "version"], self.environment(stub))
        first = self.assertFirst(profile, "daemon_bound", 1000 * SLOW - 10, "GET /version")
        self.assertEqual(first["slowest"], "GET /version")
        self.assertIn(f"--unix-socket {stub.path} http://engine", first["command"])

    def test_dns(self):
        self.check_dns([self.docker, "-H", "tcp://slow.test:2375", "ps"])

    def test_refused_and_retried(self):
        """A script that waits for an engine which is slow to come."""
        stub = self.stub()
        port = stub.port
        stub.close()
        script = ("i=0; until \"$0\" version >/dev/null 2>&1; do i=$((i+1)); "
                  "[ $i -lt 100 ] || exit 9; sleep 0.3; done")
        with Late(self.directory, port, 1.5):
            profile = self.profile(["sh", "-c", script, self.docker],
                                   environment(DOCKER_HOST=f"tcp://127.0.0.1:{port}",
                                               HOME=self.directory))
        self.assertEqual(profile.outcome.status, 0, profile.outcome)
        self.assertFirst(profile, "connect", 600, f"127.0.0.1:{port}", "Connection refused",
                         "retried with success")

    def test_slow_ping(self):
        stub = self.stub(_ping=SLOW)
        profile = self.planted([self.docker, "version"], self.environment(stub))
        self.assertFirst(profile, "daemon_bound", 1000 * SLOW - 10, "HEAD /_ping")

    def test_credential_helper(self):
        profile = self.planted([self.docker, "logout", "registry.test"],
                               self.environment(self.stub(), PATH=credential_helper(self)))
        first = self.assertFirst(profile, "child_processes", 250, "docker-credential-sleepy",
                                 "credential helper")
        self.assertIn("credsStore", first["recommendation"])

    def test_500(self):
        stub = self.stub()
        stub.routes["GET", "/containers/json"] = Answer(b'{"message":"broken"}', delay=SLOW,
                                                        status="500 Internal Server Error",
                                                        headers=JSON)
        profile = self.planted([self.docker, "ps"], self.environment(stub))
        self.assertEqual(profile.outcome.status, 1)
        self.assertFirst(profile, "failures", 1000 * SLOW - 50, "5xx", "GET /containers/json (500)")

    def test_no_engine(self):
        profile = self.planted([self.docker, "ps"], environment(
            DOCKER_HOST="unix://" + self.path("absent.sock"), HOME=self.directory))
        self.assertEqual(profile.outcome.status, 1)
        first = self.assertFirst(profile, "connect", 0, "No such file", "absent.sock", "given up")
        self.assertIn("docker context", first["command"])


class DynamicDocker(Docker, Faults):
    linkage = "dynamic"


class StaticDocker(Docker, Faults):
    linkage = "static"


class Imbalance(Faults):
    def test_uneven_pool(self):
        """One of four workers has four fifths of the work."""
        profile = self.profile([harness.program("uneven")])
        self.assertFirst(profile, "worker_imbalance", 300, "share their work unevenly")


class Container(Faults):
    """docker run of something that lasts: the first thing said is that it is the container."""

    def test_container_lasts(self):
        for linkage in ("dynamic", "static"):
            with self.subTest(linkage):
                profile = self.profile(
                    [docker(linkage), "run", "--rm", "--pull", "never", "--network", "none",
                     "bb:1", "sleep", "4"],
                    environment(DOCKER_HOST=harness.engine(), HOME=self.directory))
                self.assertFirst(profile, "container_bound", 2000, "What runs in the container")


if __name__ == "__main__":
    unittest.main()
