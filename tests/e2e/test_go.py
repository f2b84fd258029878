"""The Go gate in dynamic Go programs: what they do is theirs, and what is seen is exact."""

import glob
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest

import harness
import profile_file
from go_programs import go_program
from harness import DNDPROF, SHIM, Case, environment, execute

class Stress(Case):
    """A program that collects garbage, is signalled, grows its stacks, and starts children."""

    def program(self):
        return go_program("stress", "-buildmode=pie")

    def test_not_pie(self):
        self.same_outcome([go_program("stress", "-ldflags=-linkmode=external"), "pointers"])

    def test_garbage_signals_and_stacks(self):
        for _ in range(3):
            profile = self.same_outcome([self.program(), "stress"])
            self.assertEqual(profile.outcome.status, 0, profile.outcome)
            parsed = profile_file.File(profile.files()[0])
            counts = parsed.counts()
            # 8 talkers: 2,000 exchanges each, and the writes of 40 deep frames
            self.assertEqual(counts["read"].count, 8 * 2000)
            self.assertEqual(counts["write"].count, 8 * 2040)
            self.assertEqual(counts["write"].bytes, counts["read"].bytes + 8 * 40)

    def test_children(self):
        profile = self.same_outcome([self.program(), "children", "500"])
        self.assertEqual(profile.outcome.status, 0)
        rows = profile.report["coverage"]
        self.assertEqual(rows[0]["gate"], "libc+go")
        self.assertEqual(len(profile.coverage("true")), 500)
        self.assertEqual(len(rows), 503)  # a shell, and the fork that found no program

    def test_bad_pointers(self):
        self.assertEqual(self.same_outcome([self.program(), "pointers"]).outcome.status, 0)

    def test_exchange(self):
        profile = self.same_outcome([self.program(), "exchange", "50"])
        self.assertEqual(profile.report["summary"]["total_operations"], 50 + 2)  # and connects
        self.assertEqual(profile.report["summary"]["server_operations"], 50)
        connects = [record for record in self.dump(profile.directory)
                    if record["call"] == "connect"]
        self.assertEqual(len(connects), 2)
        for path, data in harness.bytes_written(profile.directory):
            self.assertNotIn(b"secret", data, path)

    def test_dump_of_goroutines(self):
        """SIGQUIT's dump knows every frame."""
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"))
        for _ in range(5):
            child = subprocess.Popen([self.program(), "park"], env=env, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE)
            self.assertEqual(child.stdout.readline(), b"parked\n")
            time.sleep(0.05)
            child.send_signal(signal.SIGQUIT)
            _, dump = child.communicate(timeout=60)
            self.assertEqual(child.returncode, 2)
            self.assertNotIn(b"unknown pc", dump)
            self.assertGreater(dump.count(b"goroutine "), 5)

    def test_killed(self):
        """What was recorded before a kill is there."""
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"))
        child = subprocess.Popen([self.program(), "park"], env=env, stdout=subprocess.PIPE)
        child.stdout.readline()
        child.kill()
        child.communicate()
        file, = glob.glob(self.path("profiles/*/*.dndprof"))
        parsed = profile_file.File(file)
        counts = parsed.counts()
        self.assertEqual(counts["socketpair"].count, 2)
        self.assertGreater(counts["read"].count, 1000)
        for ring in parsed.rings:
            self.assertLess(len(ring.read(parsed.data)[1]), 8)
        self.assertEqual(execute([DNDPROF, "report", self.path("profiles")]).status, 0)

    def test_no_page_is_writable_and_executable(self):
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"))
        child = subprocess.Popen([self.program(), "park"], env=env, stdout=subprocess.PIPE)
        try:
            child.stdout.readline()
            with open(f"/proc/{child.pid}/maps") as maps:
                self.assertNotIn("rwx", maps.read())
        finally:
            child.kill()
            child.communicate()


class Refused(Case):
    """What is odd runs as it is, and the report says why."""

    def test_function_that_looks_otherwise(self):
        path = self.path("odd")
        with open(go_program("stress", "-buildmode=pie"), "rb") as file:
            data = bytearray(file.read())
        site = data.index(bytes.fromhex("4989f24889fa4889ce4889df0f05483d01f0ffff"))
        data[site + 60] = 0x90
        with open(path, "wb") as file:
            file.write(data)
        os.chmod(path, 0o755)
        profile = self.same_outcome([path, "pointers"])
        row = profile.report["coverage"][0]
        self.assertEqual(row["gate"], "unobserved")
        self.assertIn("system call function", row["reason"])
        self.assertEqual(profile_file.File(profile.files()[0]).info()["go_refused"], "odd-site")

    def test_version_that_is_not_known(self):
        path = self.path("new")
        with open(go_program("stress", "-buildmode=pie"), "rb") as file:
            data = file.read()
        at = data.index(b"\xff Go buildinf:")
        version = re.match(rb"go1\.\d\d", data[at + 33:at + 40])[0]
        with open(path, "wb") as file:
            file.write(data[:at + 33] + b"go1.99" + data[at + 33 + len(version):])
        os.chmod(path, 0o755)
        profile = self.same_outcome([path, "pointers"])
        self.assertIn("newer Go", profile.report["coverage"][0]["reason"])


if __name__ == "__main__":
    unittest.main()
