"""Programs that are started by programs: what becomes of a process under the variable is what it
would have become, static Go included, and every one of them is seen or said not to be."""

import errno
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import harness
from go_programs import GATES, LINKAGES, docker, go_program, linked
from harness import DNDPROF, SHIM, Case, environment, execute

BUILD = os.path.dirname(SHIM)


def same_numbers(text):
    """Process ids and descriptors of pipes differ from run to run."""
    return re.sub(rb"(pipe|socket):\[\d+\]", rb"\1", text)


class Shown(Case):
    """show.go, below whatever starts it, tells the same natively and under the variable."""

    def preloaded(self, command, env=None, **options):
        """Runs natively and with the variable; both must say the same. The report."""
        env = env or environment(HOME=self.directory)
        runs = self.path(f"runs{len(os.listdir(self.directory))}")
        native = execute(command, env, **options)
        watched = execute(command, dict(env, LD_PRELOAD=SHIM, DNDPROF_DIR=runs), **options)
        self.assertEqual(same_numbers(native.stdout).decode(), same_numbers(watched.stdout).decode())
        self.assertEqual((native.status, native.stderr), (watched.status, watched.stderr))
        done = execute([DNDPROF, "report", "--format", "json", runs])
        self.assertEqual(done.status, 0, done.stderr)
        return harness.Profile(watched, json.loads(done.stdout), runs)

    def seen(self, profile, count, gate, program="show"):
        rows = profile.coverage(program)
        self.assertEqual([row["gate"] for row in rows], [gate] * count,
                         profile.report["coverage"])

    def each(self, command, count=1, **options):
        """`command` makes a command of the program's path."""
        for linkage in LINKAGES:
            with self.subTest(linkage=linkage):
                path = linked("show", linkage)
                profile = self.preloaded(command(path), **options)
                self.assertIn(b"exe " + os.path.realpath(path).encode(), profile.outcome.stdout)
                self.assertEqual(profile.outcome.stdout.count(b"TracerPid:\t0\n"), count)
                self.seen(profile, count, GATES[linkage])

    def test_bash(self):
        self.each(lambda path: ["bash", "-c", f"{path} 'a b'; true"])

    def test_exec_in_place(self):
        self.each(lambda path: ["bash", "-c", f"exec -a other {path}"])

    def test_subshells_and_pipes(self):
        self.each(lambda path: ["bash", "-c", f"( {path} | cat ) | cat; echo \"$({path})\""], 2)

    def test_along_path(self):
        def command(path):
            return ["env", "PATH=/nonexistent:" + os.path.dirname(path) + ":/usr/bin:/bin", "show"]
        self.each(command)

    def test_env_nohup_timeout_nice(self):
        self.each(lambda path: ["env", "X=y", "nohup", "timeout", "60", "nice", path])

    def test_empty_environment(self):
        """A parent that passes its own environment: ours is added, and nothing else."""
        self.each(lambda path: ["env", "-i", path])

    def test_make(self):
        harness.require("make")
        self.write("Makefile", "all:\n\t@$(P)\n\t@$(P) 1 && true\n")
        self.each(lambda path: ["make", "-s", "-C", self.directory, "P=" + path], 2)

    def test_python(self):
        for call in ("subprocess.run([p])", "subprocess.run([p], close_fds=False)",
                     "subprocess.run([p], start_new_session=True)",
                     "os.waitpid(os.posix_spawn(p, [p, 'x'], os.environ), 0)",
                     "os.waitpid(os.posix_spawnp(p, [p], {}), 0)",
                     "os.spawnv(os.P_WAIT, p, [p])", "os.system(p)"):
            with self.subTest(call=call):
                self.each(lambda path, call=call: [
                    harness.PYTHON, "-c", f"import os, subprocess\np = {path!r}\n{call}"])

    def test_node(self):
        harness.require("node")
        self.each(lambda path: ["node", "-e", "require('child_process').spawnSync("
                                f"{path!r}, ['x'], {{stdio: 'inherit'}})"])

    def test_perl(self):
        self.each(lambda path: ["perl", "-e", f"system('{path}', 'x')"])

    def test_exec_of_a_thread(self):
        """The kernel makes the thread the process's only and main one."""
        self.each(lambda path: ["python3", "-c", "import os, threading, time; threading.Thread("
                                f"target=os.execv, args=({path!r}, ['x'])).start(); time.sleep(9)"])

    def test_many_at_once(self):
        path = linked("show", "static")
        profile = self.preloaded(["sh", "-c", f"seq 40 | xargs -P 8 -I@ {path} @ | grep -c ^exe"])
        self.assertEqual(profile.outcome.stdout, b"40\n")
        self.seen(profile, 40, "go")

    def test_children_of_go(self):
        """os/exec of Go, from each linkage to each."""
        for parent in ("static", "dynamic"):
            for child in LINKAGES:
                for how in ("run", "exec", "thread"):
                    with self.subTest(parent=parent, child=child, how=how):
                        path = linked("show", child)
                        profile = self.preloaded(["sh", "-c", f"{linked('show', parent)} {how} {path}"])
                        rows = profile.coverage("show")
                        self.assertEqual([row["gate"] for row in rows],
                                         [GATES[parent], GATES[child]], profile.report["coverage"])

    def test_another_root(self):
        """Where our library is not its loader must not look for it: it would say so."""
        harness.require_root()
        root = self.path("root")
        libraries = re.findall(r"/\S+", execute(["ldd", "/bin/echo"]).stdout.decode())
        for path in ["/bin/echo", *libraries]:
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            shutil.copy(os.path.realpath(path), root + path)
        for parent in LINKAGES:
            with self.subTest(parent=parent):
                command = [linked("show", parent), "chroot", root, "/bin/echo", "hi"]
                native = execute(command)
                runs = self.path("runs-" + parent)
                watched = execute(["sh", "-c", 'exec "$@"', "sh", *command],
                                  environment(LD_PRELOAD=SHIM, DNDPROF_DIR=runs))
                self.assertEqual(watched, native)
                self.assertEqual(native, (0, b"hi\nrun: 0 <nil>\n", b""))

    def as_nobody(self):
        """A directory for anybody, with the shim in it, and what makes a command nobody's."""
        harness.require_root()
        harness.require("setpriv")
        home = tempfile.mkdtemp(dir="/tmp")
        self.addCleanup(shutil.rmtree, home, ignore_errors=True)
        os.chmod(home, 0o777)
        for name in ("libdndprof.so", "dndprof-exec"):
            shutil.copy(os.path.join(BUILD, name), home)
        return home, ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    def test_ordinary_user(self):
        home, user = self.as_nobody()
        path = shutil.copy(linked("show", "static"), home)
        env = environment(HOME=home)
        native = execute([*user, "sh", "-c", f"{path}; true"], env, cwd=home)
        watched = execute([*user, "env", f"LD_PRELOAD={home}/libdndprof.so",
                           f"DNDPROF_DIR={home}/runs", "sh", "-c", f"{path}; true"], env, cwd=home)
        self.assertEqual(same_numbers(native.stdout), same_numbers(watched.stdout))
        report = json.loads(execute([DNDPROF, "report", "--format", "json", home + "/runs"]).stdout)
        self.assertEqual([row["gate"] for row in report["coverage"]
                          if row["program"].startswith("show")], ["go"])

    # ---- what is left alone ----

    def alone(self, command, reason, path, **options):
        profile = self.preloaded(command, **options)
        row, = [row for row in profile.coverage(os.path.basename(path))]
        self.assertEqual(row["gate"], "unobserved")
        self.assertIn(reason, row["reason"])
        return profile

    def test_setuid(self):
        harness.require_root()
        path = shutil.copy(linked("show", "static"), self.path("show"))
        os.chmod(path, 0o4755)
        self.alone(["sh", "-c", f"{path}; true"], "setuid", path)

    def test_capabilities(self):
        harness.require_root()
        harness.require("setcap")
        path = shutil.copy(linked("show", "static"), self.path("show"))
        if execute(["setcap", "cap_net_raw+ep", path]).status:
            self.skipTest("no file capabilities on this file system")
        self.alone(["sh", "-c", f"{path}; true"], "capabilities", path)

    def test_ptrace_refused(self):
        path = linked("show", "static")
        profile = self.alone([harness.program("no_ptrace"), "sh", "-c", f"{path}; exit 7"],
                             "ptrace", path)
        self.assertEqual(profile.outcome.status, 7)

    def test_traced(self):
        harness.require("strace")
        path = linked("show", "static")
        env = environment(HOME=self.directory)
        trace = ["strace", "-f", "-qq", "-o", self.path("trace"), "-e", "trace=execve"]
        native = execute([*trace, "sh", "-c", f"{path}; exit 5"], env)
        runs = self.path("runs")
        watched = execute([*trace, "-E", "LD_PRELOAD=" + SHIM, "-E", "DNDPROF_DIR=" + runs, "sh",
                           "-c", f"{path}; exit 5"], env)
        strip = re.compile(rb"TracerPid:\t\d+")
        self.assertEqual(strip.sub(b"", same_numbers(native.stdout)),
                         strip.sub(b"", same_numbers(watched.stdout)))
        self.assertEqual((native.status, watched.status), (5, 5))
        report = json.loads(execute([DNDPROF, "report", "--format", "json", runs]).stdout)
        row, = [row for row in report["coverage"] if row["program"].startswith("show")]
        self.assertIn("traced", row["reason"])

    def test_no_helper(self):
        """libdndprof.so without dndprof-exec beside it."""
        lone = shutil.copy(SHIM, self.path("libdndprof.so"))
        path = linked("show", "static")
        runs = self.path("runs")
        env = environment(LD_PRELOAD=lone, DNDPROF_DIR=runs)
        self.assertEqual(execute(["sh", "-c", f"{path} >/dev/null; exit 6"], env).status, 6)
        report = json.loads(execute([DNDPROF, "report", "--format", "json", runs]).stdout)
        row, = [row for row in report["coverage"] if row["program"].startswith("show")]
        self.assertIn("dndprof-exec", row["reason"])

    # ---- errors ----

    def test_errors(self):
        """What exec says of bad programs, from C, Python and Go."""
        show = {name: linked("show", name) for name in ("static", "dynamic")}
        bad = {
            "absent": self.path("absent"),
            "directory": self.directory,
            "empty": self.write("empty", "", 0o755),
            "text": self.write("text", "no program", 0o755),
            "forbidden": self.write("forbidden", "#!/bin/sh\n", 0o644),
            "interpreter": self.write("interpreter", "#!/nonexistent/sh\n", 0o755),
            "cut": self.path("cut"),
            "below": self.path("empty") + "/below",
            "long": "/" + "x" * 5000,
        }
        with open(show["static"], "rb") as source, open(bad["cut"], "wb") as target:
            target.write(source.read(3000))
        os.chmod(bad["cut"], 0o755)
        for name, path in bad.items():
            with self.subTest(bad=name):
                for go in show.values():
                    for how in ("run", "exec"):
                        profile = self.preloaded(["sh", "-c", f"{go} {how} {path}"])
                        if name != "cut":  # which dies of it
                            self.assertIn(how.encode() + b":", profile.outcome.stdout)
                self.preloaded([harness.PYTHON, "-c", f"""
import os, subprocess
for start in (lambda: os.posix_spawn({path!r}, ["x"], os.environ),
              lambda: subprocess.run([{path!r}]), lambda: os.execv({path!r}, ["x"]),
              lambda: os.execvpe({path!r}, ["x"], {{}})):
    try:
        start()
    except OSError as error:
        print(error.errno)
"""])

    def test_nobody_traces_after_an_error(self):
        """An exec that is followed and then fails: the caller goes on as it was."""
        path = linked("show", "static")
        code = f"""
import os
for start in (lambda: os.execv({path!r}, ["x" * 3000000]),
              lambda: os.execve({path!r}, ["x"], dict(A="y" * 3000000))):
    try:
        start()
    except OSError as error:
        print(error.errno)
    with open("/proc/self/status") as status:
        print([line for line in status if line.startswith("TracerPid")])
os.execv({path!r}, ["x"])
"""
        profile = self.preloaded([harness.PYTHON, "-c", code])
        self.assertEqual(profile.outcome.stdout.count(b"TracerPid:\\t0\\n"), 2)
        self.seen(profile, 1, "go")

    def test_busy(self):
        """A program that is being written to: ETXTBSY."""
        for linkage in ("static", "dynamic"):
            path = shutil.copy(linked("show", linkage), self.path("busy"))
            with open(path, "r+b"):
                for go in ("static", "dynamic"):
                    profile = self.preloaded(["sh", "-c", f"{linked('show', go)} run {path}"])
                    self.assertIn(b"run: %d " % errno.ETXTBSY, profile.outcome.stdout)
            os.unlink(path)

    def test_unreadable(self):
        """Executable, but not to be read: it runs."""
        harness.require_root()
        harness.require("setpriv")
        home, user = self.as_nobody()
        path = shutil.copy(linked("show", "static"), home)
        os.chmod(path, 0o711)
        command = [*user, "sh", "-c", f"{path} >/dev/null; echo $?"]
        env = environment(HOME=home)
        native = execute(command, env)
        self.assertEqual(native.stdout, b"0\n")
        watched = [*user, "env", f"LD_PRELOAD={home}/libdndprof.so", f"DNDPROF_DIR={home}/runs",
                   *command[len(user):]]
        self.assertEqual(execute(watched, env), native)


