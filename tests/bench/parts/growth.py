"""How cost grows: a call with the number of threads and with the length of the ring, a process with
how many there are in a run; and how much memory and file a process takes."""

import subprocess
import time

from .analyzer import timed
from .calls import ALL
from .common import added, injected, plain, preloaded, profiles, run, sizes, summary

THREADS = (1, 2, 4, 8, 16, 32, 64)
RINGS = (100, 1_000, 10_000, 100_000, 1_000_000)  # DNDPROF_MAX_DATA_POINTS
PROCESSES = ((1, 40), (10, 20), (100, 7), (1_000, 3))  # in a run, and how often
CALLS = 10_000
STORM = 'i=0; while [ $i -lt "$1" ]; do /bin/true; i=$((i+1)); done'


def growth(bench, threads, warm, batches, **variables):
    row = run([bench.program("growth"), str(threads), str(warm), str(batches)],
              preloaded(bench, profiles(), **ALL, **variables))[0]
    return {**row, "added_ns": added(row["native"], row["dndprof"])}


def by_threads(bench, quick):
    return [growth(bench, threads, 2_000, max(20, (400 if quick else 2_000) // threads))
            for threads in THREADS]


def by_ring(bench, quick):
    """Each ring is gone round once before it is measured."""
    return [{**growth(bench, 1, 2 * points, 400 if quick else 2_000,
                      DNDPROF_MAX_DATA_POINTS=str(points), DNDPROF_MAX_MEMORY="100MiB"),
             "data_points": points}
            for points in RINGS if not quick or points <= 100_000]


def by_processes(bench, quick):
    """A shell that starts so many, one after another: nanoseconds a process."""
    rows = []
    for count, times in PROCESSES:
        if quick and count > 100:
            continue
        spent, runs = {"native": [], "dndprof": []}, None
        for _ in range(max(times // 4, 2) if quick else times):
            runs = profiles()
            for gate, env in (("native", plain()), ("dndprof", preloaded(bench, runs))):
                start = time.monotonic_ns()
                subprocess.run(["sh", "-c", STORM, "sh", str(count)], env=env, check=True,
                               stdin=subprocess.DEVNULL)
                spent[gate].append((time.monotonic_ns() - start) / count)
        native, profiled = summary(spent["native"]), summary(spent["dndprof"])
        rows.append({"processes": count, "native": native, "dndprof": profiled,
                     "added_ns": added(native, profiled),
                     "report_ns": summary(timed([bench.dndprof, "report", "--no-pager", runs])[0] * 1e9
                                          for _ in range(3)),
                     "files": sizes(runs)})
    return rows


def memory(bench, quick):
    """Bytes a process has natively and with dndprof, at its start and after CALLS recorded calls."""
    static = bench.program("calls-static")
    kinds = {"C": ([bench.program("memory"), str(CALLS)], True)}
    if static:
        kinds["static Go"] = ([static, "memory", str(CALLS)], False)
    rows = []
    for name, (command, is_preloaded) in kinds.items():
        found = {}
        for _ in range(3 if quick else 9):
            directory = profiles()
            recorded = (run(command, preloaded(bench, directory, **ALL)) if is_preloaded else
                        run(injected(bench, directory) + command, plain()))
            for native, profiled in zip(run(command, plain()), recorded):
                for key in ("rss", "pss", "private"):
                    found.setdefault((native["name"], key), []).append((native[key], profiled[key]))
        rows += [{"program": name, "when": when, "kind": key,
                  "native": summary(one for one, _ in pairs),
                  "dndprof": summary(one for _, one in pairs),
                  "added": summary(two - one for one, two in pairs)}
                 for (when, key), pairs in found.items()]
    return rows


def files(bench):
    """How large the profile of a program is that does nothing, and of one that makes CALLS calls."""
    rows = []
    for name, program, words in (("C, nothing", "startup", ["nothing"]),
                                 (f"C, {CALLS:,} calls", "memory", [str(CALLS)]),
                                 ("static Go, nothing", "calls-static", ["nothing"]),
                                 (f"static Go, {CALLS:,} calls", "calls-static",
                                  ["memory", str(CALLS)])):
        path, directory = bench.program(program), profiles()
        if not path:
            continue
        command, env = [path, *words], preloaded(bench, directory, **ALL)
        if program == "calls-static":
            command, env = injected(bench, directory) + command, plain()
        subprocess.run(command, env=env, check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)
        rows.append({"program": name, **sizes(directory)})
    return rows


def measure(bench, quick):
    if quick:
        bench.leave_out("rings of a million records, and runs of 1,000 processes: --quick")
    return {"threads": by_threads(bench, quick), "rings": by_ring(bench, quick),
            "processes": by_processes(bench, quick), "memory": memory(bench, quick),
            "files": files(bench)}
