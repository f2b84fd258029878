"""Processes as they are in the wild: built otherwise, shut in, traced, short of memory and disk, cut
off. What they do is what they do natively, and each call they made is counted. slow_wild.py has the
same at every step."""

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import harness
import memory_group
from harness import DNDPROF, PYTHON, ROOT, SHIM, environment, execute, program, require, require_root
from profile_file import SLOT, File
from test_files import Preloaded, begun, profiles

ROUNDS = 500
# glibc's, of those that are wrapped. Those not here may be cancelled by what they call.
CANCELLATION = """recv recvfrom recvmsg recvmmsg read readv send sendto sendmsg sendmmsg write writev
splice accept accept4 connect close open open64 openat openat64 fcntl poll ppoll select pselect
epoll_wait epoll_pwait epoll_pwait2 pthread_join pthread_timedjoin_np pthread_clockjoin_np
pthread_cond_wait pthread_cond_timedwait pthread_cond_clockwait sem_wait sem_timedwait sem_clockwait
wait waitpid wait3 wait4 waitid""".split()
# The same calls under a name of the compiler's: the wrapper is shared or a line apart.
ALIASES = r"__\w+_chk|__open\w*_2|fcntl64"
# Those that are none.
NONE = """socket socketpair listen bind shutdown getsockopt closefrom close_range dup dup2 dup3
ioctl sendfile sendfile64 pthread_create pthread_exit pthread_setname_np pthread_tryjoin_np
sem_trywait sem_post pthread_cond_signal pthread_cond_broadcast pthread_barrier_wait fork vfork
posix_spawn posix_spawnp prctl syscall""".split()
# Those that POSIX lets be one, and that are by the calls they make.
MAY = r"get(addr|name)info|gethostbyname.*|f(open|open64|close)|exec\w+|fexecve|_exit|_Exit|" \
      r"pthread_(mutex|rwlock)_.*"
# System calls that the shim makes itself, and what they may answer.
FAULTS = (("fallocate", "ENOSPC"), ("ftruncate", "EDQUOT"), ("pwritev", "EIO"),
          ("madvise", "EAGAIN"), ("fstatfs", "EACCES"), ("fchmod", "EPERM"), ("mkdirat", "EROFS"))


# How /dev/shm is made so, and what a program is told that wants some of it.
SHARED_MEMORY = {
    "hidden": ("old=$(mktemp -d) && mount --rbind /dev $old && mount -t tmpfs none /dev && "
               "for n in null zero full random urandom tty; do : > /dev/$n; "
               "mount --bind $old/$n /dev/$n; done; umount -l $old; rmdir $old", errno.ENOENT),
    "read-only": ("mount --bind /dev/shm /dev/shm && mount -o remount,bind,ro /dev/shm",
                  errno.EROFS),
    "full": ("mount -t tmpfs -o size=16k none /dev/shm; "
             "head -c 100000 /dev/zero > /dev/shm/filler 2> /dev/null", errno.ENOSPC),
    "as-ever": ("true", "had"),
}


class Wild(Preloaded):
    def hammered(self, command=None, directory=None, threads=3, native=None, **options):
        """hammer, natively and preloaded: the same outcome, each call counted. The file."""
        words = [*(command or [program("hammer")]), str(threads), str(ROUNDS), "ready"]
        directory = directory or self.path(f"profiles{len(os.listdir(self.directory))}")
        native = native or execute(words, environment(), **options)
        self.assertEqual((native.status, native.stdout), (0, b"ready\n"), native)
        self.assertEqual(self.preload(words, directory, **options), native)
        return self.counted(directory, threads, ROUNDS)

    def counted(self, directory, threads, rounds):
        path, = [path for path in profiles(directory)
                 if File(path).info().get("program") == "hammer"]
        self.whole(path)
        counts = File(path).counts()
        for call, each in (("send", 2), ("recv", 2), ("write", 1), ("read", 1)):
            least = each * threads * rounds  # main writes "ready", ld.so or libc may read
            self.assertIn(counts[call].count - least, (0, 1), call)
        return path

    def build(self, name, *flags, compiler="gcc"):
        require(compiler)
        source = os.path.join(ROOT, "tests", "programs", "hammer.c")
        os.makedirs(self.path(name))
        path = os.path.join(self.path(name), "hammer")
        done = execute([compiler, "-O1", *flags, source, "-o", path, "-pthread"])
        if done.status:
            self.skipTest(f"{compiler} {' '.join(flags)} does not work here")
        return path


