"""Wrapper truth: the programs of tests/programs do the same with the shim as without, status,
output and surroundings, whatever else is preloaded beside it.

Each program checks native results by itself and says on stderr what differs; here it runs natively
first, to prove it right, then preloaded.
"""

import glob
import os
import re
import shutil
import signal
import stat
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import PYTHON, SHIM, environment, execute, program, require_root
from wrappers import Wrappers

NOBODY = 65534

# Program and arguments, one test each. "-" separates in the test's name.
SAME = (
    "results_socket", "results_data", "results_fd", "results_poll", "results_names", "syscall_fn",
    "mutexes", "rwlocks", "waits", "cancel", "unwind", "longjmp", "handlers",
    "stackmin", "vfork", "spawn", "execs", "forking", "surroundings", "many_fds", "many_fds 3",
    "many_fds 4", "many_fds 5", "many_fds 8", "network", "http_split", "edges", "threads_musl",
    "watched",
    "seccomp_own prctl",
    "seccomp_own syscall", "seccomp_own strict", "seccomp_own inherited",
    "seccomp_own groups", "seccomp_own hidden",
    "seccomp_own syscall_strict", "seccomp_own thread",
    "seccomp_unseen machine", "seccomp_unseen handle", "seccomp_unseen seen",
    "seccomp_unseen seen mute",
    "seccomp_own tsc", "seccomp_own syscall_tsc", "libc_exit", "libc_exit _exit", "libc_exit _Exit",
    "libc_exit _exit_256", "libc_exit exit", "libc_exit exit_in_thread", "libc_exit pthread_exit",
    "libc_exit quick_exit", "libc_exit abort", "libc_exit segv", "libc_exit kill", "libc_exit term",
    "libc_exit pipe", "libc_exit handler", "libc_exit syscall", "libc_exit file_size",
)
# These run again with everything recorded, with symbols bound at once, and beside other preloads.
VARIED = ("results_socket", "results_data", "results_fd", "syscall_fn", "mutexes", "waits",
          "cancel", "unwind", "handlers", "stackmin", "vfork", "spawn", "execs",
          "forking", "surroundings", "http_split", "libc_exit", "libc_exit _exit")


class Same(Wrappers):
    """One test a program: the same status, stdout and stderr as natively."""


class Everything(Wrappers):
    """The same with every call recorded and stacks taken."""


class BoundAtOnce(Wrappers):
    """The same with LD_BIND_NOW."""


def add_tests(case, names, **options):
    for name in names:
        def test(self, name=name):
            self.run_both(name, **options)
        test.__doc__ = name
        setattr(case, "test_" + re.sub(r"\W+", "_", name), test)


add_tests(Same, SAME)
add_tests(Everything, VARIED, settings={"DNDPROF_DETAIL": "full"})
add_tests(BoundAtOnce, VARIED, settings={"LD_BIND_NOW": "1"})


class Preloads(Wrappers):
    """Beside another library that interposes the same symbols, in both orders, and beside
    ourselves under another name."""

    def beside(self, order, name):
        others = {"other": program("other_preload"), "shim": SHIM, "twin": self.path("twin.so")}
        shutil.copy(SHIM, others["twin"])
        preload = ":".join(others[word] for word in order)
        seen = self.path("seen")
        _, directory = self.run_both(name, preload=preload, settings={"OTHER_PRELOAD": seen})
        files = self.files(directory)
        self.assertTrue(files, "no profile")
        return files, seen

    def test_other_shim_counts(self):
        self.same_counts(("other", "shim"))

    def test_shim_other_counts(self):
        self.same_counts(("shim", "other"))

    def same_counts(self, order):
        """The other library saw as many calls as we."""
        files, seen = self.beside(order, "http_split")
        with open(seen) as file:
            words = file.read().split()
        theirs = dict(zip(words[::2], map(int, words[1::2])))
        self.assertEqual(files[0].counts["send"].count, theirs["sends"])


def add_preload_tests():
    for order in (("other", "shim"), ("shim", "other"), ("shim", "twin")):
        for name in VARIED:
            def test(self, order=order, name=name):
                self.beside(order, name)
            test.__doc__ = f"{name} with {', '.join(order)}"
            setattr(Preloads, f"test_{'_'.join(order)}_{re.sub(r'[^A-Za-z_]+', '_', name)}", test)


add_preload_tests()


