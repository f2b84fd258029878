"""Real static Go programs that others built, one of every Go from 1.19 on: injected, unchanged in
what they do, and seen. (1.24 is also upstream's docker, 1.19 Debian's.)"""

import http.client
import http.server
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest

import harness
import profile_file
from harness import DNDPROF, ROOT, SHIM, Case, environment, execute

CLIENTS = os.path.join(ROOT, "tests", "e2e", "clients")
PLACE = os.path.join(ROOT, "build", "go_versions", "node_modules")
# program: where it lies in its package
PROGRAMS = {"esbuild": "bin/esbuild", "lefthook": "bin/lefthook", "buf": "bin/buf",
            "tsgo": "lib/tsgo"}


def programs(name):
    """(version, path) of each package of that program."""
    if not os.path.isdir(PLACE):
        raise AssertionError(f"{PLACE} is absent: scripts/setup check installs it")
    found = [(package.split("-")[1], os.path.join(PLACE, package, PROGRAMS[name]))
             for package in sorted(os.listdir(PLACE)) if package.startswith(name + "-go")]
    assert found, name
    return found


class Versions(Case):
    def check(self, profile, name, version):
        row = profile.coverage(name)[0]
        self.assertEqual((row["gate"], row["reason"]), ("go", None))
        files = {file.info().get("go_version", ""): file for file in
                 map(profile_file.File, profile.files())}
        file, = [file for found, file in files.items() if found.startswith(version)]
        self.assertGreater(file.counts()["futex"].count, 0)  # of its threads' waits

    def test_build(self):
        source = self.write("a.js", "export const a = (b) => b ** 2; console.log(a(3))")
        for version, path in programs("esbuild"):
            with self.subTest(version=version):
                profile = self.same_outcome([path, "--bundle", source])
                self.assertEqual(profile.outcome.status, 0)
                self.check(profile, "esbuild", version)

    def test_compile(self):
        source = self.write("a.ts", "const a: number = 'text';\n")
        for version, path in programs("tsgo"):
            with self.subTest(version=version):
                profile = self.same_outcome([path, "--noEmit", "--pretty", "false", source])
                self.assertIn(b"TS2322", profile.outcome.stdout)
                self.check(profile, "tsgo", version)

    def test_children(self):
        """Commands of a git hook: os/exec, by pidfd since 1.23."""
        harness.require("git")
        execute(["git", "init", "-q", self.directory])
        self.write("lefthook.yml", "pre-commit:\n  commands:\n"
                   "    first: {run: '/bin/sh -c \"sleep 0.1; exit 0\"'}\n"
                   "    second: {run: /bin/false}\n")
        for version, path in programs("lefthook"):
            with self.subTest(version=version):
                command = [path, "run", "pre-commit", "--force", "--no-tty"]
                native = execute(command, cwd=self.directory)
                profile = self.profile(command, cwd=self.directory)
                self.assertEqual(profile.outcome.status, native.status)
                self.assertEqual(native.status, 1)
                self.check(profile, "lefthook", version)
                row, = profile.coverage("false")
                self.assertEqual((row["gate"], row["exit_status"]), ("libc", 1))
                for row in profile.report["coverage"]:
                    self.assertTrue(row["gate"] != "unobserved", row)

    def test_client(self):
        """Go's HTTP client, of the newest Go: each request is seen, its server's answer too."""
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        proto = self.write("x.proto", 'syntax = "proto3"; package t; message M { string a = 1; }\n'
                           "service S { rpc Call(M) returns (M); }\n")
        for version, path in programs("buf"):
            with self.subTest(version=version):
                profile = self.same_outcome(
                    [path, "curl", "--schema", proto, "--protocol", "connect", "-d", '{"a":"b"}',
                     f"http://127.0.0.1:{server.server_port}/t.S/Call"],
                    environment(HOME=self.directory), cwd=self.directory)
                self.check(profile, "buf", version)
                self.assertEqual(profile.transactions(), {("POST", "/t.S/Call"): 1})

    def test_server(self):
        """Go's HTTP server: requests of keep-alive connections, counted where they were answered."""
        self.write("index.html", "<p>hello</p>")
        for version, path in programs("esbuild"):
            with self.subTest(version=version):
                with socket.socket() as taken:
                    taken.bind(("127.0.0.1", 0))
                    port = taken.getsockname()[1]
                runs = self.path("runs" + version)
                server = subprocess.Popen(
                    [DNDPROF, "run", "-o", runs, "--report", os.devnull, "--", path,
                     f"--servedir={self.directory}", f"--serve=127.0.0.1:{port}"],
                    stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                try:
                    for _ in range(100):
                        try:
                            connection = http.client.HTTPConnection("127.0.0.1", port)
                            connection.connect()
                            break
                        except OSError:
                            time.sleep(0.1)
                    for _ in range(20):
                        connection.request("GET", "/index.html")
                        self.assertEqual(connection.getresponse().read(), b"<p>hello</p>")
                    connection.close()
                finally:
                    server.terminate()
                    server.wait(30)
                report = harness.json.loads(
                    execute([DNDPROF, "report", "--format", "json", runs]).stdout)
                self.assertEqual(report["summary"]["server_operations"], 20)

    def test_below_node(self):
        """Static Go that nobody prepared, started by a preloaded node: by its JavaScript API, whose
        service talks over pipes, and as the command that npm installs."""
        harness.require("node")
        source = self.write("a.js", "export const a = (b) => b ** 2; console.log(a(3))")
        tool = os.path.join(PLACE, "esbuild", "bin", "esbuild")
        pid = re.compile(rb"pid: \d+")  # in what node says of a child that failed
        native = environment(NODE_PATH=PLACE, HOME=self.directory, ESBUILD_BINARY_PATH=os.path.join(
            PLACE, "esbuild-go1.23", PROGRAMS["esbuild"]))
        for number, (command, status, children) in enumerate((
                (["node", os.path.join(CLIENTS, "esbuild.js"), source], 6, 2),
                (["node", tool, "--bundle", source], 0, 1),
                (["node", tool, "/nonexistent"], 1, 1))):
            with self.subTest(command=command):
                runs = self.path(f"runs{number}")
                before = execute(command, native)
                self.assertEqual(before.status, status, before.stderr)
                watched = execute(command, dict(native, LD_PRELOAD=SHIM, DNDPROF_DIR=runs))
                self.assertEqual(watched._replace(stderr=pid.sub(b"", watched.stderr)),
                                 before._replace(stderr=pid.sub(b"", before.stderr)))
                report = harness.json.loads(
                    execute([DNDPROF, "report", "--format", "json", runs]).stdout)
                profile = harness.Profile(watched, report, runs)
                rows = profile.coverage("esbuild")
                self.assertEqual([(row["gate"], row["reason"]) for row in rows],
                                 [("go", None)] * children, report["coverage"])
                self.assertEqual(rows[0]["ppid"], profile.coverage("node")[0]["pid"])

    def test_without_its_version(self):
        """A program from which the build information was taken: left alone, and said so."""
        source = self.write("a.js", "let a = 1")
        path = os.path.join(PLACE, "esbuild-stripped", "bin", "esbuild")
        profile = self.same_outcome([path, source])
        row, = profile.coverage("esbuild")
        self.assertEqual(row["gate"], "unobserved")
        self.assertIn("static", row["reason"])


if __name__ == "__main__":
    unittest.main()
