"""What profiling adds to whole commands against a private engine: docker in both linkages,
docker-compose, node, curl and a storm of processes, in pairs of native and tool, one after another.
The ratio of each pair, its median and the 95 % confidence interval of that (order statistics: the
ranks between which the median lies, binomial); beside it what the reports of these very runs say that
recording cost. And what starting a program costs that does nothing.
Of the other tools those that follow children: ltrace, uftrace and bpftrace see nothing of most of
these commands, and are held against the start of a program alone."""

import json
import math
import os
import resource
import shutil
import subprocess
import tempfile
import time

from .common import ROOT, injected, plain, sizes, stop, summary
from .tools import BPF, missing

TOLD_MOST = 25  # reports
SHELL = ["sh", "-c", '"$@"; exit $?', "sh"]
PRELOADED, RUN = "dndprof, preloaded shell", "dndprof run"
DOCKER_STATIC, DOCKER_DYNAMIC, COMPOSE = ("docker version, static", "docker version, dynamic",
                                         "docker-compose ps")
CURL, STORM = "curl", "200 processes"


def start_engine(work):
    done = subprocess.run([os.path.join(ROOT, "scripts", "engine"), "start", "--dir",
                           os.path.join(work, "engine")], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    return done.stdout.strip().partition("=")[2] if done.returncode == 0 else None


def stop_engine(work):
    subprocess.run([os.path.join(ROOT, "scripts", "engine"), "stop", "--dir",
                    os.path.join(work, "engine")], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def dockers():
    found = {}
    for directory in ["/usr/bin", "/usr/local/bin", *os.environ["PATH"].split(":")]:
        path = os.path.join(directory, "docker")
        if os.access(path, os.X_OK):
            with open(path, "rb") as file:
                kind = DOCKER_DYNAMIC if b"ld-linux" in file.read(4096) else DOCKER_STATIC
            found.setdefault(kind, [path, "version"])
    return found


def commands(work, address):
    file = os.path.join(work, "docker-compose.yml")
    with open(file, "w") as out:
        out.write('version: "2.4"\nservices:\n  web: {image: "bb:1", network_mode: none}\n')
    node = ("const docker = new (require('dockerode'))();"
            "docker.listContainers().then((list) => console.log(list.length))")
    return {**dockers(),
            COMPOSE: ["docker-compose", "-f", file, "-p", "bench", "ps"],
            "node dockerode list": ["node", "-e", node],
            CURL: ["curl", "-s", "--unix-socket", address.removeprefix("unix://"),
                     "http://engine/v1.41/info"],
            STORM: ["sh", "-c", "i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done"]}


STARTS = ("empty C program", "empty static Go program")


def starts(bench):
    words = {STARTS[0]: ["startup", "nothing"], STARTS[1]: ["calls-static", "nothing"]}
    return {name: [bench.program(program), word] for name, (program, word) in words.items()
            if bench.program(program)}


def start_ways(work):
    """Tools that see something of a program's start, and no more of a command than that."""
    return {"ltrace -f": (["ltrace", "-f", "-o", "/dev/null"], {}, "ltrace"),
            "uftrace": (["uftrace", "record", "--force", "-d", os.path.join(work, "uftrace")], {},
                        "uftrace"),
            "bpftrace": (["bpftrace", "-q", "-o", "/dev/null", "-e", BPF, "-c"], {}, "bpftrace")}


def ways(bench, runs):
    """name: (words before, variables, what it needs)"""
    return {PRELOADED: (SHELL, {"LD_PRELOAD": bench.shim, "DNDPROF_DIR": runs}, None),
            RUN: (injected(bench, runs), {}, None),
            "strace -f": (["strace", "-f", "-o", "/dev/null"], {}, "strace"),
            "strace, network": (["strace", "-f", "--seccomp-bpf", "-e", "trace=%network", "-o",
                                 "/dev/null"], {}, "strace"),
            "perf trace": (["perf", "trace", "-o", "/dev/null", "--"], {}, "perf")}


def spend(command, env):
    """Exit status, wall and CPU seconds of the command and what it started."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.returncode, wall, (after.ru_utime + after.ru_stime - before.ru_utime
                                   - before.ru_stime)


def interval(values):
    """Least, median, greatest, and the ranks that hold the median with at least 95 %."""
    values, count = sorted(values), len(values)
    low, tail = 0, 0.0
    while low < count // 2:
        tail += math.comb(count, low) / 2 ** count
        if tail > 0.025:
            break
        low += 1
    low = max(low - 1, 0)
    return {**summary(values), "low": values[low], "high": values[-1 - low]}


def pairs_of(name, command, way, native, address, seconds, most):
    """[(native, tool)], each (wall, CPU) seconds: as many as there is time for, six at least, as fewer
    have no such interval."""
    taken, start = [], time.monotonic()
    while len(taken) < 7 or (time.monotonic() - start < seconds and len(taken) <= most):
        both = [spend(before + ([" ".join(command)] if before[-1:] == ["-c"] else command), plain(DOCKER_HOST=address, NODE_PATH=os.path.join(
                    ROOT, "build", "node", "node_modules"), **more))
                for before, more in (native, way)]
        if both[0][0] != both[1][0]:
            return f"exit status {both[0][0]}, under this {both[1][0]}"
        taken.append([one[1:] for one in both])
    return taken[1:]  # the first warms caches


def told(bench, runs):
    """Milliseconds each report says that recording cost. Of `dndprof run` that is not all: it starts,
    waits and reports beside."""
    newest = sorted((one.path for one in os.scandir(runs)), key=os.path.getmtime)[-TOLD_MOST:]
    reports = [json.loads(subprocess.run([bench.dndprof, "report", "--format", "json", path],
                                         env=plain(), check=True, stdout=subprocess.PIPE).stdout)
               for path in newest]
    return summary(report["overhead"]["total_ns"] / 1e6 for report in reports)


def measure_command(bench, work, name, command, address, seconds):
    rows = []
    runs = os.path.join(work, "runs", name.replace(" ", "-"))
    table = ways(bench, runs)
    if name in STARTS and not bench.quick:
        table.update(start_ways(work))
    for way, (before, variables, need) in table.items():
        ours = way in (PRELOADED, RUN)
        if missing(need) or (bench.quick and name == COMPOSE and not ours):
            continue
        files = sizes(runs)
        taken = pairs_of(name, command, (before, variables),
                         (SHELL if way == PRELOADED else [], {}), address,
                         seconds if ours else seconds / 3, 80 if ours else 15)
        if isinstance(taken, str):
            if ours:
                stop(f"{name}: {way}: {taken}")
            bench.leave_out(f"{name} under {way}: {taken}")
            continue
        left = sizes(runs)
        rows.append({
            "command": name, "tool": way,
            "native_ms": summary(1e3 * native[0] for native, _ in taken),
            "tool_ms": summary(1e3 * tool[0] for _, tool in taken),
            "added_ms": interval([1e3 * (tool[0] - native[0]) for native, tool in taken]),
            "added_cpu_ms": interval([1e3 * (tool[1] - native[1]) for native, tool in taken]),
            "wall_ratio": interval([tool[0] / native[0] for native, tool in taken]),
            "cpu_ratio": interval([tool[1] / max(native[1], 1e-4) for native, tool in taken]),
            "files": {key: (left[key] - files[key]) / (len(taken) + 1) for key in left}
            if ours else None,
            "told_ms": told(bench, runs) if way == PRELOADED else None})
    return rows


def measure(bench, quick):
    work = tempfile.mkdtemp(prefix="dndprof-bench-")
    rows = []
    try:
        address = start_engine(work)
        if not address:
            bench.leave_out("whole commands: a private engine needs root and dockerd")
            return {"commands": []}
        table = {**commands(work, address), **starts(bench)}
        if quick:
            bench.leave_out("the start of a program under ltrace, uftrace, bpftrace: --quick")
        if DOCKER_STATIC not in table:
            bench.leave_out("docker version, static: there is no static docker on PATH")
        for name, command in table.items():
            if not shutil.which(command[0]):
                bench.leave_out(f"{name}: {command[0]} is not installed")
                continue
            if quick and name == COMPOSE:
                bench.leave_out(f"{COMPOSE} under other tools: --quick")
            rows += measure_command(bench, work, name, command, address, 1.5 if quick else 8)
    finally:
        stop_engine(work)
        shutil.rmtree(work, ignore_errors=True)
    return {"commands": rows}
