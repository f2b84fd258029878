"""Profile files: readable whenever a process is killed, within their budgets, and harmless where
they cannot be written."""

import glob
import json
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import time
import unittest

from harness import (DNDPROF, PYTHON, SHIM, Case, environment, execute, program, require,
                     require_root)
from profile_file import File

KILLS = 200
NO_STATS, NO_HISTOGRAM = 1, 2  # enum dndprof_loss
NOTE_DISK = 1 << 6
MIB = 1 << 20


def profiles(directory):
    return sorted(glob.glob(os.path.join(directory, "**", "*.dndprof"), recursive=True))


def allocated(paths):
    return sum(os.stat(path).st_blocks * 512 for path in paths)


def begun(path):
    """The magic is written last: a file without it is one whose process was killed before."""
    with open(path, "rb") as file:
        return file.read(8).strip(b"\0") != b""


class Preloaded(Case):
    def preload(self, command, directory=None, **options):
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=directory or self.path("profiles"),
                          **options.pop("settings", {}))
        return execute(command, env, **options)

    def whole(self, path):
        """The file is readable by dump and by a reader of our own, which agree; records are whole
        and in unbroken sequence, at most one lost a thread. Returns the number of records."""
        file = File(path)
        dumped = self.dump(path)
        total = 0
        for ring in file.rings:
            records, missing = ring.read(file.data)
            total += sum(1 for record in records.values() if record.kind == 1)
            if missing and ring.kind == 1:
                self.assertEqual(missing, list(range(missing[0], ring.head)),
                                 f"{path}: ring {ring.index} has a hole: {missing[:5]}")
                self.assertLess(len(missing), 12, "more than one record in flight")
            for record in records.values():
                self.assertLess(record.call, len(file.calls))
                self.assertGreater(record.start, 0)
        self.assertEqual(len(dumped), total, f"{path}: dump and file disagree")
        extents = sorted(file.extents())
        self.assertEqual([pair for pair in zip(extents, extents[1:]) if pair[0][1] > pair[1][0]], [],
                         f"{path}: given out twice")
        self.assertLessEqual(max((end for _, end in extents), default=0), file.used)
        return total

    def exact(self, path, threads, rounds):
        """Each call of hammer is counted, wherever there was room for it."""
        file = File(path)
        counts = file.counts()
        for call, each in (("send", 2), ("recv", 2), ("write", 1), ("read", 1)):
            least = each * threads * rounds  # main writes "ready", ld.so or libc may read
            self.assertIn(counts[call].count - least, (0, 1), call)
        for call in ("socketpair", "pthread_join"):
            self.assertEqual(counts[call].count, threads, call)
        self.assertEqual(counts["close"].count, 2 * threads)
        self.assertEqual(file.losses[NO_STATS], 0)
        self.accounted(file)
        return file

    def accounted(self, file):
        """Each duration is in a histogram, or among those of which it is said that they are in
        none; these are few. In the sum, the least and the most are all of them."""
        placed, timed, missing = file.in_histograms(), 0, 0
        for call, stats in file.counts().items():
            self.assertLessEqual(placed[call], stats.timed, call)
            self.assertLessEqual(stats.min * stats.timed, stats.sum, call)
            self.assertLessEqual(stats.sum, stats.max * stats.timed, call)
            timed, missing = timed + stats.timed, missing + stats.timed - placed[call]
        self.assertEqual(missing, file.losses[NO_HISTOGRAM])
        self.assertLess(missing, timed / 20)