class Built(Wild):
    def test_flags(self):
        for number, flags in enumerate((("-fno-plt", "-Wl,-z,now"), ("-fno-plt", "-Wl,-z,lazy"),
                                        ("-no-pie", "-fno-pie"), ("-D_FORTIFY_SOURCE=2", "-O2"))):
            with self.subTest(flags=flags):
                self.hammered([self.build(f"built{number}", *flags)])

    def test_musl(self):
        self.hammered([self.build("musl", compiler="musl-gcc")])

    def test_static_pie(self):
        """Nothing of a static program is seen, and nothing of it is otherwise."""
        for flag in ("-static-pie", "-static"):
            path = self.build(flag[1:], flag)
            words = [path, "3", "100", "ready"]
            self.assertEqual(self.preload(words), execute(words))
        self.assertEqual(profiles(self.path("profiles")), [])

    def test_library_opened_and_closed(self):
        command = [program("plugins"), program("plugin"), "250"]
        native = execute(command)
        self.assertEqual((native.status, native.stdout), (0, b"1000\n"))
        self.assertEqual(self.preload(command), native)
        path, = profiles(self.path("profiles"))
        self.whole(path)
        counts = File(path).counts()
        self.assertEqual([counts[call].count for call in ("socketpair", "send", "recv", "close")],
                         [1000, 1000, 2000, 2000])

    def test_cancellation_points(self):
        """Each wrapped call is cancelled in tests/programs/cancel.c, is another's alias, or is none."""
        text = execute(["gcc", "-E", "-P", "-I" + os.path.join(ROOT, "include"), "-xc", "-"],
                       stdin=b'#include "dndprof/calls.h"\n#define X(id, ...) id;\n'
                             b"DNDPROF_INTERPOSED_CALLS(X)").stdout.decode()
        wrapped = set(re.findall(r"(\w+);", text))
        with open(os.path.join(ROOT, "tests", "programs", "cancel.c"), encoding="utf-8") as file:
            tried = set(re.findall(r"static void do_\w+\(void\)\s*\{(?:[^}]|\}(?=[,;)]))*?"
                                   r"\b(" + "|".join(CANCELLATION) + r")\(", file.read()))
        self.assertEqual(set(CANCELLATION) - tried, set())
        self.assertEqual({name for name in wrapped - set(CANCELLATION) - set(NONE)
                          if not re.fullmatch(ALIASES + "|" + MAY, name)}, set())


class Leaving(Wild):
    def test_exit_while_threads_record(self):
        for number in range(25):
            directory = self.path(f"exit{number}")
            self.assertEqual(self.preload([program("leaving"), "exit"], directory), (7, b"", b""))
            path, = profiles(directory)
            self.assertGreater(self.whole(path), 0)

    def test_threads_that_leave(self):
        self.assertEqual(self.preload([program("leaving"), "threads"]), (0, b"", b""))
        path, = profiles(self.path("profiles"))
        self.whole(path)
        self.assertEqual(File(path).counts()["send"].count, 200 * sum(range(1, 41, 5)))

    def test_undumpable(self):
        """Nobody may look into it, and its own /proc is another's."""
        command = [program("leaving"), "undumpable"]
        native = execute(command)
        self.assertEqual((native.status, native.stdout), (0, b"dumpable 0\n"))
        self.assertEqual(self.preload(command), native)
        sends = sorted(File(path).counts()["send"].count for path in profiles(self.path("profiles")))
        self.assertEqual(sends, [10, 100, 2000])

    def test_out_of_memory(self):
        """Killed by the kernel for the memory it took: what was recorded is there."""
        require_root()
        group = self.group_of(24 << 20)
        script = f'echo $$ > {group.procs}; exec "$0" memory'
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"))
        done = execute(["sh", "-c", script, program("leaving")], env)
        self.assertEqual(done.status, -signal.SIGKILL, done)
        self.assertEqual(group.killed(), 1)
        path, = [path for path in profiles(self.path("profiles"))
                 if File(path).info()["program"] == "leaving"]
        self.assertGreater(self.whole(path), 200)
        self.assertEqual(File(path).end, 0)

    def group_of(self, limit):
        context = memory_group.memory_group(limit)
        try:
            group = context.__enter__()
        except memory_group.NoGroup as error:
            self.skipTest(str(error))
        self.addCleanup(context.__exit__, None, None, None)
        return group