def until_listed(state):
    """A line for bash that waits until a job is one of those that are stopped (s), running (r)."""
    return f"until jobs -{state} | grep -q sleep; do :; done; echo listed -{state}\n".encode()


class Terminal(Case):
    """bash on a terminal of its own, typed at."""

    def session(self, lines, env):
        """Types the lines, each when the answer to the one before has come; what was shown."""
        pid, master = pty.fork()
        if not pid:
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], dict(env, PS1="ready> ",
                       TERM="dumb", HISTFILE="/dev/null"))
        shown, deadline = b"", time.monotonic() + 60

        def until(what, since):
            nonlocal shown
            while what not in shown[since:]:
                if time.monotonic() > deadline:
                    raise AssertionError(f"no {what!r} in {shown[since:]!r}")
                if select.select([master], [], [], 0.2)[0]:
                    try:
                        shown += os.read(master, 65536)
                    except OSError:
                        break
        until(b"ready> ", 0)
        for line, wait in lines:
            since = len(shown)
            os.write(master, line)
            until(wait, since)
        os.write(master, b"exit 3\n")
        _, status = os.waitpid(pid, 0)
        os.close(master)
        self.assertEqual(os.waitstatus_to_exitcode(status), 3)
        return re.sub(rb"\[(\d)\] \d+", rb"[\1] PID", shown)

    def test_job_control(self):
        for linkage in ("static", "dynamic"):
            with self.subTest(linkage=linkage):
                path = go_program("sleep", cgo=LINKAGES[linkage][0], *LINKAGES[linkage][1])
                lines = [
                    (f"{path} 30\n".encode(), b"sleeping"), (b"\x03", b"ready> "),
                    (b"echo status $?\n", b"status 130\r\nready> "),
                    (f"{path} 30\n".encode(), b"sleeping"), (b"\x1a", b"Stopped"),
                    (b"jobs -s | wc -l\n", b"1\r\nready> "),
                    (b"bg\n", b"ready> "), (b"kill %1; wait %1; echo ended $?\n",
                                            b"ended 143\r\n"),
                    (f"{path} 0 & wait $!; echo waited $?\n".encode(), b"waited 0\r\n"),
                    (f"{path} 30 &\n".encode(), b"sleeping"),
                    # A stop that bash learns of while it waits ends the waiting: seen before.
                    (b"kill -STOP $!\n", b"ready> "), (until_listed("s"), b"listed -s\r\nready> "),
                    (b"kill -CONT $!\n", b"ready> "), (until_listed("r"), b"listed -r\r\nready> "),
                    (b"kill -9 $!; wait $!; echo killed $?\n", b"killed 137\r\n"),
                ]
                env = environment(HOME=self.directory)
                self.session(lines, env)
                runs = self.path("runs-" + linkage)
                self.session(lines, dict(env, LD_PRELOAD=SHIM, DNDPROF_DIR=runs))
                report = json.loads(execute([DNDPROF, "report", "--format", "json", runs]).stdout)
                rows = [row for row in report["coverage"] if row["program"].startswith("sleep")]
                self.assertEqual([row["gate"] for row in rows], [GATES[linkage]] * 4)