class Kill(Preloaded):
    def test_at_random_instants(self):
        """kill -9, 200 times: every file readable, at most one record lost a thread."""
        seen, readable = 0, 0
        hammer = program("hammer")
        chance = random.Random(1)
        for number in range(KILLS):
            directory = self.path(f"kill{number}")
            env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=directory)
            if number % 8:  # small rings wrap soon; the others are killed while they grow
                env["DNDPROF_MAX_DATA_POINTS"] = "1000"
            child = subprocess.Popen([hammer, "3"], stdin=subprocess.DEVNULL, env=env)
            time.sleep(chance.random() * 0.03 * (1 if number % 4 else 5))
            child.kill()
            self.assertEqual(child.wait(), -signal.SIGKILL)
            for path in profiles(directory):
                if not begun(path):
                    continue
                seen += self.whole(path)
                readable += 1
            shutil.rmtree(directory, ignore_errors=True)
        self.assertGreater(readable, KILLS // 2)
        self.assertGreater(seen, 10 * KILLS)

    def test_report_of_a_killed_run(self):
        profile = self.profile(["sh", "-c", "kill -9 $$"])
        self.assertEqual(profile.outcome.status, 128 + signal.SIGKILL)

    def test_exact_when_memory_is_short(self):
        """Threads that find no memory for rings and statistics of their own are counted all the same."""
        for budget in ("128KiB", "512KiB"):
            directory = self.path(budget)
            self.assertEqual(self.preload([program("hammer"), "30", "2000"], directory,
                                          settings={"DNDPROF_MAX_MEMORY": budget}).status, 0)
            path, = profiles(directory)
            file = File(path)
            self.assertLessEqual(file.used, file.capacity)
            for call, count in (("send", 120000), ("recv", 120000), ("write", 60000)):
                self.assertEqual(file.counts()[call].count, count, f"{budget}: {call}")

    def test_wrapped_ring(self):
        """More records than fit: the newest survive, the counts stay exact."""
        directory = self.path("profiles")
        self.assertEqual(self.preload([program("hammer"), "2", "30000"],
                                      settings={"DNDPROF_MAX_DATA_POINTS": "1000"}).status, 0)
        path, = profiles(directory)
        self.whole(path)
        counts = File(path).counts()
        for call, count in (("send", 120000), ("recv", 120000), ("write", 60000), ("read", 60000)):
            self.assertEqual(counts[call].count, count, call)
            self.assertEqual(counts[call].errors, 0, call)
        self.assertLess(allocated([path]), 2 * MIB)


class Children(Preloaded):
    def test_between_fork_and_exec(self):
        """Children that exec write into their parent's file, beside it and each other: every exec
        is counted there, and nothing of it has two owners."""
        script = "for i in $(seq 20); do x=$(/bin/echo a | /bin/cat | /bin/cat); done; true"
        outcome = self.preload(["bash", "-c", script])
        self.assertEqual(outcome, (0, b"", b""))
        execs = 0
        for path in profiles(self.path("profiles")):
            self.whole(path)
            file = File(path)
            if file.info()["program"] == "bash":
                execs += file.counts().get("execve", (0,))[0]
        self.assertEqual(execs, 1 + 20 * 3)
        report = execute([DNDPROF, "report", self.path("profiles")]).stdout
        self.assertNotIn(b"damaged", report)

    def test_fork_that_gives_up_its_rights(self):
        """A server's worker of another user cannot write where its parent does: it is as ever, and
        the report does not say that it did nothing."""
        require_root()
        require("perl")
        script = ("$| = 1; for $user (65534, 0) { if (!($pid = fork)) { ($<, $>) = ($user, $user); "
                  "socketpair $one, $other, 1, 1, 0; syswrite $one, 'x'; "
                  "exit(sysread($other, $got, 1) != 1 || $> != $user) } "
                  "waitpid $pid, 0; print \"$user $?\\n\" }")
        profile = self.same_outcome(["perl", "-MSocket", "-e", script])
        self.assertEqual(profile.outcome.stdout, b"65534 0\n0 0\n")
        rows = [row for row in profile.report["coverage"] if row["forked"]]
        own, other = sorted(rows, key=lambda row: row["gate"])
        self.assertEqual((own["gate"], own["reason"]), ("libc", None))
        self.assertGreater(own["calls"], 2)
        self.assertEqual(other["gate"], "unobserved")
        self.assertIn("could not open a profile", other["reason"])


class Budgets(Preloaded):
    def test_short_threads(self):
        """10,000 threads, no more than the memory budget, every call counted."""
        outcome = self.preload([program("short_threads"), "10000"])
        self.assertEqual((outcome.status, outcome.stdout), (0, b"10000\n"), outcome.stderr)
        path, = profiles(self.path("profiles"))
        file = File(path)
        self.assertLessEqual(file.used, 8 * MIB + 64 * 1024)
        self.assertLessEqual(allocated([path]), 9 * MIB)
        counts = file.counts()
        for call in ("send", "recv", "pthread_create", "pthread_join", "socketpair"):
            self.assertEqual(counts[call].count, 10000, call)
        self.assertEqual(counts["close"].count, 20000)
        self.assertLessEqual(len(file.rings), 64, "rings of dead threads are used again")

    def test_small_memory(self):
        outcome = self.preload([program("hammer"), "32", "2000"],
                               settings={"DNDPROF_MAX_MEMORY": "256KiB"})
        self.assertEqual(outcome, (0, b"", b""))
        path, = profiles(self.path("profiles"))
        file = File(path)
        self.assertLessEqual(file.used, 320 * 1024)
        self.assertTrue(file.notes or any(file.losses), "the loss is said")

    def test_address_space(self):
        """What limits on it count: the file, and our tables."""
        def mapped(**settings):
            done = execute([PYTHON, "-c", "print(open('/proc/self/statm').read().split()[0])"],
                           environment(**settings))
            self.assertEqual((done.status, done.stderr), (0, b""))
            return int(done.stdout) * 4096

        native = mapped()
        for size in (MIB // 4, 8 * MIB, 64 * MIB):
            more = mapped(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"),
                          DNDPROF_MAX_MEMORY=size) - native
            self.assertGreater(more, size)
            self.assertLess(more, size + 9 * MIB)

    def test_processes(self):
        """1,000 processes: those that record nothing leave no file."""
        outcome = self.preload([program("fork_many"), "1000", "10"])
        self.assertEqual((outcome.status, outcome.stdout), (0, b"1000\n"), outcome.stderr)
        paths = profiles(self.path("profiles"))
        self.assertEqual(len(paths), 101)  # the parent and every tenth child
        self.assertLess(allocated(paths), 64 * MIB)
        children = [File(path) for path in paths]
        self.assertEqual(sum(file.forked for file in children), 100)
        for file in children:
            if file.forked:
                self.assertEqual(file.counts()["send"].count, 1)

    def test_all_processes_record(self):
        outcome = self.preload([program("fork_many"), "1000", "1"])
        self.assertEqual((outcome.status, outcome.stdout), (0, b"1000\n"), outcome.stderr)
        paths = profiles(self.path("profiles"))
        self.assertEqual(len(paths), 1001)
        self.assertLess(allocated(paths), 1024 * MIB)


class Limits(Preloaded):
    """RLIMIT_FSIZE: a file may not grow beyond, and who tries is killed."""

    def limited(self, limit, command=None):
        """A program whose files may have so many bytes: the same outcome; its profiles."""
        def less():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        words = command or [program("hammer"), "3", "1000", "ready"]
        directory = self.path(f"limit{limit}-{len(os.listdir(self.directory))}")
        native = execute(words, environment(), preexec_fn=less)
        self.assertEqual(self.preload(words, directory, preexec_fn=less), native, limit)
        return native, directory

    def observed_within(self, limit):
        """What fits is exact; where nothing fits the report names the limit, but where not even
        that can be written."""
        native, directory = self.limited(limit)
        self.assertEqual(native, (0, b"ready\n", b""))
        if limit < 64 * 1024:
            self.assertEqual(profiles(directory), [])
            report = execute([DNDPROF, "report", "--format", "json", directory])
            self.assertEqual(report.status, 0 if limit >= 4096 else 3, report)
            if limit >= 4096:
                row, = json.loads(report.stdout)["coverage"]
                self.assertEqual((row["program"], row["gate"]), ("hammer", "unobserved"))
                self.assertIn(f"(RLIMIT_FSIZE) is {limit} bytes", row["reason"])
            return
        path, = profiles(directory)
        self.assertLessEqual(os.path.getsize(path), limit)
        self.whole(path)
        self.told(path, self.exact(path, 3, 1000))

    def told(self, path, file):
        """What is in no histogram the report says by call, and gives no percentile it could move."""
        report = json.loads(execute([DNDPROF, "report", "--format", "json", path]).stdout)
        rows = report["timing"]["all_calls"]
        placed = file.in_histograms()
        for row in rows:
            stats = file.counts()[row["call"]]
            self.assertEqual(row["missing"], stats.timed - placed[row["call"]], row)
            if row["missing"] * 20 > row["timed"]:
                self.assertIsNone(row["p95_ns"], row)
        said = [line for line in report["summary"]["warnings"] if "In no histogram" in line]
        self.assertEqual(len(said), 1 if any(row["missing"] for row in rows) else 0)


class FewBytes(Limits):
    def test_file_size_limit(self):
        for limit in (0, 4095, 4096, 65535, 65536, 98304, 108 * 1024, 160 * 1024):
            with self.subTest(limit=limit):
                self.observed_within(limit)

    def test_file_size_limit_of_the_program(self):
        """Who writes beyond it gets the signal, as ever."""
        command = ["sh", "-c", 'head -c 300000 /dev/zero > "$0"', self.path("grown")]
        native, directory = self.limited(128 * 1024, command)
        self.assertEqual(native.status, 128 + signal.SIGXFSZ)
        self.assertGreater(len(profiles(directory)), 0)

    def test_file_size_limit_of_a_child(self):
        """Set between fork and exec; told by who started it as well as by itself."""
        profile = self.profile(["bash", "-c", 'ulimit -f 40; "$0" 2 100; true', program("hammer")])
        row, = profile.coverage("hammer")
        self.assertEqual(row["gate"], "unobserved")
        self.assertIn("(RLIMIT_FSIZE) is 40960 bytes", row["reason"])

    def test_run_within_a_file_size_limit(self):
        for limit, status in ((0, 3), (1024, 3), (16384, 0)):
            def less(limit=limit):
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

            done = execute([DNDPROF, "run", "-o", self.path("run"), "--", program("hammer"), "1", "9",
                            "ready"], preexec_fn=less)
            self.assertEqual((done.status, done.stdout), (status, b"" if status else b"ready\n"),
                             done.stderr)
            self.assertIn(b"File too large" if status else b"RLIMIT_FSIZE", done.stderr)


class Places(Preloaded):
    """Where the files go, who may read them, and what happens when they cannot be written."""

    def check_untouched(self, directory, **options):
        """The target does as natively; returns the files."""
        native = execute([program("hammer"), "3", "3000", "ready"], environment())
        self.assertEqual(self.preload([program("hammer"), "3", "3000", "ready"], directory,
                                      **options), native)
        return profiles(directory)

    def test_modes(self):
        paths = self.check_untouched(self.path("profiles"))
        self.assertEqual(len(paths), 1)
        self.assertEqual(stat.S_IMODE(os.stat(paths[0]).st_mode), 0o600)
        for directory in (os.path.dirname(paths[0]), self.path("profiles")):
            self.assertEqual(stat.S_IMODE(os.stat(directory).st_mode), 0o700)
        self.assertRegex(os.path.basename(os.path.dirname(paths[0])), r"^run-\d{8}T\d{6}Z-\d+$")

    def test_modes_of_a_run(self):
        profile = self.profile(["/bin/true"])
        for base, directories, names in os.walk(profile.directory):
            for name in directories:
                self.assertEqual(stat.S_IMODE(os.stat(os.path.join(base, name)).st_mode), 0o700)
            for name in names:
                self.assertEqual(stat.S_IMODE(os.stat(os.path.join(base, name)).st_mode), 0o600)

    def test_default_directory(self):
        state = self.path("state")
        os.mkdir(state)
        outcome = execute([program("hammer"), "1", "10"],
                          environment(LD_PRELOAD=SHIM, XDG_STATE_HOME=state))
        self.assertEqual(outcome, (0, b"", b""))
        self.assertEqual(len(profiles(os.path.join(state, "dndprof"))), 1)

    def test_full_disk(self):
        require_root()
        require("mount")
        place = self.mounted(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs"])
        path, = self.check_untouched(place)
        self.whole(path)
        self.assertTrue(self.exact(path, 3, 3000).notes & NOTE_DISK)

    def test_full_disk_ext4(self):
        require_root()
        require("mkfs.ext4", "mount")
        image = self.path("image")
        with open(image, "wb") as file:
            file.truncate(4 * MIB)
        subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
        place = self.mounted(["mount", "-o", "loop", image])
        with open(os.path.join(place, "filler"), "wb") as file:
            try:
                while True:
                    file.write(b"x" * 4096)
                    file.flush()
            except OSError:
                file.truncate(max(0, file.tell() - 150 * 1024))
        path, = self.check_untouched(place)
        self.whole(path)
        self.assertTrue(self.exact(path, 3, 3000).notes & NOTE_DISK)

    def test_nothing_left(self):
        require_root()
        require("mount")
        place = self.mounted(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs"])
        self.check_untouched(place)

    def mounted(self, command):
        place = self.path("mounted")
        os.mkdir(place, 0o700)
        done = execute([*command, place])
        if done.status:
            raise unittest.SkipTest(f"cannot mount here: {done.stderr.decode().strip()}")
        self.addCleanup(execute, ["umount", "-l", place])
        return place

    def test_unwritable(self):
        self.assertEqual(self.check_untouched("/proc/nowhere"), [])
        self.assertEqual(self.check_untouched("/dev/null"), [])
        self.assertEqual(self.check_untouched("/proc/sys"), [])

    def test_run_says_unwritable(self):
        done = execute([DNDPROF, "run", "-o", "/proc/nowhere", "--", "/bin/true"])
        self.assertEqual(done.status, 3, done)
        self.assertEqual(len(done.stderr.splitlines()), 1, done)

    def refused(self, run_directory):
        """A run directory named by the environment that is not ours alone: nothing is written
        there, the records go to a run of the process's own."""
        paths = self.check_untouched(self.path("own"), settings={"DNDPROF_RUN": run_directory})
        self.assertEqual(os.listdir(run_directory), [])
        self.assertEqual(len(paths), 1)

    def test_other_users_run_directory(self):
        require_root()
        directory = self.path("other")
        os.mkdir(directory, 0o700)
        os.chown(directory, 65534, 65534)
        self.refused(directory)

    def test_run_directory_others_may_write_to(self):
        directory = self.path("open")
        os.mkdir(directory)
        os.chmod(directory, 0o777)
        self.refused(directory)

    def test_symbolic_link_as_run_directory(self):
        os.mkdir(self.path("elsewhere"), 0o700)
        os.symlink(self.path("elsewhere"), self.path("link"))
        self.refused(self.path("link"))

    def test_shared_parent(self):
        """A parent that others may write to, such as the temporary directory: our directory in it
        is ours alone."""
        directory = self.path("shared")
        os.mkdir(directory)
        os.chmod(directory, 0o1777)
        path, = self.check_untouched(directory)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode), 0o700)

    def squatted(self, squat):
        """The name our run directory will have is taken, in a directory that all may write to."""
        number = len(os.listdir(self.directory))
        parent, elsewhere = self.path(f"parent{number}"), self.path(f"elsewhere{number}")
        for directory, mode in ((parent, 0o1777), (elsewhere, 0o700)):
            os.mkdir(directory)
            os.chmod(directory, mode)

        def take():  # in the child, whose process id the name has
            for second in range(60):
                name = time.strftime("run-%Y%m%dT%H%M%SZ", time.gmtime(time.time() + second))
                squat(os.path.join(parent, f"{name}-{os.getpid()}"), elsewhere)

        self.assertEqual(self.check_untouched(parent, preexec_fn=take), [])
        self.assertEqual(len(os.listdir(parent)), 60)  # the names were those
        self.assertEqual(os.listdir(elsewhere), [])
        for base, _, names in os.walk(parent):
            self.assertEqual(names, [name for name in names if os.path.islink(
                os.path.join(base, name))], "something was written")

    def test_squatted_run_directory(self):
        def links(path, elsewhere):
            os.symlink(elsewhere, path)

        def dangling(path, elsewhere):
            os.symlink(os.path.join(elsewhere, "made"), path)

        def open_to_all(path, _):
            os.mkdir(path)
            os.chmod(path, 0o777)

        for squat in (links, dangling, open_to_all):
            with self.subTest(squat=squat.__name__):
                self.squatted(squat)

    def test_squatted_by_another_user(self):
        require_root()

        def of_nobody(path, _):
            os.mkdir(path, 0o700)
            os.chown(path, 65534, 65534)

        self.squatted(of_nobody)

    def test_disabled(self):
        self.assertEqual(self.check_untouched(self.path("profiles"),
                                              settings={"DNDPROF_ENABLED": "0"}), [])

    def test_bad_setting_is_a_note(self):
        path, = self.check_untouched(self.path("profiles"),
                                     settings={"DNDPROF_MAX_MEMORY": "lots"})
        self.assertTrue(File(path).notes & 1 << 4)


if __name__ == "__main__":
    unittest.main()
