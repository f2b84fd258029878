"""The command line: one sentence for whatever is wrong with the input, exit codes, run's exit
status, where reports go."""

import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import unittest

import harness
from harness import DNDPROF, SHIM, Case, environment, execute, program, require

VERSION_MAJOR_OFFSET = 16


class Input(Case):
    """A wrong file, a truncated one, a newer version, none: one sentence each, exit 3."""

    def sentence(self, *arguments, env=None):
        done = execute([DNDPROF, *arguments], env)
        self.assertEqual(done.status, 3, done)
        self.assertEqual(done.stdout, b"", done)
        lines = done.stderr.decode().splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith("dndprof: "), lines)
        return lines[0]

    def both(self, path, *words):
        for command in ("report", "dump"):
            with self.subTest(command=command):
                line = self.sentence(command, path)
                self.assertIn(os.path.basename(path), line)
                for word in words:
                    self.assertIn(word, line)

    def sample(self):
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("sample"))
        execute([program("hammer"), "1", "100"], env)
        return glob.glob(self.path("sample/*/*.dndprof"))[0]

    def changed(self, name, change):
        with open(self.sample(), "rb") as file:
            data = bytearray(file.read())
        with open(self.path(name), "wb") as file:
            file.write(change(data))
        return self.path(name)

    def test_what_cannot_run_leaves_nothing(self):
        """The newest run stays the last one that was one."""
        for words, status in ((["nosuch-program"], 127), (["/etc/passwd"], 126)):
            done = execute([DNDPROF, "run", "-o", self.path("runs"), "--", *words], environment())
            self.assertEqual(done.status, status)
            self.assertRegex(done.stderr, rb"^dndprof: \S+ cannot be run: [^\n]*\n$")
            self.assertEqual(os.listdir(self.path("runs")), [])

    def test_mistaken_options(self):
        for words, said in ((["report", "--formt", "json"], b"did you mean --format? usage: "),
                            (["report", "--nothing-like-it"], b"there is no option --nothing-like-it;"),
                            (["--bogus"], b"`dndprof help` lists"),
                            (["report", "--format", "x"], b"--format is text|json|"),
                            (["run", "--set", "X=1", "--", "true"], b"`dndprof help settings`")):
            done = execute([DNDPROF, *words], environment())
            self.assertEqual((done.status, done.stdout), (2, b""))
            self.assertIn(said, done.stderr)

    def test_wrong_file(self):
        self.both(self.write("wrong.dndprof", "certainly no profile\n" * 50))
        self.both(self.write("notes.txt", "certainly no profile\n"))
        self.both("/bin/ls")

    def test_empty_file(self):
        self.both(self.write("empty.dndprof", ""))

    def test_truncated(self):
        for length in (1, 8, 30, 335, 400, 2000):
            self.both(self.changed(f"cut{length}.dndprof", lambda data, n=length: data[:n]))

    def test_newer_version(self):
        def newer(data):
            data[VERSION_MAJOR_OFFSET] += 1
            return data

        self.both(self.changed("newer.dndprof", newer), "newer")

    def test_newer_minor_version_is_read(self):
        def newer(data):
            data[VERSION_MAJOR_OFFSET + 2] += 1
            return data

        path = self.changed("minor.dndprof", newer)
        self.assertEqual(execute([DNDPROF, "report", path]).status, 0)

    def test_missing(self):
        self.both(self.path("nothing"))

    def test_no_profiles(self):
        os.mkdir(self.path("none"))
        self.assertIn("dndprof run", self.sentence("report", self.path("none")))
        env = environment(XDG_STATE_HOME=self.path("none"))
        self.assertIn("dndprof run", self.sentence("report", env=env))

    def test_unreadable(self):
        if os.geteuid() == 0:
            self.both("/proc/self/mem")
        else:
            self.both(self.write("closed.dndprof", "x", 0))

    def test_no_damage_crashes(self):
        """Bytes changed here and there: a sentence or a report, never a signal."""
        with open(self.sample(), "rb") as file:
            good = file.read()
        for number in range(150):
            data = bytearray(good)
            for at in (number * 2, 336 + number * 7 % 4000, number * 7919 % len(data)):
                data[at] ^= 0xff
            with open(self.path("damaged.dndprof"), "wb") as file:
                file.write(data)
            for command in ("report", "dump"):
                done = execute([DNDPROF, command, self.path("damaged.dndprof")])
                self.assertIn(done.status, (0, 3), (number, command, done.stderr))


