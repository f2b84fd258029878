"""Every libc target: the same output and exit status with and without, exact transactions in the
report, calls that agree with strace."""

import collections
import glob
import os
import re
import subprocess
import unittest

import harness
from harness import PYTHON, Case, asked, environment, execute, program, require
from profile_file import File
from stub import Answer, Stub, Tap

CLIENTS = os.path.join(harness.ROOT, "tests", "e2e", "clients")
COMPOSE = """version: "2.4"
services:
  web: {image: "bb:1", command: sleep 60, network_mode: none}
"""


def client(name):
    return os.path.join(CLIENTS, name)


def without_times(text):
    """Dates, numbers and ids differ from one answer of the engine to the next."""
    return re.sub(rb"\d+", b"N", text)


class Targets(Case):
    """Real clients of the real engine, with a relay between that knows what was asked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.engine = harness.engine()
        execute(["docker", "-H", cls.engine, "rm", "-f", "web"])
        made = execute(["docker", "-H", cls.engine, "create", "--pull", "never", "--name", "web",
                        "--network", "none", "--label", "com.docker.compose.project=demo",
                        "--label", "com.docker.compose.service=web",
                        "--label", "com.docker.compose.container-number=1",
                        "--label", "com.docker.compose.oneoff=False", "bb:1", "sleep", "60"])
        if made.status:
            raise AssertionError(f"no container to ask for: {made.stderr}")

    def setUp(self):
        super().setUp()
        self.tap = Tap(self.directory, self.engine)
        self.addCleanup(self.tap.close)

    def check(self, command, env, stdin=b"", status=0, name=None, normalize=None):
        native = execute(command, env, stdin)
        truth = asked(self.tap.taken())
        self.assertEqual(native.status, status, native.stderr)
        profile = self.profile(command, env, stdin)
        self.assertEqual(asked(self.tap.taken()), truth, "another conversation than natively")
        change = normalize or (lambda text: text)
        self.assertEqual(profile.outcome.status, native.status, profile.outcome.stderr)
        self.assertEqual(change(profile.outcome.stdout), change(native.stdout))
        self.assertEqual(change(profile.outcome.stderr), change(native.stderr))
        self.assertTrue(truth, "the client asked nothing")
        self.assertEqual(profile.transactions(), truth)
        name = name or os.path.basename(command[0])
        rows = [row for row in profile.report["coverage"] if row["gate"] == "libc"]
        self.assertTrue(rows, profile.report["coverage"])
        self.assertTrue(any(name in row["program"] for row in rows), rows)
        return profile

    def test_docker_compose(self):
        require("docker-compose")
        self.write("docker-compose.yml", COMPOSE)
        self.check(["docker-compose", "-f", self.path("docker-compose.yml"), "-p", "demo", "ps"],
                   environment(DOCKER_HOST=self.tap.unix_url))

    def test_docker_compose_error(self):
        require("docker-compose")
        self.write("docker-compose.yml", COMPOSE)
        self.check(["docker-compose", "-f", self.path("docker-compose.yml"), "-p", "demo", "exec",
                    "-T", "web", "true"], environment(DOCKER_HOST=self.tap.unix_url), status=1)

    def test_python_sdk(self):
        self.check([PYTHON, client("client.py")], environment(DOCKER_HOST=self.tap.unix_url),
                   name="python3")

    def test_python_sdk_tcp(self):
        self.check([PYTHON, client("client.py")], environment(DOCKER_HOST=self.tap.tcp_url),
                   name="python3")

    def test_curl(self):
        require("curl")
        base = "http://engine/v1.41"
        self.check(["curl", "-s", "--unix-socket", self.tap.path, f"{base}/_ping",
                    f"{base}/containers/json?all=1", f"{base}/containers/web/json",
                    f"{base}/containers/nothing/json"], environment())

    def test_curl_head(self):
        require("curl")
        self.check(["curl", "-sI", "--unix-socket", self.tap.path, "http://engine/_ping"],
                   environment(), normalize=without_times)

    def test_wget(self):
        require("wget")
        self.check(["wget", "-q", "-O", "-", f"http://127.0.0.1:{self.tap.port}/v1.41/_ping",
                    f"http://127.0.0.1:{self.tap.port}/v1.41/containers/json?all=1"], environment())

    def test_wget_error(self):
        require("wget")
        self.check(["wget", "-q", "-O", "-", f"http://127.0.0.1:{self.tap.port}/v1.41/nothing"],
                   environment(), status=8)

    def test_socat(self):
        require("socat")
        self.check(["socat", "-t", "10", "-", f"UNIX-CONNECT:{self.tap.path}"], environment(),
                   b"GET /v1.41/_ping HTTP/1.0\r\nHost: engine\r\n\r\n", normalize=without_times)

    def test_netcat(self):
        require("nc")
        self.check(["nc", "-N", "-U", self.tap.path], environment(),
                   b"GET /v1.41/_ping HTTP/1.0\r\nHost: engine\r\n\r\n", normalize=without_times)

    def test_dockerode(self):
        require("node")
        self.check(["node", client("client.js")], environment(DOCKER_HOST=self.tap.unix_url))

    def test_ruby(self):
        require("ruby")
        self.check(["ruby", client("client.rb")], environment(DOCKER_URL=self.tap.tcp_url))

    def test_perl(self):
        require("perl")
        self.check(["perl", client("client.pl"), self.tap.path], environment())

    def test_java(self):
        require("java", "javac")
        subprocess.run(["javac", "-J-XX:-UsePerfData", "-d", self.directory, client("Client.java")],
                       check=True)
        self.check(["java", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-cp", self.directory,
                    "Client", self.tap.path], environment())

    def test_children_of_a_shell(self):
        require("curl")
        command = f"curl -s --unix-socket {self.tap.path} http://engine/_ping; exit 7"
        profile = self.check(["sh", "-c", command], environment(), status=7, name="curl")
        shell = profile.coverage("sh") or profile.coverage("dash")
        curl = profile.coverage("curl")
        self.assertTrue(shell and curl, profile.report["coverage"])
        self.assertEqual(curl[0]["ppid"], shell[0]["pid"])
        self.assertEqual(curl[0]["operations"], 2)  # the connect and the transaction


class Answers(Case):
    """Against a stub whose delays are known."""

    def stub(self, routes):
        stub = Stub(self.directory, routes)
        self.addCleanup(stub.close)
        return stub

    def row(self, profile, method, endpoint):
        rows = [row for row in profile.report["endpoints"]
                if (row["method"], row["endpoint"]) == (method, endpoint)]
        self.assertEqual(len(rows), 1, profile.report["endpoints"])
        return rows[0]

    def curl(self, stub, *targets, options=()):
        require("curl")
        return self.same_outcome(["curl", "-s", *options, "--unix-socket", stub.path,
                                  *(f"http://engine{target}" for target in targets)])

    @staticmethod
    def late(profile, seconds):
        """How late a busy machine may have let any of it be: what the run took beyond the delays."""
        return max(60e6, profile.report["run"]["wall_ns"] - seconds * 1e9)

    def near(self, measured_ns, seconds, late, early=0):
        self.assertGreaterEqual(measured_ns, seconds * 1e9 - early)
        self.assertLess(measured_ns, seconds * 1e9 + late)

    def test_wait(self):
        stub = self.stub({("GET", "/info"): Answer(b"{}", delay=0.15)})
        profile = self.curl(stub, "/v1.41/info")
        row, late = self.row(profile, "GET", "/info"), self.late(profile, 0.15)
        self.near(row["wait_ns"], 0.15, late)
        self.near(row["p50_ns"], 0.15, late)
        self.assertLess(row["receive_ns"], late)

    def test_receive(self):
        pieces = [(0, b"a" * 100), (0.1, b"b" * 100), (0.1, b"c" * 100)]
        for chunked in (False, True):
            with self.subTest(chunked=chunked):
                stub = self.stub({("GET", "/info"): Answer(pieces=pieces, chunked=chunked)})
                profile = self.curl(stub, "/info")
                row, late = self.row(profile, "GET", "/info"), self.late(profile, 0.2)
                # It begins when the client wakes with the first piece, which may be late.
                self.near(row["receive_ns"], 0.2, late, early=late)
                self.assertLess(row["wait_ns"], late)

    def test_status(self):
        stub = self.stub({("GET", "/info"): Answer(),
                          ("GET", "/version"): Answer(b"no", "500 Internal Server Error")})
        profile = self.curl(stub, "/info", "/version", "/nothing", "/info")
        self.assertEqual(self.row(profile, "GET", "/info")["count"], 2)
        self.assertEqual(self.row(profile, "GET", "/info")["errors"], 0)
        self.assertEqual(self.row(profile, "GET", "/version")["errors"], 1)
        self.assertEqual(self.row(profile, "GET", "/nothing")["errors"], 1)

    def test_large_answer_and_request(self):
        stub = self.stub({("GET", "/images/get"): Answer(b"x" * 3_000_000, chunked=True),
                          ("POST", "/build"): Answer(b"built")})
        body = self.write("body", "GET /not/a/request HTTP/1.1\r\n\r\n" * 20000)
        profile = self.curl(stub, "/images/get")
        self.assertEqual(profile.transactions(), {("GET", "/images/get"): 1})
        profile = self.curl(stub, "/build", options=["--data-binary", f"@{body}"])
        self.assertEqual(profile.transactions(), {("POST", "/build"): 1})

    def test_hijacked_stream(self):
        """What goes over a hijacked connection is no request, however its answer was read."""
        for size in (65536, 1):
            with self.subTest(size=size):
                self.hijacked_stream(size)

    def hijacked_stream(self, size):
        def echo(connection):
            data = connection.recv(65536)
            connection.sendall(b"echo " + data)

        target = "/containers/0123456789ab/attach"
        stub = self.stub({("POST", target): Answer(status="101 UPGRADED", hijack=echo)})
        client_code = (
            "import socket, sys\n"
            "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
            "s.sendall(b'POST /v1.41' + sys.argv[2].encode() + b'?stream=1 HTTP/1.1\\r\\n'\n"
            "          b'Host: x\\r\\nUpgrade: tcp\\r\\nConnection: Upgrade\\r\\n\\r\\n')\n"
            "head = b''\n"
            "while not head.endswith(b'\\r\\n\\r\\n'): head += s.recv(%d)\n"
            "s.sendall(b'GET /inside/the/stream HTTP/1.1\\r\\n\\r\\n')\n"
            "print(s.recv(65536))\n") % size
        profile = self.same_outcome([PYTHON, "-c", client_code, stub.path, target])
        self.assertEqual(profile.transactions(), {("POST", "/containers/{id}/attach"): 1})
        self.assertTrue(self.row(profile, "POST", "/containers/{id}/attach")["stream"])

    def test_nobody_answers(self):
        require("curl")
        profile = self.same_outcome(["curl", "-sS", "--unix-socket", self.path("none.sock"),
                                     "http://engine/_ping"])
        self.assertEqual(profile.outcome.status, 7)
        self.assertEqual(profile.transactions(), {})
        self.assertEqual(profile.report["summary"]["total_operations"], 1)  # the connect

    def test_no_operations_is_no_data(self):
        profile = self.same_outcome(["/bin/true"])
        self.assertEqual(profile.report["summary"]["total_operations"], 0)
        self.assertEqual(profile.report["endpoints"], [])


class Strace(Case):
    """Calls on sockets within one run: those recorded are those the kernel saw."""

    def setUp(self):
        super().setUp()
        self.stub = Stub(self.directory, {
            ("GET", "/info"): Answer(b"x" * 200000),
            ("POST", "/containers/create"): Answer(b'{"Id": "0"}', "201 Created")})
        self.addCleanup(self.stub.close)

    def agree(self, command, stdin=b""):
        env = environment(LD_PRELOAD=harness.SHIM, DNDPROF_DIR=self.path("profiles"),
                          DNDPROF_MAX_OVERHEAD="100%", DNDPROF_MAX_DATA_POINTS="100000")
        os.mkdir(self.path("profiles"), 0o700)
        outcome, truth = harness.strace(command, env, self.path("trace"))
        self.assertEqual(outcome.status, 0, outcome.stderr)
        self.assertTrue(truth)
        path, = glob.glob(self.path("profiles/*/*.dndprof"))
        exact = {name: stats.count for name, stats in File(path).counts().items()}
        self.assertEqual(dict(harness.as_syscalls(exact)), dict(truth))
        records = collections.Counter(record["call"] for record in self.dump(path))
        self.assertEqual(dict(harness.as_syscalls(records)), dict(truth))

    def test_c_program(self):
        self.agree([program("talk"), self.stub.path])

    def test_curl(self):
        require("curl")
        self.agree(["curl", "-s", "--unix-socket", self.stub.path, "http://engine/info",
                    "http://engine/info"])

    def test_netcat(self):
        require("nc")
        self.agree(["nc", "-N", "-U", self.stub.path],
                   b"GET /info HTTP/1.0\r\nConnection: close\r\n\r\n")

    def test_perl(self):
        require("perl")
        self.agree(["perl", client("client.pl"), self.stub.path])

    def test_python_sdk_calls(self):
        self.agree([PYTHON, "-c", "import socket, sys\n"
                    "for _ in range(20):\n"
                    "    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
                    "    s.sendall(b'GET /info HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n')\n"
                    "    while s.recv(8192): pass\n", self.stub.path])


if __name__ == "__main__":
    unittest.main()
