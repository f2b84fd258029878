"""`dndprof top`: what running programs do, read from their files while they write them."""

import glob
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import unittest

import harness
from harness import DNDPROF, SHIM, Case, environment, execute, require
from go_programs import go_program
from stub import Answer, Stub

CLIENT = """
import http.client, socket, sys, threading, time
class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(sys.argv[1])
def ask(path):
    while True:
        c = Unix("localhost")
        c.request("GET", path)
        c.getresponse().read()
        c.close()
        time.sleep(0.02)
threading.Thread(target=ask, args=("/info",), daemon=True).start()
ask("/version")
"""


class Top(Case):
    def setUp(self):
        super().setUp()
        self.stub = Stub(self.directory, {("GET", "/version"): Answer(b"{}"),
                                          ("GET", "/info"): Answer(b"{}", delay=60)})
        self.addCleanup(self.stub.close)
        self.env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("runs"))
        self.client = None

    def start(self):
        self.client = subprocess.Popen([harness.PYTHON, "-c", CLIENT, self.stub.path], env=self.env)
        self.addCleanup(self.stop)
        for _ in range(400):
            if ("GET", "/info") in self.stub.requests and len(self.stub.requests) > 5:
                return
            time.sleep(0.05)
        raise AssertionError("the client asked nothing")

    def wait_for_requests(self, count):
        for _ in range(400):
            if len(self.stub.requests) >= count:
                return
            time.sleep(0.05)
        raise AssertionError("nothing was asked")

    def stop(self):
        self.client.kill()
        self.client.wait()

    def once(self, *arguments):
        done = execute([DNDPROF, "top", "--once", *arguments],
                       environment(DNDPROF_DIR=self.path("runs")))
        self.assertEqual((done.status, done.stderr), (0, b""))
        return done.stdout.decode()

    def test_once(self):
        self.start()
        for words in ([], [str(self.client.pid)], [self.path("runs")]):
            with self.subTest(words=words):
                text = self.once("--delay", "500ms", *words)
                self.assertRegex(text, r"python.* on .*: .*, 1 of 1 programs running\n")
                asked = re.search(r"^ *([\d.]+) +(\d+) +0 +\S+ +\S+ +\S+ +GET /version$", text, re.M)
                self.assertGreater(float(asked[1]), 1, text)
                self.assertLess(float(asked[1]), 60, text)
                self.assertLessEqual(int(asked[2]), len(self.stub.requests))
                flight = re.search(r"^ *([\d.]+m?s) +(\d+)  \S+ +GET /info$", text, re.M)
                self.assertTrue(flight, text)
                self.assertEqual(int(flight[2]), self.client.pid)
                threads = re.findall(rf"^ *{self.client.pid} +(\d+) ", text, re.M)
                self.assertEqual(len(threads), 2, text)

    def test_in_flight_grows_and_the_thread_is_in_its_call(self):
        self.start()

        def age(text):
            return float(re.search(r"^ *([\d.]+)s +\d+  \S+ +GET /info$", text, re.M)[1])

        time.sleep(1.1)
        first = age(self.once("--delay", "0s"))
        time.sleep(1)
        second = self.once("--delay", "0s")
        self.assertGreater(age(second), first + 0.9)
        self.assertRegex(second, r"(?m)^ *\d+ +\d+ +[\d.]+ +[\d.]+% +[\d.]+s  recv")

    def test_threads_of_go(self):
        """Each thread with its own CPU time, which /proc has too: one of them computes."""
        done = subprocess.Popen([DNDPROF, "run", "-o", self.path("go"), "--report", os.devnull, "--",
                                 go_program("spin", cgo="0")], env=environment(),
                                stdout=subprocess.PIPE)
        self.addCleanup(done.stdout.close)
        self.addCleanup(done.wait)
        pid = int(done.stdout.readline())
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        text = self.once("--delay", "1s", "--rows", "0", str(pid))
        rows = re.findall(rf"^ *{pid} +(\d+) +([\d.]+) +([\d.]+)% +-  (\S+) .*  thread of Go$",
                          text, re.M)
        self.assertEqual({int(row[0]) for row in rows}, set(map(int, os.listdir(f"/proc/{pid}/task"))),
                         text)
        self.assertGreater(max(float(row[2]) for row in rows), 5, text)
        self.assertTrue({row[3] for row in rows} <= {"running", "waiting"}, text)

    def test_time_goes_on_while_nothing_is_recorded(self):
        """A program that waits for its only answer: its run is no shorter than that."""
        require("curl")
        client = subprocess.Popen(["curl", "-s", "--unix-socket", self.stub.path, "http://x/info"],
                                  env=self.env, stdout=subprocess.DEVNULL)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        self.wait_for_requests(1)
        time.sleep(1.2)
        text = self.once("--delay", "0s", str(client.pid))
        run = re.search(r" on .*: ([\d.]+)s, 1 of 1 programs running$", text, re.M)
        flight = re.search(r"^ *([\d.]+)s +\d+  curl +GET /info$", text, re.M)
        self.assertTrue(run and flight, text)
        self.assertGreaterEqual(float(run[1]), float(flight[1]), text)
        client.kill()
        client.wait()
        ended = self.once("--delay", "0s")
        time.sleep(0.1)
        self.assertEqual(self.once("--delay", "0s"), ended)  # it goes on no more

    def begin(self, script):
        """A run of a shell that goes on until the test ends; the number it prints."""
        shell = subprocess.Popen([DNDPROF, "run", "-o", self.path("tree"), "--report", os.devnull,
                                  "--", "sh", "-c", script], env=environment(),
                                 stdout=subprocess.PIPE, start_new_session=True)
        self.addCleanup(shell.stdout.close)
        self.addCleanup(shell.wait)
        self.addCleanup(os.killpg, shell.pid, signal.SIGKILL)
        return int(shell.stdout.readline())

    def test_a_process_is_shown_with_its_descendants(self):
        """And without the others of its run: a shell in a shell, one of two."""
        require("curl")
        ask = f"curl -s --unix-socket {self.stub.path} http://x"
        inner = f"{ask}/version; ({ask}/version; {ask}/info); true"
        outer = f"sh -c '{inner}' & echo $!; {ask}/networks; {ask}/info; true"
        pid = self.begin(outer)
        self.wait_for_requests(5)
        text = self.once("--delay", "100ms", str(pid))
        self.assertRegex(text, r"(?m)^ *[\d.]+ +2 +0 .* GET /version$")
        self.assertRegex(text, r"(?m)^ *[\d.]+m?s +\d+  curl +GET /info$")
        self.assertIn("; 1 in flight", text)
        self.assertNotIn("/networks", text)
        with open(f"/proc/{pid}/stat") as file:
            parent = file.read().rpartition(")")[2].split()[1]
        text = self.once("--delay", "100ms", parent)
        self.assertIn("GET /networks", text)
        self.assertIn("; 2 in flight", text)

    def test_descendants_below_one_that_left_no_file(self):
        """The shells between them know nothing of the shim."""
        require("curl")
        ask = f"curl -s --unix-socket {self.stub.path} http://x"
        self.write("inner", f"LD_PRELOAD={SHIM} {ask}/info; true")
        self.write("between", f"sh {self.path('inner')}; true")
        self.write("outer", f"LD_PRELOAD= sh {self.path('between')}; true")
        pid = self.begin(f"sh {self.path('outer')} & echo $!; wait")
        self.wait_for_requests(1)
        text = self.once("--delay", "100ms", str(pid))
        self.assertRegex(text, r"(?m)^ *[\d.]+m?s +\d+  curl +GET /info$")

    def test_stream_in_flight(self):
        """An answer that goes on is in flight, though it has begun."""
        require("curl")
        os.mkdir(self.path("other"))
        stub = Stub(self.path("other"), {("GET", "/events"): Answer(pieces=[(0, b"{}"), (60, b"{}")])})
        self.addCleanup(stub.close)
        client = subprocess.Popen(["curl", "-sN", "--unix-socket", stub.path, "http://x/v1.41/events"],
                                  env=self.env, stdout=subprocess.PIPE)
        self.addCleanup(client.stdout.close)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        self.assertEqual(client.stdout.read(1), b"{")  # it has begun
        text = self.once("--delay", "100ms", str(client.pid))
        self.assertIn("; 1 in flight", text)
        self.assertRegex(text, rf"(?m)^ *[\d.]+m?s +{client.pid}  curl +GET /events \(stream\)$")

    def test_after_the_end(self):
        self.start()
        self.stop()
        text = self.once("--delay", "0s", "--rows", "1", "--sort", "count")
        self.assertIn("0 of 1 programs running", text)
        self.assertIn("0 in flight", text)
        self.assertIn("GET /version", text)
        self.assertNotIn("In flight", text)

    def test_errors(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        for words, status, said in (([str(os.getpid())], 3, "dndprof run"),
                                    ([str(gone.pid)], 3, "no process"),
                                    ([self.path("nothing")], 3, "does not exist"),
                                    (["--delay", "1"], 2, "--delay"), (["--sort", "x"], 2, "--sort"),
                                    (["1", "2"], 2, "one process")):
            with self.subTest(words=words):
                done = execute([DNDPROF, "top", "--once", *words])
                self.assertEqual((done.status, done.stdout), (status, b""))
                self.assertIn(said, done.stderr.decode())
                self.assertEqual(done.stderr.count(b"\n"), 1)

    def test_without_a_terminal(self):
        self.start()
        done = execute([DNDPROF, "top", self.path("runs")])
        self.assertEqual(done.status, 2)
        self.assertIn(b"--once", done.stderr)

    def on_terminal(self, keys, env):
        """What came to a terminal on which, each after something new was shown, keys were typed."""
        pid, terminal = pty.fork()
        if not pid:
            os.execve(DNDPROF, [DNDPROF, "top", "--delay", "100ms", self.path("runs")], env)
        seen, typed, end = b"", 0, time.monotonic() + 60
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            seen += data
            if typed < len(keys) and keys[typed][0] in seen:
                seen = seen if typed == 0 else seen
                os.write(terminal, keys[typed][1])
                typed += 1
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
        self.assertEqual(typed, len(keys), seen)
        return os.waitstatus_to_exitcode(status), seen

    def test_on_a_terminal(self):
        self.start()
        env = environment(TERM="xterm", LINES="30", COLUMNS="100")
        status, seen = self.on_terminal([(b"endpoints by p95", b"s"), (b"rate", b"q")], env)
        self.assertEqual(status, 0)
        self.assertIn(b"GET /version", seen)
        self.assertIn(b"In flight", seen)
        self.assertIn(b"\x1b[?1049h", seen)  # the other screen, and back
        self.assertTrue(seen.rstrip().find(b"\x1b[?1049l") > 0, seen[-200:])

    def test_names_cannot_command_the_terminal(self):
        evil = self.path("a\x1b]0;x\x07b")
        os.symlink(harness.PYTHON, evil)
        done = subprocess.Popen([evil, "-c", "import time; open('/dev/null').read(); time.sleep(60)"],
                                env=self.env)
        self.addCleanup(done.wait)
        self.addCleanup(done.send_signal, signal.SIGKILL)
        for _ in range(200):
            if glob.glob(os.path.join(self.path("runs"), "**", "*.dndprof"), recursive=True):
                break
            time.sleep(0.05)
        self.assertNotIn("\x1b", self.once("--delay", "50ms"))

    def test_other_commands_start_without_ncurses(self):
        require("readelf")
        done = execute(["readelf", "-d", DNDPROF])
        needed = re.findall(r"NEEDED.*\[(.*)\]", done.stdout.decode())
        self.assertTrue(needed)
        self.assertEqual([name for name in needed if "curses" in name or "tinfo" in name], [])


if __name__ == "__main__":
    unittest.main()