class Shut(Wild):
    """In namespaces, roots and mounts of their own."""

    def inside(self, script, flags=("-m",), place=None, rounds=ROUNDS):
        """hammer behind a script, in new namespaces: the variable is set there, for it is not
        handed on into another mount namespace. The directory of its profiles."""
        require_root()
        require("unshare")
        if execute(["unshare", *flags, "true"]).status:
            self.skipTest(f"unshare {' '.join(flags)} is refused here")
        place = place or self.path("inside")
        done = execute(["unshare", *flags, "/bin/sh", "-c",
                        f'{script}; exec env LD_PRELOAD={SHIM} DNDPROF_DIR={place} "$0" "$@"',
                        program("hammer"), "3", str(rounds), "ready"])
        self.assertEqual(done, (0, b"ready\n", b""))
        return place

    def counted_inside(self, *arguments, **options):
        return self.counted(self.inside(*arguments, **options), 3, ROUNDS)

    def test_user_namespace(self):
        self.counted_inside("true", ("-U", "-r"))

    def test_all_namespaces(self):
        self.counted_inside("true", ("-U", "-r", "-m", "-n", "-i", "-u", "-p", "-f"))

    def test_no_proc(self):
        """Nor its program's name from there; and the report says what it can."""
        self.counted_inside("mount -t tmpfs none /proc")
        self.assertEqual(execute([DNDPROF, "report", self.path("inside")]).status, 0)

    def test_no_dev(self):
        self.counted_inside("mount -t tmpfs none /dev")

    def test_shared_memory(self):
        """/dev/shm hidden, read-only, or full: nothing of ours lies there, and a program that uses
        it finds what it finds without us."""
        attempt = ("import mmap, _posixshmem as shm, os\n"
                   "try:\n"
                   "    fd = shm.shm_open('/dndprof-test', os.O_CREAT | os.O_RDWR, mode=0o600)\n"
                   "    shm.shm_unlink('/dndprof-test')\n"
                   "    os.posix_fallocate(fd, 0, 65536)\n"
                   "    print('had')\n"
                   "except OSError as error:\n"
                   "    print(error.errno)\n")
        for name, (setup, answer) in SHARED_MEMORY.items():
            with self.subTest(name):
                place = self.path(name)
                self.counted_inside(setup, place=place)
                native = execute(["unshare", "-m", "sh", "-c", f'{setup}; exec "$0" "$@"',
                                  PYTHON, "-c", attempt])
                self.assertEqual(native, (0, f"{answer}\n".encode(), b""))
                done = execute(["unshare", "-m", "sh", "-c", f'{setup}; exec "$0" "$@"', DNDPROF,
                                "run", "-o", place, "--report", self.path("report"), "--", PYTHON,
                                "-c", attempt])
                self.assertEqual(done, native)

    def test_noexec_directory(self):
        place = self.path("noexec")
        os.mkdir(place, 0o700)
        self.counted_inside(f"mount --bind {place} {place}; "
                            f"mount -o remount,bind,noexec,nosuid,nodev {place}", place=place)

    def test_read_only_directory(self):
        place = self.path("read-only")
        os.mkdir(place, 0o700)
        self.inside(f"mount --bind {place} {place}; mount -o remount,bind,ro {place}", place=place)
        self.assertEqual(os.listdir(place), [])

    def root(self, *files):
        """A root of its own with these files, the libraries they need, and the shim."""
        require_root()
        root = self.path("root")
        for path in (*files, *re.findall(r"/\S+", execute(["ldd", files[0]]).stdout.decode())):
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            shutil.copy(os.path.realpath(path), root + path)
        shutil.copy(SHIM, root + "/shim.so")
        os.mkdir(root + "/out", 0o700)
        return root

    def test_chroot(self):
        root = self.root(program("hammer"), "/usr/bin/env")
        done = execute(["chroot", root, "/usr/bin/env", "LD_PRELOAD=/shim.so", "DNDPROF_DIR=/out",
                        program("hammer"), "3", str(ROUNDS), "ready"])
        self.assertEqual(done, (0, b"ready\n", b""))
        self.counted(root + "/out", 3, ROUNDS)

    def test_setuid_behind_ld_so_preload(self):
        """/etc/ld.so.preload has us loaded even into a setuid program, whose caller says where to
        write: nothing is written, nor recorded of what it starts."""
        root = self.root("/usr/bin/env", program("hammer"))
        os.chmod(self.directory, 0o755)
        os.chmod(root + "/out", 0o1777)
        os.mkdir(root + "/etc")
        with open(root + "/etc/ld.so.preload", "w", encoding="ascii") as file:
            file.write("/shim.so\n")
        words = [program("hammer"), "3", "10", "ready"]
        for mode, seen in ((0o755, ["hammer", "hammer"]), (0o4755, [])):
            for path in ("/usr/bin/env", program("hammer")):
                os.chmod(root + path, mode)
            done = execute(["chroot", "--userspec=65534:65534", "--groups=", root, *words],
                           environment(DNDPROF_DIR="/out"))
            self.assertEqual(done, (0, b"ready\n", b""))
            done = execute(["chroot", "--userspec=65534:65534", "--groups=", root, "/usr/bin/env",
                            "DNDPROF_DIR=/out", *words], environment())
            self.assertEqual(done, (0, b"ready\n", b""))
            self.assertEqual(sorted(File(path).info()["program"]
                                    for path in profiles(root + "/out")), seen)
            self.assertEqual(os.listdir(root + "/out") != [], seen != [])
            shutil.rmtree(root + "/out")
            os.mkdir(root + "/out")
            os.chmod(root + "/out", 0o1777)

    def test_few_descriptors(self):
        for limit in (16, 20, 64):
            self.hammered(["sh", "-c", f'ulimit -n {limit}; exec "$0" "$@"', program("hammer")])


