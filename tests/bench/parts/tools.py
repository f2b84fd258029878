"""What other tools add to the same calls, side by side with dndprof at each detail level: turns of
tests/bench/percall and of Go programs, natively and under each tool that is installed, one after
another. Slow tools get shorter batches and one turn. A tool that is absent or does not work here is
named with the reason."""

import json
import os
import shutil
import subprocess
import tempfile

from .common import injected, plain, summary

WRAPPER = "/usr/lib/x86_64-linux-gnu/liblttng-ust-pthread-wrapper.so"
LEVELS = ("basic", "normal", "detailed", "full")
LIMIT_SECONDS = 60

BPF = ("tracepoint:raw_syscalls:sys_enter /pid == cpid/ { @start[tid] = nsecs; } "
       "tracepoint:raw_syscalls:sys_exit /@start[tid]/ "
       "{ @us[args->id] = hist(nsecs - @start[tid]); delete(@start[tid]); }")

# What each of them has seen of these calls is in its own words; these see nothing of Go's.
NOT_GO = ("ltrace -f", "uftrace", "lttng-ust pthread wrapper")


def tools(bench, work):
    """name: (words before the command, variables, divisor of batches, what it needs)"""
    return {
        "strace -f": (["strace", "-f", "-o", "/dev/null"], {}, 50, "strace"),
        "strace, network": (["strace", "-f", "--seccomp-bpf", "-e", "trace=%network", "-o",
                             "/dev/null"], {}, 50, "strace"),
        "perf trace": (["perf", "trace", "-o", "/dev/null", "--"], {}, 20, "perf"),
        "ltrace -f": (["ltrace", "-f", "-o", "/dev/null"], {}, 800, "ltrace"),
        "uftrace": (["uftrace", "record", "--force", "-d", os.path.join(work, "uftrace")], {}, 20,
                    "uftrace"),
        "bpftrace": (["bpftrace", "-q", "-o", "/dev/null", "-e", BPF, "-c"], {}, 5, "bpftrace"),
        "lttng-ust pthread wrapper": ([], {"LD_PRELOAD": WRAPPER}, 1, WRAPPER),
    }


def levels(bench, work, static):
    """dndprof itself, likewise. A static program is reached by way of `dndprof run`."""
    runs = os.path.join(work, "runs")
    return {f"dndprof, {level}":
            (injected(bench, runs, "--set", f"DETAIL={level}"), {}, 1, None) if static else
            ([], {"LD_PRELOAD": bench.shim, "DNDPROF_DIR": runs, "DNDPROF_DETAIL": level}, 1, None)
            for level in LEVELS}


def missing(need):
    if need is None or shutil.which(need) or os.path.exists(need):
        return None
    return "not installed"


def turn(tool, program, rounds, work, static):
    """{name: [ns of each round]} or a reason."""
    before, variables, divisor, _ = tool
    few = rounds if divisor == 1 else max(3, rounds // 5)
    command = [program, str(few)] + ([] if static else [str(divisor)])
    words = before + ([" ".join(command)] if before[-1:] == ["-c"] else command)
    shutil.rmtree(os.path.join(work, "uftrace"), ignore_errors=True)
    try:
        done = subprocess.run(words, env=plain(**variables), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        return f"not done within {LIMIT_SECONDS} s"
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        text = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
        return text[:100]
    return {row["name"]: row["ns"] for row in map(json.loads, lines)}


def measure_program(bench, work, name, turns, rounds):
    """{"figures": {tool: {kind: figure}}, "absent": {tool: reason}}; "native" among the tools."""
    program, static = bench.program(name), name != "percall"
    table = {**levels(bench, work, static), **tools(bench, work)}
    found, absent = {"native": {}}, {}

    def keep(tool, kinds):
        for kind, values in kinds.items():
            found.setdefault(tool, {}).setdefault(kind, []).extend(values)

    for which in range(turns):
        for tool, words in table.items():
            if tool in absent or (which and words[2] != 1):
                continue
            absent[tool] = missing(words[3]) or ("sees no calls of Go" if static and tool in NOT_GO
                                                 else None)
            if absent[tool]:
                continue
            del absent[tool]
            native = turn(([], {}, 1, None), program, max(3, rounds // 4), work, static)
            kinds = turn(words, program, rounds, work, static)
            if isinstance(kinds, str) or isinstance(native, str):
                absent[tool] = kinds if isinstance(kinds, str) else native
                found.pop(tool, None)
                continue
            keep("native", native)
            keep(tool, kinds)
    return {"figures": {tool: {kind: summary(values) for kind, values in kinds.items()}
                        for tool, kinds in found.items()}, "absent": absent}


def measure(bench, quick):
    turns, rounds = (1, 8) if quick else (3, 20)
    result = {}
    with tempfile.TemporaryDirectory(prefix="dndprof-bench-") as work:
        for name in ("percall", "calls-static", "http-static"):
            if bench.program(name):
                result[name] = measure_program(bench, work, name, turns, rounds)
    return {"tools": result}


def added(program, kind, calls=1, key="min"):
    """{tool: ns added a call} of a program's figures."""
    native = program["figures"]["native"][kind][key]
    return {tool: (kinds[kind][key] - native) / calls for tool, kinds in program["figures"].items()
            if tool != "native" and kind in kinds}


