"""How fast reports are and how much memory they take: runs of 1, 10 and 100 million records, as text
and as JSON, beside `cat` of the same files. A report reads the newest million records of a run unless
told otherwise (--records), and takes what is older as overwritten; both are measured, all of them up
to ten million, as memory without bound is what the limit is for."""

import os
import re
import shutil
import subprocess
import time

from .common import plain, profiles, stop, summary

COUNTS = (1_000_000, 10_000_000, 100_000_000)
DEFAULT = 1_000_000  # what a report reads of a run
BYTES_A_RECORD = 96  # of the files


def timed(command):
    """Wall and CPU seconds and the peak of memory of one command, its output thrown away."""
    start = time.monotonic()
    pid = os.posix_spawnp(command[0], command, plain(), file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    if status:
        stop(f"{' '.join(command[:4])} failed")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def row(count, name, read, command, times):
    found = [timed(command) for _ in range(times)]
    seconds, cpu, peak = (summary(values) for values in zip(*found))
    return {"records": count, "output": name, "read": read, "seconds": seconds, "cpu_seconds": cpu,
            "peak_bytes": peak, "records_a_second": summary(count / one[0] for one in found),
            "records_a_cpu_second": summary(count / one[1] for one in found)}


def measure_count(bench, count, times):
    directory = profiles()
    if shutil.disk_usage(directory).free < 1.5 * count * BYTES_A_RECORD:
        bench.leave_out(f"reports of {count:,} records: the disk has no room for them")
        return []
    subprocess.run([bench.program("records"), directory, str(count)], check=True)
    report = [bench.dndprof, "report", "--no-pager"]
    files = [os.path.join(directory, name) for name in sorted(os.listdir(directory))]
    rows = [row(count, "cat FILE >/dev/null", "all", ["cat", *files], times)]
    for output in ("text", "json"):
        rows.append(row(count, output, "newest million",
                        [*report, "--format", output, directory], times))
        if count <= 10 * DEFAULT:
            rows.append(row(count, output, "all", [*report, "--records", "all", "--format", output,
                                                   directory], times if count == DEFAULT else 1))
    for path in files:
        os.unlink(path)
    return rows


def hot(bench):
    """Where the time of a report goes, by perf: the functions that take most of it."""
    if not shutil.which("perf"):
        bench.leave_out("where the time of a report goes: perf is not installed")
        return []
    directory, data = profiles(), os.path.join(profiles(), "perf.data")
    subprocess.run([bench.program("records"), directory, str(DEFAULT)], check=True)
    subprocess.run(["perf", "record", "-q", "-F", "1999", "-o", data, "--", bench.dndprof, "report",
                    "--no-pager", directory], env=plain(), stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    shown = subprocess.run(["perf", "report", "-i", data, "--stdio", "-F", "overhead,dso,symbol",
                            "-t", "|"], env=plain(), stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True, check=False).stdout
    shutil.rmtree(directory)
    os.mkdir(directory)
    found = [{"share": float(share), "in": "the kernel" if place.startswith("[") else place,
              "function": function}
             for share, place, function in
             re.findall(r"^ *([\d.]+)% *\| *(\S+) *\| *\[.\] (\S+)", shown, re.M)]
    if not found:
        bench.leave_out("where the time of a report goes: perf records nothing here")
    return found[:12]


def measure(bench, quick):
    rows = []
    for count in COUNTS:
        if quick and count > DEFAULT:
            bench.leave_out(f"reports of {count:,} records: --quick")
            continue
        rows += measure_count(bench, count, 2 if quick else 3)
    return {"analyzer": rows, "analyzer_hot": hot(bench)}
