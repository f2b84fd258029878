"""What one call costs: cheap calls to the nanosecond beside the limit of any recorder, calls as
programs make them, Go's, the first lap of a ring, stacks, and the start of a program. Native and
profiled turns follow one another, so that a slow minute of the machine falls on both."""

import statistics
import subprocess
import time

from .common import GATES, KEYS, added, injected, plain, preloaded, profiles, run, summary

# All are recorded: what a record costs is measured, not how few are kept.
ALL = {"DNDPROF_MAX_OVERHEAD": "100%"}


def pooled(found):
    """Rows of several processes as one. Where a process happens to lie in memory, and how fast the
    processor is at the time, moves a call by some nanoseconds: what is added is the middle one of the
    processes, each by its own least and its own median."""
    rows = [dict(row) for row in found[0]]
    for at, row in enumerate(rows):
        for way in ("native", "limit", "dndprof"):
            if way in row:
                figures = [one[at][way] for one in found]
                row[way] = {"min": min(one["min"] for one in figures),
                            "median": statistics.median(one["median"] for one in figures),
                            "max": max(one["max"] for one in figures),
                            "count": sum(one["count"] for one in figures)}
        ones = [added(one[at]["native"], one[at]["dndprof"], row["calls"]) for one in found]
        row["added_ns"] = {key: statistics.median(one[key] for one in ones) for key in ones[0]}
    return rows


def cheap(bench, times):
    """Rows of tests/bench/added.c; the first is the limit."""
    return pooled([run([bench.program("added")], preloaded(bench, profiles(), **ALL))
                   for _ in range(times)])


def go_cheap(bench, times):
    """Rows of tests/bench/go_added.c."""
    return pooled([run([bench.program("go_added")], plain()) for _ in range(times)])


def first_lap(bench, times):
    """What is added to each record while its ring is new, and when it has been gone round."""
    rows = [run([bench.program("first_lap")], preloaded(bench, profiles(), **ALL))[0]
            for _ in range(times)]
    return {"records": rows[0]["records"],
            "added_ns": {lap: summary(row[lap] - row["native"] for row in rows)
                         for lap in ("first", "warm")}}


def stacks(bench, calls):
    """What a failed call takes, some frames deep, without its stack and with it."""
    levels = [run([bench.program("stack"), str(calls)],
                  preloaded(bench, profiles(), DNDPROF_DETAIL=level))
              for level in ("normal", "detailed")]
    return [{"frames": without["frames"],
             "without_ns": {key: without[key] for key in KEYS},
             "with_ns": {key: taken[key] for key in KEYS}} for without, taken in zip(*levels)]


def keep(results, prefix, suffix, gate, lines):
    for line in lines:
        entry = results.setdefault(f"{prefix}{line['name']}", {
            "unit": line["unit"] + suffix, "calls": line["calls"],
            **{name: [] for name in GATES}})
        entry[gate].extend(line["ns"])


def real(bench, turns, rounds):
    """{name: {"unit", "calls", gate: [ns of each round]}} of percall and of the Go programs."""
    results = {}
    for _ in range(turns):
        directory = profiles()
        for gate, env in zip(GATES, (plain(), preloaded(bench, directory))):
            keep(results, "", "", gate, run([bench.program("percall"), str(rounds)], env))
        for linkage in ("static", "dynamic"):
            for name in ("calls", "http"):
                program = bench.program(f"{name}-{linkage}")
                if not program:
                    bench.leave_out("calls of Go: there is no Go to build their programs with")
                    continue
                command = [program, str(rounds)]
                if linkage == "dynamic":
                    lines = run(command, plain()), run(command, preloaded(bench, directory))
                else:
                    lines = run(command, plain()), run(injected(bench, directory) + command, plain())
                for gate, found in zip(GATES, lines):
                    keep(results, f"{linkage} ", f" ({linkage} Go)", gate, found)
    return results


def starts(bench, count):
    """fork, exec and wait of a C program that does nothing; and with a library preloaded that does
    nothing: the least any preload costs."""
    rows = {}
    for name, library, words in (("start", bench.shim, ""),
                                 ("start, empty preload", bench.program("empty_preload"),
                                  ", an empty library preloaded instead of dndprof's")):
        lines = run([bench.program("startup"), library, str(count)], plain(DNDPROF_DIR=profiles()))
        rows[name] = {"unit": f"fork, exec and wait of a C program that does nothing{words}",
                      "calls": 1 if library == bench.shim else 0,
                      **{line["gate"]: line["ns"] for line in lines}}
    return rows


def static_starts(bench, count):
    """What two shells, one of them preloaded, take to run a static Go program, from one line read to
    one line written."""
    program = bench.program("calls-static")
    if not program:
        return {}
    loop = ["sh", "-c", 'while read -r line; do "$1" nothing; echo; done', "sh", program]
    shells = [subprocess.Popen(loop, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               bufsize=0) for env in (plain(), preloaded(bench, profiles()))]
    times = {gate: [] for gate in GATES}
    for i in range(-3, count):  # the first few warm caches
        for gate, shell in zip(GATES, shells):
            start = time.monotonic_ns()
            shell.stdin.write(b"\n")
            shell.stdout.read(1)
            if i >= 0:
                times[gate].append(time.monotonic_ns() - start)
    for shell in shells:
        shell.stdin.close()
        shell.wait()
        shell.stdout.close()
    return {"static go start": {"unit": "a static Go program that does nothing, run by a shell",
                                "calls": 1, **times}}


def rows(results):
    """One row a kind of call, summed up."""
    found = []
    for name, entry in results.items():
        native, profiled = (summary(entry[gate]) for gate in GATES)
        found.append({"name": name, "unit": entry["unit"], "calls": entry["calls"],
                      "native": native, "dndprof": profiled,
                      "added_ns": added(native, profiled, entry["calls"]),
                      "ratio": profiled["median"] / native["median"]})
    return found


def measure(bench, quick):
    turns, rounds, count = (2, 15, 80) if quick else (5, 40, 300)
    results = real(bench, turns, rounds)
    results.update(starts(bench, count))
    results.update(static_starts(bench, count))
    times = 3 if quick else 5
    return {"cheap": cheap(bench, times), "go_cheap": go_cheap(bench, times),
            "first_lap": first_lap(bench, 5 if quick else 15),
            "stacks": stacks(bench, 50 if quick else 200), "calls": rows(results)}
