"""Another user, or a directory somebody else made, gets nothing from us: he can neither read what was
recorded, nor put runs among ours, nor make us write elsewhere or wait for ever. The analyzer's side,
and the place in the temporary directory; the shim's run directories are in test_files."""

import os
import shutil
import stat
import subprocess
import sys
import unittest

from harness import DNDPROF, ROOT, SHIM, Case, Outcome, environment, execute, program, require, require_root

NOBODY = 65534
GOLDEN = os.path.join(ROOT, "tests", "golden", "version1.1.dndprof")
COMMAND = [program("hammer"), "2", "200"]


class Attacks(Case):
    def homeless(self, **more):
        """An environment whose runs belong into the temporary directory, which is everybody's."""
        return environment(TMPDIR=self.shared, HOME=None, XDG_STATE_HOME=None, **more)

    def setUp(self):
        super().setUp()
        self.shared = self.path("shared")
        os.mkdir(self.shared)
        os.chmod(self.shared, 0o1777)
        self.ours = os.path.join(self.shared, f"dndprof-{os.getuid()}")

    def a_run(self, directory, name="run-20260101T000000Z-1"):
        path = os.path.join(directory, name)
        os.makedirs(path, 0o700)
        shutil.copy(GOLDEN, os.path.join(path, "1.dndprof"))
        return path

    def refused(self, *arguments, env):
        done = execute([DNDPROF, *arguments], env, cwd=self.directory)
        self.assertEqual((done.status, done.stdout), (3, b""), (arguments, done))
        self.assertEqual(len(done.stderr.splitlines()), 1, done)
        return done.stderr.decode()

    # ---- the place in the temporary directory ----

    def taken(self, elsewhere):
        """Somebody stands where our directory would: the program runs as ever, nothing is written
        or read, and the commands say so."""
        native = execute(COMMAND, environment())
        before = sorted(os.listdir(elsewhere))
        self.assertEqual(execute(COMMAND, self.homeless(LD_PRELOAD=SHIM)), native)
        self.assertEqual(sorted(os.listdir(elsewhere)), before)
        for arguments in (["report"], ["run", "--", "/bin/true"], ["history", "list"],
                          ["history", "add", GOLDEN], ["trend"], ["dump"]):
            text = self.refused(*arguments, env=self.homeless())
            self.assertIn(self.ours, text)
        self.assertEqual(sorted(os.listdir(elsewhere)), before)

    def test_link_in_the_temporary_directory(self):
        elsewhere = self.path("elsewhere")
        os.mkdir(elsewhere, 0o700)
        self.a_run(elsewhere)
        os.symlink(elsewhere, self.ours)
        self.taken(elsewhere)

    def test_other_users_place_in_the_temporary_directory(self):
        require_root()
        self.a_run(self.ours)
        os.chown(self.ours, NOBODY, NOBODY)
        self.taken(self.ours)

    def test_open_place_in_the_temporary_directory(self):
        self.a_run(self.ours)
        os.chmod(self.ours, 0o777)
        self.taken(self.ours)

    def test_free_place_in_the_temporary_directory(self):
        native = execute(COMMAND, environment())
        self.assertEqual(execute(COMMAND, self.homeless(LD_PRELOAD=SHIM)), native)
        self.assertEqual(stat.S_IMODE(os.stat(self.ours).st_mode), 0o700)
        done = execute([DNDPROF, "report"], self.homeless())
        self.assertEqual((done.status, done.stderr), (0, b""))
        self.assertIn(b"hammer", done.stdout)

    # ---- reading ----

    def test_nobody_reads(self):
        require_root()
        os.chmod(self.directory, 0o755)
        report, history = self.path("report.txt"), self.path("history.db")
        done = execute([DNDPROF, "run", "-o", self.shared, "--report", report, "--", *COMMAND])
        self.assertEqual(done, (0, b"", b""))
        execute([DNDPROF, "history", "add", "--db", history, self.shared])
        ours = [report, history] + [os.path.join(self.shared, name)
                                    for name in os.listdir(self.shared)]
        self.assertEqual(len(ours), 3)
        code = ("import os, sys\nfor path in sys.argv[1:]:\n"
                "    try: print(os.listdir(path) if os.path.isdir(path) else open(path).read())\n"
                "    except PermissionError: pass\n"
                "    try: open(os.path.join(path, 'x') if os.path.isdir(path) else path, 'a')\n"
                "    except PermissionError: pass\n"
                "    else: print('written', path)\n")
        done = execute(["/usr/bin/python3", "-c", code, *ours], user=NOBODY, group=NOBODY,
                       extra_groups=[])
        self.assertEqual(done, (0, b"", b""))
        done = execute(["/usr/bin/python3", "-c", code, self.write("open", "seen")], user=NOBODY,
                       group=NOBODY, extra_groups=[])
        self.assertEqual(done, (0, b"seen\n", b""))  # he comes as far as that
        done = execute([DNDPROF, "report", ours[2]], user=NOBODY, group=NOBODY, extra_groups=[])
        self.assertEqual(done.status, 3)
        self.assertEqual(len(done.stderr.splitlines()), 1)

    # ---- planting ----

    def test_planted_run(self):
        """In a parent that all may write to, the newest run is ours, not what somebody put there."""
        require_root()
        self.assertEqual(execute([DNDPROF, "run", "-o", self.shared, "--report", "/dev/null", "--",
                                  *COMMAND]).status, 0)
        planted = self.a_run(self.shared, "run-20990101T000000Z-1")
        for path, _, names in os.walk(planted):
            for name in [path] + [os.path.join(path, name) for name in names]:
                os.chown(name, NOBODY, NOBODY)
        done = execute([DNDPROF, "report", self.shared])
        self.assertEqual((done.status, done.stderr), (0, b""))
        self.assertIn(b"hammer", done.stdout)
        done = execute([DNDPROF, "diff", "--format", "json", self.shared, self.shared])
        self.assertNotIn(b"20990101", done.stdout)
        # files of his there do not make a run of the directory
        for name, data in (("1.dndprof", None), ("run.json", "{}"), ("run.budget", ""),
                           ("resources.json", "{}")):
            path = os.path.join(self.shared, name)
            if data is None:
                shutil.copy(GOLDEN, path)
            else:
                self.write("shared/" + name, data)
            os.chown(path, NOBODY, NOBODY)
        done = execute([DNDPROF, "report", self.shared])
        self.assertEqual((done.status, done.stderr), (0, b""))
        self.assertIn(b"hammer", done.stdout)
        self.assertNotIn(b"compose up", done.stdout)
        done = execute([DNDPROF, "diff", "--format", "json", self.shared, self.shared])
        self.assertEqual(done.status, 0, done)
        self.assertNotIn(b"compose up", done.stdout)
        done = execute([DNDPROF, "report", planted])  # named, it is read: he is trusted then
        self.assertIn(b"compose up", done.stdout)
        os.chown(planted, os.getuid(), os.getgid())
        self.assertIn(b"compose up", execute([DNDPROF, "report", self.shared]).stdout)

    # ---- a directory of anybody's ----

    def test_pipes_and_devices_in_a_run(self):
        """Neither waited for, nor read without an end."""
        def pipe(path):
            os.mkfifo(path)

        def endless(path):
            os.symlink("/dev/zero", path)

        def terminal(path):
            os.symlink("/dev/tty", path)

        def huge(path):
            with open(path, "wb") as file:
                file.truncate(1 << 40)

        for make in (pipe, endless, terminal, huge, os.mkdir):
            with self.subTest(make=make.__name__):
                directory = self.path(make.__name__)
                os.mkdir(directory)
                for name in ("run.json", "resources.json", "2.dndprof"):
                    make(os.path.join(directory, name))
                done = self.bounded("report", directory)
                self.assertEqual((done.status, done.stdout), (3, b""), done)
                shutil.copy(GOLDEN, os.path.join(directory, "1.dndprof"))
                done = self.bounded("report", directory)
                self.assertEqual(done.status, 0, done)
                self.assertIn(b"compose up", done.stdout)

    def bounded(self, *arguments):
        """With a limit on memory and on time."""
        out, error = self.path("stdout"), self.path("stderr")
        with open(out, "wb") as stdout, open(error, "wb") as stderr:
            child = subprocess.Popen(["timeout", "60", DNDPROF, *arguments], stdout=stdout,
                                     stderr=stderr, env=environment())
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        self.assertLess(used.ru_maxrss, 1 << 20)  # kB, of the largest
        with open(out, "rb") as stdout, open(error, "rb") as stderr:
            return Outcome(child.returncode, stdout.read(), stderr.read())

    def test_nested_json_in_a_run(self):
        directory = self.a_run(self.path("nested"))
        for text in (b"[" * 900000, b'{"a":' * 150000, b'{"program": "' + b"x" * 900000 + b'"}',
                     b'{"anchors": [' + b"{}," * 200000 + b"{}]}"):
            with open(os.path.join(directory, "run.json"), "wb") as file:
                file.write(text)
            done = self.bounded("report", directory)
            self.assertEqual(done.status, 0, done.stderr)

    def test_newer_file(self):
        """One sentence that names both versions."""
        with open(GOLDEN, "rb") as file:
            data = bytearray(file.read())
        self.assertEqual(data[16:20], b"\1\0\1\0")  # version 1.1
        data[16:20] = b"\7\0\3\0"
        with open(self.path("newer.dndprof"), "wb") as file:
            file.write(data)
        for command in ("report", "dump"):
            text = self.refused(command, self.path("newer.dndprof"), env=environment())
            self.assertIn("version 7.3", text)
            self.assertIn("knows 1.1", text)
        data[16:20] = b"\1\0\7\0"  # a higher minor only adds
        with open(self.path("later.dndprof"), "wb") as file:
            file.write(data)
        done = execute([DNDPROF, "report", self.path("later.dndprof")])
        self.assertEqual((done.status, done.stderr), (0, b""))
        self.assertIn(b"compose up", done.stdout)
        data[32] |= 2  # a feature that has to be known
        with open(self.path("later.dndprof"), "wb") as file:
            file.write(data)
        text = self.refused("report", self.path("later.dndprof"), env=environment())
        self.assertIn("version 1.7", text)
        self.assertIn("knows 1.1, lacks", text)

    # ---- writing elsewhere ----

    def test_links_in_place_of_what_ci_report_writes(self):
        victim = self.write("victim", "as it was\n")
        run, out = self.a_run(self.path("runs")), self.path("out")
        env = environment(DNDPROF_DIR=self.path("runs"))
        for name in ("report.html", "report.txt", "junit.xml", "metrics.txt"):
            os.makedirs(out, exist_ok=True)
            os.symlink(victim, os.path.join(out, name))
            done = execute([DNDPROF, "ci", "report", "-o", out, run], env)
            self.assertEqual(done.status, 3, done)
            self.assertEqual(len(done.stderr.splitlines()), 1, done)
            with open(victim, encoding="utf-8") as file:
                self.assertEqual(file.read(), "as it was\n")
            shutil.rmtree(out)
        done = execute([DNDPROF, "ci", "report", "-o", out, run], env)
        self.assertEqual(done.status, 0, done)
        self.assertIn("report.html", os.listdir(out))

    def test_link_in_place_of_a_history(self):
        elsewhere = self.path("elsewhere.db")
        os.symlink(elsewhere, self.path("history.db"))
        self.refused("history", "add", "--db", self.path("history.db"), GOLDEN, env=environment())
        self.assertFalse(os.path.exists(elsewhere))

    def by_nobody(self, code, *arguments):
        """Python code of another user's, in the shared directory."""
        require_root()
        os.chmod(self.directory, 0o755)
        done = execute(["/usr/bin/python3", "-c", "import os, sys\n" + code, *arguments],
                       user=NOBODY, group=NOBODY, extra_groups=[], cwd=self.shared)
        self.assertEqual(done, (0, b"", b""))

    PLANTS = {
        "link": "os.symlink(sys.argv[2], sys.argv[1])",
        "hanging": "os.symlink(sys.argv[2] + '.new', sys.argv[1])",
        "file": "os.close(os.open(sys.argv[1], os.O_CREAT | os.O_EXCL)); os.chmod(sys.argv[1], 0o666)",
        "pipe": "os.mkfifo(sys.argv[1]); os.chmod(sys.argv[1], 0o666)",
        "second-name": None,  # he may, where /proc/sys/fs/protected_hardlinks is 0
    }

    def plant(self, name, victim, kind):
        path = os.path.join(self.shared, name)
        if kind == "second-name":
            os.link(victim, path)
        else:
            self.by_nobody(self.PLANTS[kind], path, victim)
        return path

    def test_planted_where_commands_write(self):
        """Links, files, pipes and second names that another user left in a directory all may write
        to, where a command of ours writes: refused, in a sentence, and nothing has changed."""
        victim, run = self.write("victim", "as it was\n"), self.a_run(self.path("runs"))
        out = os.path.join(self.shared, "out")
        os.mkdir(out)
        os.chmod(out, 0o1777)
        os.chown(out, 1, 1)
        budget = ["--fail-on", "errors>100%"]
        for name, status, arguments in (
                ("report.txt", 0, ["run", "-o", self.path("runs"), "--report", "{}", "--",
                                   "/bin/true"]),
                ("junit.xml", 3, ["check", *budget, "--junit", "{}", run]),
                ("junit.xml", 3, ["diff", *budget, "--junit", "{}", run, run]),
                ("out/report.html", 3, ["ci", "report", "-o", out, run]),
                ("history.db", 3, ["history", "add", "--db", "{}", run]),
                ("history.db-wal", 3, ["history", "add", "--db", "history.db", run]),
                ("history.db-shm", 3, ["history", "add", "--db", "history.db", run]),
                ("history.db-journal", 3, ["history", "add", "--db", "history.db", run])):
            for kind in self.PLANTS:
                with self.subTest(name=name, command=arguments[0], kind=kind):
                    path = self.plant(name, victim, kind)
                    before = os.lstat(path).st_size
                    done = execute(["timeout", "60", DNDPROF,
                                    *(word.format(path) for word in arguments)],
                                   environment(GITHUB_ACTIONS=None), cwd=self.shared)
                    self.assertEqual(done.status, status, done)
                    self.assertEqual(len(done.stderr.splitlines()), 1, done)
                    self.assertRegex(done.stderr, b"somebody else can have put|is a link")
                    with open(victim, encoding="utf-8") as file:
                        self.assertEqual(file.read(), "as it was\n")
                    self.assertFalse(os.path.exists(victim + ".new"))
                    self.assertEqual(os.lstat(path).st_size, before)
                    os.remove(path)

    SWAPS = """import os, sys
print(flush=True)
while True:
    for plant in (os.symlink, os.link):
        plant(sys.argv[1], sys.argv[2])
        os.rename(sys.argv[2], sys.argv[3])
        os.remove(sys.argv[3])
"""

    def test_planted_meanwhile(self):
        """Links and second names come and go, fast, while our commands look before they open."""
        require("strace")
        victim, run = self.write("victim", "as it was\n"), self.a_run(self.path("runs"))
        report = os.path.join(self.shared, "junit.xml")
        os.chmod(self.shared, 0o777)
        with subprocess.Popen([sys.executable, "-c", self.SWAPS, victim,
                               os.path.join(self.shared, "next"), report],
                              stdout=subprocess.PIPE) as swaps:
            try:
                swaps.stdout.readline()
                for _ in range(12):
                    done = execute(["strace", "-o", "/dev/null", "-e", "trace=newfstatat", "-e",
                                    "inject=newfstatat:delay_exit=5000", "-P", report,
                                    DNDPROF, "check", "--fail-on", "errors>100%", "--junit",
                                    report, run], environment(GITHUB_ACTIONS=None))
                    if done.status != 0:
                        self.assertEqual(done.status, 3, done)
                        self.assertRegex(done.stderr, b"somebody else can have put|No such file")
                    with open(victim, encoding="utf-8") as file:
                        self.assertEqual(file.read(), "as it was\n")
            finally:
                swaps.kill()

    def test_ours_where_others_write(self):
        """What is ours there, or nobody's yet, is written; what the directory's owner made, too."""
        run, env = self.a_run(self.path("runs")), environment()
        report = os.path.join(self.shared, "report.txt")
        for _ in range(2):
            done = execute([DNDPROF, "run", "-o", self.path("runs"), "--report", report, "--",
                            "/bin/true"], env)
            self.assertEqual(done, (0, b"", b""))
            self.assertGreater(os.path.getsize(report), 1000)
            database = os.path.join(self.shared, "history.db")
            self.assertEqual(execute([DNDPROF, "history", "add", "--db", database, run],
                                     env).status, 0)
        for target in ("/dev/stderr", "/dev/fd/2"):
            done = execute([DNDPROF, "run", "-o", self.path("runs"), "--report", target, "--",
                            "/bin/true"], env)
            self.assertEqual(done.status, 0)
            self.assertIn(b"EXECUTIVE SUMMARY", done.stderr)

    def test_planted_history_is_not_read(self):
        """Beside runs in a directory all may write to, the history is ours or none."""
        require_root()
        run, env = self.a_run(self.shared), environment(DNDPROF_DIR=self.shared)
        self.assertEqual(execute([DNDPROF, "history", "add", run], env).status, 0)
        database = os.path.join(self.shared, "history.db")
        self.assertEqual(execute([DNDPROF, "history", "list"], env).status, 0)
        os.chown(database, NOBODY, NOBODY)
        for arguments in (["history", "list"], ["history", "add", run], ["trend"],
                          ["baseline", "list"]):
            self.assertIn(database, self.refused(*arguments, env=env))
        done = execute([DNDPROF, "report", "--format", "html", run], env)
        self.assertEqual(done.status, 0)
        self.assertIn(b"somebody else can have put", done.stderr)

    def test_wrap_where_others_write(self):
        """What is first on PATH must not be what others can change."""
        wrap = os.path.join(self.shared, "wrap")
        os.mkdir(wrap)
        os.chmod(wrap, 0o777)
        self.assertIn(wrap, self.refused("ci", "wrap", wrap, "true", env=environment()))
        self.assertEqual(os.listdir(wrap), [])
        os.chmod(wrap, 0o755)
        if os.geteuid() == 0:
            os.chown(wrap, NOBODY, NOBODY)
            self.refused("ci", "wrap", wrap, "true", env=environment())
            os.chown(wrap, 0, 0)
        done = execute([DNDPROF, "ci", "wrap", wrap, "true"])
        self.assertEqual(done.status, 0, done)

    def test_link_in_place_of_a_run(self):
        """`dndprof run` makes its directory, or nothing."""
        elsewhere = self.path("elsewhere")
        os.mkdir(elsewhere)
        code = ("import os, sys, time\nfor s in range(60):\n"
                "    name = time.strftime('run-%Y%m%dT%H%M%SZ', time.gmtime(time.time() + s))\n"
                "    os.symlink(sys.argv[2], f'{sys.argv[1]}/{name}-{os.getpid()}')\n"
                "os.execv(sys.argv[3], [sys.argv[3], 'run', '-o', sys.argv[1], '--', '/bin/true'])")
        done = execute([sys.executable, "-c", code, self.shared, elsewhere, DNDPROF])
        self.assertEqual((done.status, done.stdout), (3, b""), done)
        self.assertEqual(len(done.stderr.splitlines()), 1, done)
        self.assertEqual(os.listdir(elsewhere), [])


if __name__ == "__main__":
    unittest.main()