class Usage(Case):
    def wrong(self, *arguments):
        done = execute([DNDPROF, *arguments])
        self.assertEqual(done.status, 2, (arguments, done))
        self.assertEqual(done.stdout, b"", arguments)
        self.assertTrue(done.stderr, arguments)

    def test_usage_errors(self):
        for arguments in ([], ["nonsense"], ["run"], ["run", "--"],
                          ["run", "--nonsense", "--", "true"],
                          ["report", "--format", "nonsense"], ["dump", "--format", "nonsense"],
                          ["run", "--set", "NONSENSE=1", "--", "true"],
                          ["run", "--set", "MAX_MEMORY=lots", "--", "true"],
                          ["run", "--format", "nonsense", "--", "true"], ["doctor"],
                          ["--nonsense"]):
            with self.subTest(arguments=arguments):
                self.wrong(*arguments)

    def test_help_and_version(self):
        for arguments in (["--help"], ["help"], ["--version"]):
            done = execute([DNDPROF, *arguments])
            self.assertEqual((done.status, done.stderr), (0, b""), arguments)
            self.assertTrue(done.stdout)


class Run(Case):
    def run_dndprof(self, *arguments, **options):
        return execute([DNDPROF, "run", "-o", self.path("profiles"), *arguments], **options)

    def test_exit_status(self):
        for status in (0, 1, 7, 255):
            self.assertEqual(self.run_dndprof("--", "sh", "-c", f"exit {status}").status, status)

    def test_command_not_found(self):
        native = execute(["sh", "-c", "exec /nonexistent/program"])
        self.assertEqual(self.run_dndprof("--", "/nonexistent/program").status, native.status)
        native = execute(["sh", "-c", "exec /etc/passwd"])
        self.assertEqual(self.run_dndprof("--", "/etc/passwd").status, native.status)

    def test_signal(self):
        """As a shell says it: 128 and the number."""
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV):
            done = self.run_dndprof("--", "sh", "-c", f"kill -{int(number)} $$")
            self.assertEqual(done.status, 128 + number)

    def test_terminal_signals_reach_the_target(self):
        script = "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.05; done"
        child = subprocess.Popen([DNDPROF, "run", "-o", self.path("profiles"), "--", "sh", "-c",
                                  script], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env=environment(), start_new_session=True)
        self.assertEqual(child.stdout.readline(), b"ready\n")
        os.killpg(child.pid, signal.SIGINT)
        stdout, stderr = child.communicate(timeout=30)
        self.assertEqual((child.returncode, stdout), (9, b"caught\n"), stderr)
        self.assertIn(b"EXECUTIVE SUMMARY", stderr)

    def test_stdin_and_stdout_are_the_targets(self):
        done = self.run_dndprof("--", "cat", stdin=b"some input")
        self.assertEqual((done.status, done.stdout), (0, b"some input"))
        self.assertIn(b"COVERAGE", done.stderr)

    def test_report_file(self):
        report = self.path("report.txt")
        done = self.run_dndprof("--report", report, "--", "echo", "out")
        self.assertEqual((done.status, done.stdout, done.stderr), (0, b"out\n", b""))
        with open(report) as file:
            text = file.read()
        for title in ("PERFORMANCE PROFILING REPORT", "COVERAGE", "EXECUTIVE SUMMARY",
                      "TIMING ANALYSIS", "CATEGORY BREAKDOWN"):
            self.assertIn(title, text)
        self.assertLessEqual(max(map(len, text.splitlines())), 120)

    def test_report_again(self):
        """`report` of what a run left is what the run reported."""
        env = environment(SOURCE_DATE_EPOCH="1700000000")
        require("curl")
        done = self.run_dndprof("--", "curl", "-s", "http://127.0.0.1:1/", env=env)
        again = execute([DNDPROF, "report", self.path("profiles")], env)
        self.assertEqual(again.status, 0, again.stderr)
        self.assertEqual(again.stdout, done.stderr)
        run, = os.listdir(self.path("profiles"))
        self.assertEqual(execute([DNDPROF, "report", os.path.join(self.path("profiles"), run)],
                                 env).stdout, again.stdout)

    def test_newest_run(self):
        for status in (1, 2):
            self.run_dndprof("--", "sh", "-c", f"exit {status}")
            time.sleep(1.1)  # a run's name has seconds
        done = execute([DNDPROF, "report", "--format", "json", self.path("profiles")])
        self.assertEqual(json.loads(done.stdout)["run"]["exit_status"], 2)

    def test_default_place(self):
        env = environment(XDG_STATE_HOME=self.directory)
        self.assertEqual(execute([DNDPROF, "run", "--", "true"], env).status, 0)
        self.assertEqual(len(os.listdir(self.path("dndprof"))), 1)
        self.assertEqual(execute([DNDPROF, "report"], env).status, 0)

    def test_json_keys(self):
        report = self.profile(["sh", "-c", "true"]).report
        for key in ("run", "coverage", "summary", "timing", "endpoints", "categories"):
            self.assertIn(key, report)
        for row in report["coverage"]:
            self.assertLessEqual({"pid", "ppid", "program", "gate", "reason", "operations"},
                                 set(row))

    def test_report_cannot_be_written(self):
        """The target ran; its status stands, and a sentence says what is missing."""
        done = self.run_dndprof("--report", "/nonexistent/report", "--", "sh", "-c", "exit 5")
        self.assertTrue(done.stderr, done)
        self.assertIn(done.status, (3, 5))

    def test_settings(self):
        done = self.run_dndprof("--set", "DETAIL=basic", "--", "true")
        self.assertEqual(done.status, 0, done.stderr)
        done = self.run_dndprof("--set", "ENABLED=0", "--", "sh", "-c", "true; exit 3")
        self.assertEqual(done.status, 3, done.stderr)

    def test_bad_setting_in_the_environment(self):
        """As wrong as one given with --set, which overrides it; an empty one is none."""
        env = environment(DNDPROF_MAX_MEMORY="lots")
        done = self.run_dndprof("--", "true", env=env)
        self.assertEqual((done.status, done.stdout), (2, b""), done)
        self.assertIn(b"DNDPROF_MAX_MEMORY cannot be lots", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertEqual(self.run_dndprof("--set", "MAX_MEMORY=8MiB", "--", "true",
                                          env=env).status, 0)
        self.assertEqual(self.run_dndprof("--", "true",
                                          env=environment(DNDPROF_MAX_MEMORY="")).status, 0)

    def test_program_name_that_is_not_utf8(self):
        name = os.fsencode(self.directory) + b"/na\xffme"
        shutil.copy("/bin/true", name)
        done = self.run_dndprof("--", name)
        self.assertEqual(done.status, 0, done)
        self.assertIn(b"Run: na\\xffme on ", done.stderr)

    def test_plain_shells_lose_nothing(self):
        done = self.run_dndprof("--", "sh", "-c", "true; /bin/true; /bin/true | cat")
        self.assertNotIn(b"shared ring", done.stderr)

    def test_killed_in_flight(self):
        """A request without an answer has no duration, is no error, and its time was waiting."""
        require("curl")
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/slow"
        done = self.profile(["sh", "-c", f"curl -s {url} & sleep 1; kill -9 $!; wait $!; true"])
        summary = done.report["summary"]
        self.assertEqual((summary["unanswered"], summary["errors"]), (1, 0), done.report)
        row, = done.report["endpoints"]
        self.assertEqual((row["count"], row["errors"], row["unanswered"], row["p50_ns"]),
                         (1, 0, 1, None))
        http, = [row for row in done.report["categories"] if row["category"] == "http"]
        self.assertGreater(http["total_ns"], 700e6)

    def test_nested(self):
        done = self.run_dndprof("--", DNDPROF, "run", "-o", self.path("inner"), "--", "sh", "-c",
                                "exit 6")
        self.assertEqual(done.status, 6)
        self.assertIn(b"recorded in another run", done.stderr)


class Installed(Case):
    """The Makefile: what is installed runs from there; clang builds it without a warning."""

    build = os.path.relpath(harness.BUILD, harness.ROOT)

    def make(self, *arguments):
        done = execute(["make", "-s", "-C", harness.ROOT, *arguments], timeout=600)
        self.assertEqual(done.status, 0, done.stderr.decode())
        return done

    def test_install_and_uninstall(self):
        root = self.path("root")
        self.make("install", f"DESTDIR={root}", f"BUILD_DIR={self.build}")
        for name in ("usr/local/bin/dndprof", "usr/local/include/dndprof/profile.h"):
            self.assertTrue(os.path.exists(os.path.join(root, name)), name)
        library = os.path.join(root, "usr/local/lib")
        found = [base for base, _, names in os.walk(library) if "libdndprof.so" in names]
        self.assertEqual(len(found), 1, found)  # or in its multiarch directory
        installed = os.path.join(root, "usr/local/bin/dndprof")
        done = execute([installed, "run", "-o", self.path("p"), "--", "sh", "-c", "exit 8"])
        self.assertEqual(done.status, 8, done.stderr)
        self.assertIn(b"libc", done.stderr)
        self.make("uninstall", f"DESTDIR={root}", f"BUILD_DIR={self.build}")
        self.assertEqual([names for _, _, names in os.walk(root) if names], [])

    def test_clang(self):
        require("clang")
        self.addCleanup(shutil.rmtree, os.path.join(harness.ROOT, "build-clang"),
                        ignore_errors=True)
        self.make("all", "CC=clang", "BUILD_DIR=build-clang")


if __name__ == "__main__":
    unittest.main()
