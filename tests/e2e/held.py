"""Calls that agree with strace in programs a tracer may not start: a static Go program is injected
at its exec, which a traced one never is. So the engine holds back its first answer until strace has
been attached, and what was counted from there on is compared.
"""

import collections
import glob
import os
import subprocess
import threading

import harness
from harness import DNDPROF, Outcome
from profile_file import File
from stub import Tap

SECONDS = 60


class Held(Tap):
    """A relay that lets no request through before release is set."""

    def __init__(self, directory, engine):
        self.came, self.release = threading.Event(), threading.Event()
        super().__init__(directory, engine)

    def note(self, head):
        noted = super().note(head)
        self.came.set()
        self.release.wait(SECONDS)
        return noted


def own_file(runs, program):
    """The profile of the process that was started, by its program's name."""
    found = [path for path in glob.glob(os.path.join(runs, "*", "*.dndprof"))
             if File(path).info().get("program") == program]
    assert len(found) == 1, (program, found)
    return found[0]


def attach(pid, trace):
    """strace on all threads of a process, when it has them. It shows every call, so that the last
    one of a thread is known as such."""
    tracer = subprocess.Popen(["strace", "-f", "-yy", "-s", "0", "-e", "signal=none", "-o", trace,
                               "-p", str(pid)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = tracer.stderr.readline()
    if b" attached" not in said:
        tracer.communicate(timeout=SECONDS)
        raise AssertionError(f"strace did not attach: {said}")
    return tracer


def counts(path):
    return harness.as_syscalls({name: stats.count
                                for name, stats in File(path).counts().items()})


def cut(trace):
    """Calls after which a thread did nothing any more. The kernel had done them, but another thread
    ended the process, perhaps before they were back in the program: it may not know of them."""
    calls = {}
    with open(trace, errors="replace") as lines:
        for line in lines:
            thread, rest = line.split(None, 1)
            resumed = harness.RESUMED.match(line)
            if resumed:
                calls[thread] = calls.get(thread, "") + resumed[2]
            elif not rest.startswith("+++"):
                calls[thread] = rest.split(" <unfinished", 1)[0]
    return harness.count_calls(f"{thread} {call}" for thread, call in calls.items())


def same(counted, truth, trace):
    """Whether what was counted is what strace saw."""
    return not counted - truth and not truth - counted - cut(trace)


def under_strace(case, command, env, host="DOCKER_HOST"):
    """Runs a client of the engine under dndprof; returns its outcome, the calls on sockets that
    strace saw and those that were counted, both from its first request's answer on, and the trace."""
    harness.require("strace")
    gate = Held(case.directory, harness.engine())
    case.addCleanup(gate.close)
    runs = os.path.join(case.directory, "held%d" % len(os.listdir(case.directory)))
    child = subprocess.Popen([DNDPROF, "run", "-o", runs, "--report", os.devnull, "--", *command],
                             env=dict(env, **{host: gate.unix_url}), stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tracer = None
    try:
        assert gate.came.wait(SECONDS), "no request"
        path = own_file(runs, os.path.basename(command[0]))
        trace = os.path.join(runs, "trace")
        tracer = attach(File(path).pid, trace)
        before = counts(path)
        gate.release.set()
        out, errors = child.communicate(timeout=SECONDS)
        tracer.communicate(timeout=SECONDS)
    finally:
        gate.release.set()
        for process in (child, tracer):
            if process and process.poll() is None:
                process.kill()
                process.communicate()
    counted = collections.Counter(counts(path))
    counted.subtract(before)
    with open(trace, errors="replace") as lines:
        truth = harness.count_calls(lines)
    return Outcome(child.returncode, out, errors), truth, +counted, trace