class Script(Case):
    """A whole bash script: docker in the background, $!, wait, kill."""

    SCRIPT = r"""
set -m
"$1" ps -q > "$2/ps" &
first=$!
"$1" events > /dev/null &
second=$!
wait $first; echo "ps $?"
sleep 0.3
kill $second; wait $second; echo "events $?"
"$1" run --rm --pull never --network none bb:1 /bin/busybox sh -c 'exit 9'; echo "run $?"
"$1" version | grep -c Version > /dev/null; echo "pipe ${PIPESTATUS[0]}"
jobs | wc -l
"""

    def test_script(self):
        for linkage in ("static", "dynamic"):
            with self.subTest(linkage=linkage):
                path = docker(linkage)
                env = environment(DOCKER_HOST=harness.engine(), HOME=self.directory)
                command = ["bash", "-c", self.SCRIPT, "script", path, self.directory]
                native = execute(command, env)
                runs = self.path("runs-" + linkage)
                watched = execute(command, dict(env, LD_PRELOAD=SHIM, DNDPROF_DIR=runs))
                self.assertEqual(native, watched)
                self.assertIn(b"run 9", native.stdout)
                report = json.loads(execute([DNDPROF, "report", "--format", "json", runs]).stdout)
                gates = [row["gate"] for row in report["coverage"]
                         if row["program"].startswith("docker")]
                self.assertEqual(gates, [GATES[linkage]] * 4)


if __name__ == "__main__":
    unittest.main()
