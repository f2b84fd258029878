"""The same as test_wild.py at every step: each system call of the shim failing at each time, each
size of a disk, a real file cut off at every 64 bytes, containers of each kind, all of it beside
programs that want the processors, and a day's worth of laps. Each test prints what it counted."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import go_programs
import test_exec
import test_files
import test_go
import test_recorded
import test_stacks
import test_wild
import test_wrappers
from harness import PYTHON, environment, execute, program, require_root
from profile_file import File
from test_files import MIB, allocated, begun, profiles

STEPS = ("1", "2", "3", "5", "1+", "2+", "3+", "5+")
LAPS = 600


class Steps(test_wild.Lost, test_files.Limits):
    test_injected = test_cut_off = None  # their short forms

    def test_each_fault(self):
        for call, error in test_wild.FAULTS:
            for when in STEPS:
                with self.subTest(call=call, when=when):
                    self.injected(call, error, when)
        print(f"{len(test_wild.FAULTS) * len(STEPS)} faults injected")

    def test_every_64_bytes(self):
        path, file, ends = self.sample()
        lengths = range(0, max(ends) + 64, 64)
        for length in lengths:
            found = self.cut(path, length, ends)
        self.assertEqual(found, len(ends))
        print(f"cut off at {len(lengths)} lengths, {len(ends)} records")

    def test_each_size_of_disk(self):
        require_root()
        place = self.path("disk")
        os.mkdir(place, 0o700)
        words = [program("hammer"), "6", "2000", "ready"]
        native, sizes, whole = execute(words, environment()), range(4, 1200, 28), 0
        for size in sizes:
            done = execute(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", place])
            if done.status:
                self.skipTest(f"cannot mount here: {done.stderr.decode().strip()}")
            try:
                with self.subTest(size=size):
                    self.assertEqual(self.preload(words, place), native)
                    for path in filter(begun, profiles(place)):
                        self.whole(path)
                        whole += 1
                        self.exact(path, 6, 2000)
            finally:
                execute(["umount", "-l", place])
        self.assertGreater(whole, len(sizes) // 2)
        print(f"{len(sizes)} sizes of disk, {whole} profiles")

    def test_each_file_size_limit(self):
        limits = [*range(0, 400 * 1024, 4096), *range(1023, 400 * 1024, 20480)]
        for limit in limits:
            with self.subTest(limit=limit):
                self.observed_within(limit)
        print(f"{len(limits)} limits of the size of a file")

    def test_each_file_size_limit_of_go(self):
        program_, seen = go_programs.linked("fails", "static"), []
        for limit in range(0, 400, 8):
            with self.subTest(limit=limit):
                script = f'ulimit -f {limit}; "$0"; echo $?'
                row = self.same_outcome(["bash", "-c", script, program_]).coverage("fails")[0]
                seen.append(row["gate"])
                if row["gate"] != "go":
                    self.assertIn("(RLIMIT_FSIZE)", row["reason"])
        self.assertEqual(seen, sorted(seen, reverse=True))  # from some limit on
        self.assertGreater(seen.count("go"), len(seen) // 2)


class Containers(test_wild.Container):
    test_container = test_closed_container = test_out_of_memory = None  # their short forms
    test_no_new_privileges = None

    def test_each_kind(self):
        kinds = (("--read-only",), ("--user", "65534:65534"), ("--cap-drop", "ALL"),
                 ("--pids-limit", "8"),
                 ("--security-opt", "seccomp=unconfined"), ("--memory", "64m"),
                 ("--tmpfs", "/tmp:noexec"), ("--ulimit", "nofile=16:16"), ("--ipc", "none"),
                 ("--init",), ("--pid", "host"))
        for kind in kinds:
            with self.subTest(kind=kind):
                self.contained(*kind)


class Laps(test_wild.Wild):
    def test_a_day_of_laps(self):
        """As long as a day of a thousand calls a second would turn a small ring: the counts are
        exact, the file is no larger than at first."""
        rounds = LAPS * 1000 // 6
        words = [program("hammer"), "2", str(rounds)]
        done = self.preload(words, settings={"DNDPROF_MAX_DATA_POINTS": "1000"})
        self.assertEqual(done, (0, b"", b""))
        path, = profiles(self.path("profiles"))
        self.whole(path)
        file = File(path)
        self.assertEqual(file.counts()["send"].count, 2 * 2 * rounds)
        self.assertLess(allocated([path]), 2 * MIB)
        laps = sum(ring.head / ring.capacity for ring in file.rings)
        self.assertGreater(laps, 1000)
        print(f"{laps:.0f} laps, {12 * rounds} calls counted")

    def test_load(self):
        """64 threads at full speed for DNDPROF_LOAD_SECONDS (10): counts exact, memory in budget."""
        seconds = float(os.environ.get("DNDPROF_LOAD_SECONDS", "10"))
        calls, rounds, number = 0, 2000, 0
        end = test_wild.time.monotonic() + seconds
        while test_wild.time.monotonic() < end:
            directory = self.path(f"load{number}")
            done = self.preload([program("hammer"), "64", str(rounds)], directory)
            self.assertEqual(done, (0, b"", b""))
            path, = profiles(directory)
            self.assertEqual(File(path).counts()["send"].count, 64 * 2 * rounds)
            self.assertLessEqual(allocated([path]), 9 * MIB)
            self.whole(path)
            calls, number = calls + 64 * 6 * rounds, number + 1
            test_wild.shutil.rmtree(directory)
        print(f"{number} programs of 64 threads, {calls} calls counted")


class Busy:
    """The tests of a class while as many programs as there are processors compute."""

    def setUp(self):
        super().setUp()
        for _ in range(os.cpu_count() or 1):
            child = test_wild.subprocess.Popen([PYTHON, "-c", "while True: pass"])
            self.addCleanup(child.wait)
            self.addCleanup(child.kill)


class BusyLeaving(Busy, test_wild.Leaving):
    pass


class BusyTraced(Busy, test_wild.Traced):
    pass


class BusyShut(Busy, test_wild.Shut):
    pass


class BusyBuilt(Busy, test_wild.Built):
    pass


class BusyContainer(Busy, test_wild.Container):
    pass


def only(case, *names):
    """A copy of a class of tests with those named alone."""
    others = {name: None for name in dir(case) if name.startswith("test_") and name not in names}
    assert len(others) + len(names) == sum(name.startswith("test_") for name in dir(case))
    return type("Busy" + case.__name__, (Busy, case), {**others, "__module__": __name__})


BusyPrivileges = only(test_exec.Shown, "test_setuid", "test_capabilities", "test_another_root",
                      "test_ordinary_user", "test_traced", "test_ptrace_refused")
BusySetuid = only(test_wrappers.Processes, "test_setuid", "test_profiles_are_private")
BusyFilters = only(test_recorded.Recorded, "test_after_seccomp", "test_seccomp_probe",
                   "test_counter_forbidden", "test_after_handlers", "test_after_longjmp",
                   "test_vfork", "test_forks", "test_musl")
BusyStorm = only(test_stacks.Unnoticed, "test_storm")
BusyGoStorm = only(test_go.StaticStress, "test_garbage_signals_and_stacks")
BusyDynamicGoStorm = only(test_go.DynamicStress, "test_garbage_signals_and_stacks")


if __name__ == "__main__":
    unittest.main()
