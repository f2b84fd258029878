"""A bash script on a terminal of its own, with docker in it: in the background, stopped and going on,
on the container's own terminal, and interrupted by ^C. What is shown is what is shown natively."""

import json
import os
import pty
import re
import select
import time
import unittest

import harness
from go_programs import GATES, docker
from harness import DNDPROF, SHIM, Case, environment, execute

RUN = '"$1" run --rm {} --pull never --network none bb:1 /bin/busybox'
SCRIPT = f"""
trap 'echo trapped' INT
state() {{ cut -d" " -f3 /proc/$1/stat | tr RDS sss; }}
"$1" events >/dev/null &
behind=$!
until ls -l /proc/$behind/fd | grep -q socket: ; do sleep 0.1; done
sleep 0.3
echo "children $(ps -o comm= --ppid $$ | grep -c docker)"
echo "descriptors $(ls /proc/$behind/fd | wc -l)"
grep -h -E '^(PPid|TracerPid|SigIgn|SigBlk)' /proc/$behind/status | sed "s/$$/parent/"
readlink /proc/$behind/exe
tr '\\0' '\\n' </proc/$behind/environ | grep -v -E '^(DNDPROF|LD_PRELOAD)' | sort
kill -STOP $behind; sleep 0.1; state $behind
kill -CONT $behind; sleep 0.1; state $behind
{RUN.format("-it")} sh -c 'tty; sleep 30; echo late'; echo "run $?"
{RUN.format("-i")} cat; echo "cat $?"
"$1" events >/dev/null; echo "events $?"
kill $behind 2>/dev/null; wait $behind; echo "behind $?"
"""
# what is waited for, a moment for it to settle, what is typed then
TYPED = ((b"/dev/", 0.3, b"\x03"), (b"run ", 0.7, b"typed\n"), (b"typed\r\ntyped", 0, b"\x04"),
         (b"cat ", 0.7, b"\x03"))


class Terminal(Case):
    def session(self, path, env):
        """The script's status and all that the terminal showed."""
        pid, master = pty.fork()
        if not pid:
            os.execvpe("bash", ["bash", "-c", SCRIPT, "script", path], env)
        shown, deadline = b"", time.monotonic() + 60

        def until(what, since):
            nonlocal shown
            while what is None or what not in shown[since:]:
                self.assertLess(time.monotonic(), deadline, (what, shown))
                if select.select([master], [], [], 0.2)[0]:
                    try:
                        shown += os.read(master, 65536)
                    except OSError:  # nobody has it any more
                        return
        try:
            at = 0
            for what, moment, keys in TYPED:
                until(what, at)
                at = shown.index(what, at) + len(what)
                time.sleep(moment)
                os.write(master, keys)
            until(None, 0)
        finally:
            os.close(master)
            _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status), shown.decode()

    def test_script(self):
        for linkage in ("static", "dynamic"):
            with self.subTest(linkage=linkage):
                path = docker(linkage)
                env = environment(DOCKER_HOST=harness.engine(), HOME=self.directory, TERM="dumb")
                native = self.session(path, env)
                runs = self.path("runs-" + linkage)
                watched = self.session(path, dict(env, LD_PRELOAD=SHIM, DNDPROF_DIR=runs))
                # What a docker behind says when it is ended depends on how far it was by then.
                told = [(status, re.sub(r"behind (130|143|0)\r", "behind ended\r", text))
                        for status, text in (native, watched)]
                self.assertEqual(*told)
                for line in ("children 1", "TracerPid:\t0", "T", "^Crun 130", "cat 0", "events 130"):
                    self.assertIn(line, native[1].splitlines())
                self.assertRegex(native[1], r"behind (130|143|0)\r\n")
                report = json.loads(execute([DNDPROF, "report", "--format", "json", runs]).stdout)
                rows = [row for row in report["coverage"]
                        if re.match("docker( |$)", row["program"])]
                self.assertEqual([(row["gate"], row["reason"]) for row in rows],
                                 [(GATES[linkage], None)] * 4)


if __name__ == "__main__":
    unittest.main()