class Container(Wild):
    def run_in(self, *options):
        """hammer in a real container with the host's libraries and the shim mounted into it."""
        address = harness.engine()
        out = self.path(f"out{len(os.listdir(self.directory))}")
        os.mkdir(out)
        os.chmod(out, 0o1777)
        mounts = [(SHIM, "/shim.so"), (program("hammer"), "/hammer"),
                  (program("leaving"), "/leaving")]
        mounts += [(os.path.realpath(directory), directory)
                   for directory in ("/lib", "/lib64", "/usr/lib") if os.path.isdir(directory)]
        command = ["docker", "-H", address, "run", "--rm", "--pull", "never", "--network", "none",
                   "-v", f"{out}:/out", "-e", "LD_PRELOAD=/shim.so", "-e", "DNDPROF_DIR=/out"]
        for source, target in mounts:
            command += ["-v", f"{source}:{target}:ro"]
        command += options[0]
        done = execute([*command, "bb:1", *options[1:]], environment(HOME=self.directory))
        return done, out

    def contained(self, *options):
        done, out = self.run_in(options, "/hammer", "3", str(ROUNDS), "ready")
        self.assertEqual(done, (0, b"ready\n", b""), options)
        self.counted(out, 3, ROUNDS)

    def test_container(self):
        self.contained()

    def test_closed_container(self):
        self.contained("--read-only", "--user", "65534:65534", "--cap-drop", "ALL",
                       "--pids-limit", "8")

    def test_no_new_privileges(self):
        """A filter of one who gave up new privileges is not tried: nothing is done, or recorded."""
        done, out = self.run_in(("--security-opt", "no-new-privileges"), "/hammer", "3", "100", "ready")
        self.assertEqual(done, (0, b"ready\n", b""))
        self.assertEqual(os.listdir(out), [])

    def test_out_of_memory(self):
        done, out = self.run_in(("--memory", "24m", "--memory-swap", "24m"), "/leaving", "memory")
        if b"limit" in done.stderr.lower() and done.status != 137:
            self.skipTest(done.stderr.decode())
        self.assertEqual(done.status, 137, done)
        path, = profiles(out)
        self.assertGreater(self.whole(path), 200)


