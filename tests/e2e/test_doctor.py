"""doctor: what could be observed of a command here, and why not; a run agrees."""

import json
import os
import re
import shutil
import tempfile
import unittest

import harness
from go_programs import GATES, docker, linked
from harness import DNDPROF, Case, environment, execute, program, require


class Doctor(Case):
    def doctor(self, *command, env=None):
        done = execute([DNDPROF, "doctor", *command], env)
        self.assertEqual(done.status, 0, done)
        self.assertTrue(done.stdout, done)
        return done.stdout.decode()

    def test_dynamic(self):
        self.assertIn("libc", self.doctor("/bin/ls"))
        self.assertIn("libc", self.doctor("python3"))

    def test_script(self):
        require("docker-compose")
        self.assertIn("libc", self.doctor("docker-compose"))

    def test_static(self):
        require("busybox")
        output = self.doctor("busybox")
        self.assertIn("unobserved", output)
        self.assertIn("static", output)

    def test_docker(self):
        for linkage in ("static", "dynamic"):
            with self.subTest(linkage=linkage):
                output = self.doctor(docker(linkage))
                self.assertRegex(output, rf"(?m)^program    /.*: {linkage} Go program \(go1\.")
                self.assertRegex(output, rf"(?m)^gate       {re.escape(GATES[linkage])}:")
                self.assertNotIn("unobserved", output)
                self.assertRegex(output, r"(?m)^children   seen, static Go among them")
                self.assertRegex(output, r"(?m)^helper     /")
                self.assertRegex(output, r"(?m)^injection  permitted$")

    def unobserved(self, reason, *command, before=()):
        """Why doctor says that this is unobserved, and that a run then says so, too."""
        done = execute([*before, DNDPROF, "doctor", *command])
        self.assertEqual(done.status, 0, done)
        self.assertRegex(done.stdout.decode(), rf"(?m)^gate       unobserved: .*{reason}")
        report = self.path(f"report{len(os.listdir(self.directory))}.json")
        execute([*before, DNDPROF, "run", "-o", self.path("runs"), "--format", "json", "--report",
                 report, "--", *command])
        with open(report) as file:
            row, = json.load(file)["coverage"]
        self.assertEqual(row["gate"], "unobserved", row)
        return done.stdout.decode()

    def test_where_ptrace_is_refused(self):
        path = linked("show", "static")
        output = self.unobserved("refuses ptrace", path, before=[program("no_ptrace")])
        self.assertIn("SYS_PTRACE", output)
        dynamic = execute([program("no_ptrace"), DNDPROF, "doctor", linked("show", "dynamic")])
        self.assertRegex(dynamic.stdout, rb"(?m)^gate       libc\+go:")
        self.assertRegex(dynamic.stdout, rb"(?m)^children   seen where they are dynamic; .*ptrace")

    def test_where_it_is_traced(self):
        require("strace")
        self.unobserved("traces it", linked("show", "static"), before=[
            "strace", "-f", "-qq", "-e", "trace=none", "-o", "/dev/null"])

    def test_where_it_is_filtered(self):
        require("setpriv")
        for path in (linked("show", "static"), "/bin/true"):
            self.unobserved("seccomp", path,
                            before=["setpriv", "--no-new-privs", program("no_ptrace")])

    def test_without_its_helper(self):
        for name in ("dndprof", "libdndprof.so"):
            shutil.copy(os.path.join(harness.BUILD, name), self.path(name))
        done = execute([self.path("dndprof"), "doctor", linked("show", "static")])
        self.assertRegex(done.stdout, rb"(?m)^gate       unobserved: dndprof-exec is missing")
        self.assertRegex(done.stdout, rb"(?m)^helper     missing: /")

    def test_files(self):
        path = shutil.copy(linked("show", "static"), self.path("show"))
        os.chmod(path, 0o644)
        self.assertIn("may not be executed", self.doctor(path))
        with open(path, "r+b") as opened:
            data = opened.read()
            opened.seek(data.index(bytes.fromhex("4989f24889fa4889ce4889df0f05")) + 60)
            opened.write(b"\x90")
        os.chmod(path, 0o755)
        self.unobserved("not as known", path)
        self.assertIn("unknown kind", self.doctor(self.write("empty", "", 0o755)))

    def test_unreadable(self):
        require("setpriv")
        harness.require_root()
        place = tempfile.mkdtemp(dir="/tmp")
        self.addCleanup(shutil.rmtree, place)
        os.chmod(place, 0o755)
        for name in ("dndprof", "libdndprof.so", "dndprof-exec"):
            shutil.copy(os.path.join(harness.BUILD, name), place)
        path = shutil.copy(linked("show", "static"), place)
        os.chmod(path, 0o711)
        done = execute(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                        os.path.join(place, "dndprof"), "doctor", path])
        self.assertRegex(done.stdout, rb"(?m)^gate       unobserved: its file may not be read")

    def test_engine(self):
        host = harness.engine()
        output = self.doctor("/bin/ls", env=environment(DOCKER_HOST=host))
        self.assertIn(host[len("unix://"):], output)
        away = self.doctor("/bin/ls", env=environment(DOCKER_HOST="unix:///nonexistent.sock"))
        self.assertIn("/nonexistent.sock", away)

    def test_engine_with_a_password(self):
        """Who asks, and his password, are not said; where is."""
        for address, said in (("tcp://user:{}@127.0.0.1:1", "tcp://127.0.0.1:1 "),
                              ("https://user:{}@{}@127.0.0.1:1/a@b", "https://127.0.0.1:1/a@b "),
                              ("ssh://{}@host", "ssh://host "), ("tcp://{}@", "tcp:// ")):
            env = environment(DOCKER_HOST=address.replace("{}", "c4n4ry-5ecret"))
            output = self.doctor("/bin/ls", env=env)
            self.assertNotIn("c4n4ry", output)
            self.assertIn(f"engine     {said}", output)

    def test_missing_program(self):
        done = execute([DNDPROF, "doctor", "/nonexistent/program"])
        self.assertEqual(done.status, 3, done)


if __name__ == "__main__":
    unittest.main()
