"""The Go gate in dynamic Go programs: what they do is theirs, and what is seen is exact."""

import glob
import os
import random
import re
import signal
import subprocess
import tempfile
import time
import unittest

import harness
import profile_file
from go_programs import GATES, go_program, linked
from harness import DNDPROF, SHIM, Case, environment, execute

class Stress:
    """A program that collects garbage, is signalled, grows its stacks, and starts children."""

    linkage = None

    def program(self):
        return linked("stress", self.linkage)

    def parked(self):
        """The program as it waits for its end, started from a preloaded shell."""
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"))
        child = subprocess.Popen(["sh", "-c", 'exec "$0" park', self.program()], env=env,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(child.stdout.readline(), b"parked\n")
        return child

    def own_file(self):
        """The program's own profile; the shell it was before has one, too."""
        file, = [file for file in glob.glob(self.path("profiles/*/*.dndprof"))
                 if profile_file.File(file).info()["program"] == "stress"]
        return file

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
        self.assertEqual(rows[0]["gate"], GATES[self.linkage])
        self.assertEqual(len(profile.coverage("true")), 500)
        self.assertEqual(len(rows), 503)  # a shell, and the fork that found no program

    def test_filter_of_its_own(self):
        """After it no system call of ours is made, and each of its own is counted."""
        for call in ("seccomp", "prctl"):
            profile = self.same_outcome([linked("filter", self.linkage), call])
            self.assertEqual(profile.outcome, (0, b"30000\n", b""))
            row, = profile.coverage("filter")
            self.assertEqual(row["gate"], GATES[self.linkage])
            self.assertIn("seccomp", " ".join(row["notes"]))
            counts = profile_file.File(profile.files()[0]).counts()
            self.assertEqual((counts["write"].count, counts["read"].count), (30000, 30000))

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
        for _ in range(5):
            child = self.parked()
            time.sleep(0.05)
            child.send_signal(signal.SIGQUIT)
            _, dump = child.communicate(timeout=60)
            self.assertEqual(child.returncode, 2)
            self.assertNotIn(b"unknown pc", dump)
            self.assertGreater(dump.count(b"goroutine "), 5)

    def test_killed(self):
        """What was recorded before a kill is there."""
        child = self.parked()
        child.kill()
        child.communicate()
        parsed = profile_file.File(self.own_file())
        counts = parsed.counts()
        self.assertEqual(counts["socketpair"].count, 2)
        self.assertGreater(counts["read"].count, 1000)
        for ring in parsed.rings:
            self.assertLess(len(ring.read(parsed.data)[1]), 8)
        self.assertEqual(execute([DNDPROF, "report", self.path("profiles")]).status, 0)

    def test_running_or_gone(self):
        """A Go program says nothing when it ends: where nobody observed waited for it, the report
        looks whether it is there."""
        child = self.parked()
        report = [DNDPROF, "report", "--format", "json", self.path("profiles")]
        try:
            before = harness.json.loads(execute(report).stdout)["coverage"]
        finally:
            child.kill()
            child.communicate()
        after = harness.json.loads(execute(report).stdout)["coverage"]
        for rows, running in ((before, True), (after, False)):
            row, = [row for row in rows if row["program"] == "stress"]
            self.assertEqual((row["running"], row["exit_status"]), (running, None))
        self.assertIn(b"end not seen", execute(report[:2] + report[4:]).stdout)

    def test_no_page_is_writable_and_executable(self):
        child = self.parked()
        try:
            with open(f"/proc/{child.pid}/maps") as maps:
                self.assertNotIn("rwx", maps.read())
        finally:
            child.kill()
            child.communicate()

    def test_killed_at_any_moment(self):
        """kill -9 while it starts, talks and ends: the file is whole, or not there yet."""
        chance = random.Random(3)
        for _ in range(50):
            child = subprocess.Popen(
                ["sh", "-c", 'exec "$0" stress', self.program()], stdout=subprocess.DEVNULL,
                env=environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("killed")))
            time.sleep(chance.uniform(0, 0.12))
            child.kill()
            child.wait()
        files = []
        for file in glob.glob(self.path("killed/*/*.dndprof")):
            with open(file, "rb") as opened:  # one without its magic had not begun
                if opened.read(8).strip(b"\0"):
                    files.append(file)
        runs = {os.path.dirname(file) for file in files}
        done = execute([DNDPROF, "report", "--format", "json", *sorted(runs)])
        self.assertEqual(done.status, 0, done.stderr)
        seen = 0
        for file in files:
            parsed = profile_file.File(file)
            for ring in parsed.rings:
                self.assertLess(len(ring.read(parsed.data)[1]), 8)
            seen += parsed.info()["program"] == "stress"
        self.assertGreater(seen, 10)

    def test_profile_of_its_own(self):
        """runtime/pprof in the target names its hot function as natively."""
        native, watched = self.path("native.prof"), self.path("watched.prof")
        execute([self.program(), "spin", native])
        profile = self.profile([self.program(), "spin", watched])
        self.assertEqual(profile.outcome.status, 0, profile.outcome.stderr)
        for path in (native, watched):
            top = execute(["go", "tool", "pprof", "-top", self.program(), path]).stdout.decode()
            # flat, flat%, sum%, cum, cum%: preemption may take samples of its own
            cumulated = re.search(r"([0-9.]+)%\s+main\.spin\n", top)
            self.assertIsNotNone(cumulated, top)
            self.assertGreater(float(cumulated.group(1)), 80, top)


class Preloaded(Stress):
    """What a tracer started is not injected, but preloaded."""

    def test_nothing_is_mapped_writable_and_executable(self):
        """Nor is it for a moment: of a program that strace starts the preload sees all."""
        harness.require("strace")
        trace = self.path("trace")
        done = execute(["strace", "-f", "-e", "trace=mmap,mprotect,pkey_mprotect", "-o", trace,
                        "-E", f"LD_PRELOAD={SHIM}", "-E", f"DNDPROF_DIR={self.path('mapped')}",
                        linked("stress", self.linkage), "exchange", "3000"])
        self.assertEqual(done.status, 0, done.stderr)
        with open(trace) as lines:
            calls = lines.read()
        self.assertIn("PROT_READ|PROT_EXEC", calls)
        self.assertNotIn("PROT_WRITE|PROT_EXEC", calls)


class DynamicStress(Preloaded, Case):
    linkage = "dynamic"


class PieStress(Preloaded, Case):
    linkage = "pie"


class StaticStress(Stress, Case):
    linkage = "static"

    def test_thousand_in_parallel(self):
        """Children of a static parent, many at once, static and dynamic."""
        profile = self.same_outcome([linked("stress", "static"), "crowd", "200", linked("show", "static")])
        self.assertEqual(profile.outcome.status, 0, profile.outcome.stdout)
        self.assertEqual({row["gate"] for row in profile.coverage("show")}, {"go"})
        self.assertEqual(len(profile.coverage("show")), 200)


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