class Traced(Wild):
    def test_strace(self):
        require("strace")
        self.hammered(["strace", "-f", "-qq", "-e", "trace=none", "-e", "signal=none",
                       program("hammer")])

    def test_gdb(self):
        """Started by gdb; set there, so that gdb itself is not recorded."""
        require("gdb")
        directory = self.path("profiles")
        done = execute(["gdb", "-nx", "-q", "-batch", "-ex", f"set env LD_PRELOAD {SHIM}", "-ex",
                        f"set env DNDPROF_DIR {directory}", "-ex", "set startup-with-shell off",
                        "-ex", "run", "--args", program("hammer"), "3", str(ROUNDS)],
                       environment(DEBUGINFOD_URLS=None))
        self.assertIn(b"exited normally", done.stdout, done)
        self.counted(directory, 3, ROUNDS)

    def test_gdb_later(self):
        """Attached while it records, twice; it goes on as it was."""
        require("gdb")
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"))
        with subprocess.Popen([program("hammer"), "3", "0", "ready"], env=env,
                              stdout=subprocess.PIPE) as child:
            try:
                self.assertEqual(child.stdout.readline(), b"ready\n")
                path, = profiles(self.path("profiles"))
                for _ in range(2):
                    done = execute(["gdb", "-nx", "-q", "-batch", "-p", str(child.pid), "-ex",
                                    "thread apply all bt 3", "-ex", "detach"])
                    self.assertEqual(done.stdout.count(b"\nThread "), 4, done)
                    before = File(path).counts()["send"].count
                    deadline = time.monotonic() + 60
                    while File(path).counts()["send"].count <= before:
                        self.assertLess(time.monotonic(), deadline, "it does not go on")
                        time.sleep(0.01)
            finally:
                child.kill()
        self.whole(path)


class Lost(Wild):
    """Disk and system calls that fail, files that are cut off."""

    def injected(self, call, error, when):
        """hammer with a system call that fails from the `when`th on, or only then."""
        require("strace")
        directory = self.path(f"{call}-{when}")
        words = [program("hammer"), "3", "300", "ready"]
        done = execute(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                        f"inject={call}:error={error}:when={when}", "-E", "LD_PRELOAD=" + SHIM, "-E",
                        "DNDPROF_DIR=" + directory, *words], environment())
        self.assertEqual(done, (0, b"ready\n", b""), (call, error, when))
        for path in profiles(directory):
            if begun(path):
                self.whole(path)

    def test_injected(self):
        for call, error in FAULTS:
            with self.subTest(call=call):
                self.injected(call, error, "1+")

    def cut(self, path, length, all_records):
        """A copy of so many bytes: `dump` has every record that lies in them, and no other."""
        with open(path, "rb") as file:
            data = file.read(length)
        short = self.path("short.dndprof")
        with open(short, "wb") as file:
            file.write(data)
        done = execute([DNDPROF, "dump", "--format", "jsonl", short])
        if length < 336:
            self.assertEqual((done.status, len(done.stderr.splitlines())), (3, 1), done)
            return 0
        self.assertIn(done.status, (0, 3), done)
        found = len(done.stdout.splitlines())
        if done.status == 0:
            self.assertEqual(found, sum(end <= length for end in all_records), length)
        return found

    def sample(self):
        """A small real file and where each of its records ends."""
        directory = self.path("sample")
        self.assertEqual(self.preload([program("hammer"), "1", "40"], directory).status, 0)
        path, = profiles(directory)
        file, ends = File(path), []
        for ring in file.rings:
            for record in ring.read(file.data)[0].values():
                if record.kind == 1:
                    ends.append(SLOT + max(ring.slot((record.position + i) % ring.capacity)
                                           for i in range(record.slots)))
        self.assertGreater(len(ends), 200)
        return path, file, ends

    def test_cut_off(self):
        path, file, ends = self.sample()
        last = max(ends)
        for length in (0, 64, 320, 384, 4096, *range(28 * 1024, last + 64, (last - 28 * 1024) // 12
                                                     // 64 * 64), last):
            with self.subTest(length=length):
                found = self.cut(path, length, ends)
        self.assertEqual(found, len(ends))
        with open(self.path("short.dndprof"), "r+b") as short:
            short.truncate(last - 640)
        report = execute([DNDPROF, "report", self.path("short.dndprof")])
        self.assertEqual(report.status, 0, report.stderr)
        self.assertRegex(report.stdout.decode(), r"cut off|missing|damaged")


if __name__ == "__main__":
    unittest.main()