CHILDREN = """
import os, subprocess, sys
show, count = sys.argv[1], int(sys.argv[2])
base = sorted(os.listdir("/proc/self/fd"))
for number in range(count):
    options = ({"close_fds": True}, {"preexec_fn": os.setsid}, {"start_new_session": True},
               {"close_fds": False, "env": {"A": "1"}}, {"cwd": "/", "stdin": subprocess.DEVNULL},
               {"pass_fds": (2,)}, {"shell": True, "executable": "/bin/sh"})[number % 7]
    command = f"{show} shell" if "shell" in options else [show, str(number), "two words"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    line = done.stdout.decode().split(" environment:")
    print(number, done.returncode, line[0], line[1].split("descriptors:")[1].strip(),
          done.stderr.decode())
    try:
        subprocess.run(["/nonexistent/program"])
    except FileNotFoundError as error:
        assert error.filename == "/nonexistent/program"
    try:
        subprocess.run([show], cwd="/nonexistent")
    except FileNotFoundError as error:
        assert error.filename == "/nonexistent"
try:
    subprocess.run([show], preexec_fn=lambda: 1 / 0)
except subprocess.SubprocessError as error:
    print(error)
assert sorted(os.listdir("/proc/self/fd")) == base
stream = os.popen("echo from popen; exit 3")
print(stream.read(), stream.close())
"""


class Processes(Wrappers):
    def test_python_subprocess(self):
        """Python starts children by vfork, by fork where it must, with descriptors closed."""
        script = self.write("children.py", CHILDREN)
        command = [PYTHON, script, program("show"), "200"]
        native = execute(command)
        self.assertEqual(native.status, 0, native.stderr.decode())
        directory = self.path("profiles")
        preloaded = execute(command, environment(LD_PRELOAD=SHIM, DNDPROF_DIR=directory))
        self.assertEqual(native, preloaded)
        python = [left for left in self.files(directory)
                  if left.program.startswith("python") and not left.file.forked]
        self.assertEqual(len(python), 1)
        self.assertGreaterEqual(python[0].counts["vfork"].count, 200)

    def test_setuid(self):
        """A setuid program run by another user: untouched, and no complaint on the screen."""
        require_root()
        copy = self.path("surroundings")
        shutil.copy(program("surroundings"), copy)
        os.chmod(copy, 0o4755)
        os.chmod(self.directory, 0o755)
        if os.statvfs(copy).f_flag & os.ST_NOSUID:
            self.skipTest("set-user-id is not in force here")
        os.mkdir(self.path("profiles"))
        os.chmod(self.path("profiles"), 0o777)
        options = {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"}
        native = execute([copy], **options)
        self.assertEqual(native.status, 0, native.stderr.decode())
        self.assertIn(b"Uid:\t65534\t0\t", native.stdout)
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"))
        self.assertEqual(native, execute([copy], env, **options))
        script = ["/bin/sh", "-c", f"exec {copy}"]
        self.assertEqual(execute(script, **options), execute(script, env, **options))
        for path in glob.glob(os.path.join(self.path("profiles"), "**", "*.dndprof"),
                              recursive=True):
            self.assertNotEqual(os.stat(path).st_uid, 0, "a profile was written as root")

    def test_profiles_are_private(self):
        self.recorded("libc_exit")
        for base, _, names in os.walk(self.path("profiles")):
            for name in names:
                mode = os.lstat(os.path.join(base, name)).st_mode
                self.assertTrue(stat.S_ISREG(mode))
                self.assertEqual(stat.S_IMODE(mode), 0o600, name)

    def test_closed_standard_streams(self):
        """Started without descriptors 0 to 2: none of them becomes ours."""
        script = "exec 0<&- 2>&-; exec " + program("show")
        native = execute(["/bin/sh", "-c", script])
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"))
        preloaded = execute(["/bin/sh", "-c", script], env)
        self.assertEqual(native, preloaded)
        self.assertIn(b"descriptors: 1\n", native.stdout)

    def test_pipeline_of_a_shell(self):
        script = ("for i in 1 2 3; do echo $i; done | sort -r | head -2; false || echo $?; "
                  "(exit 7); echo $?; kill -9 $$")
        native = execute(["/bin/bash", "-c", script])
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"))
        self.assertEqual(native, execute(["/bin/bash", "-c", script], env))
        self.assertEqual(native.status, -signal.SIGKILL)


if __name__ == "__main__":
    unittest.main()
