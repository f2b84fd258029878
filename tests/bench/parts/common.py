"""What the parts of the benchmark share: environments, directories of profiles, one way to sum up a
list of measurements and to print a figure. A figure is {"min", "median", "max", "count"}."""

import atexit
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
GATES = ("native", "dndprof")
KEYS = ("min", "median", "max")


class Bench:
    """Where the build is, and how much is to be done."""

    def __init__(self, build, quick):
        self.build, self.quick = os.path.abspath(build), quick
        self.shim = os.path.join(self.build, "libdndprof.so")
        self.dndprof = os.path.join(self.build, "dndprof")
        self.left_out = []  # sentences: what this part does not measure here, and why

    def program(self, name):
        """None where it is not built, as Go's are where there is no Go."""
        path = os.path.join(self.build, "tests", "bench", name)
        return path if os.path.exists(path) else None

    def leave_out(self, sentence):
        if sentence not in self.left_out:
            self.left_out.append(sentence)


def stop(sentence):
    sys.exit(f"bench: {sentence}")


def run(command, env):
    """The JSON lines a program prints."""
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        stop(f"{command[0]} failed: {done.stderr.strip() or done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def profiles():
    """A directory for profiles. All are removed at the end only: ext4 looks long for a new file's
    inode where many were freed within the last minutes."""
    directory = tempfile.mkdtemp(prefix="dndprof-bench-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def plain(**variables):
    """The environment without anything of dndprof's, and these."""
    result = {name: value for name, value in os.environ.items()
              if name not in ("LD_PRELOAD", "DOCKER_HOST") and not name.startswith("DNDPROF_")}
    result.update(variables)
    return result


def preloaded(bench, directory, **variables):
    return plain(LD_PRELOAD=bench.shim, DNDPROF_DIR=directory, **variables)


def injected(bench, directory, *words):
    """What stands before a static program's own words to have it recorded."""
    return [bench.dndprof, "run", "-o", directory, "--report", os.devnull, *words, "--"]


def summary(values):
    values = list(values)
    return {"min": min(values), "median": statistics.median(values), "max": max(values),
            "count": len(values)}


def added(native, profiled, calls=1):
    """What is added to the least and to the middle one, a call."""
    return {key: (profiled[key] - native[key]) / max(calls, 1) for key in ("min", "median")}


def sizes(directory):
    """Bytes of all files below, as they are long and as they take room, and how many."""
    files = [os.stat(os.path.join(place, name)) for place, _, names in os.walk(directory)
             for name in names]
    return {"files": len(files), "bytes": sum(one.st_size for one in files),
            "disk_bytes": sum(one.st_blocks * 512 for one in files)}


def duration(ns):
    """Six or seven characters."""
    size = abs(ns)
    if size >= 1e9:
        return f"{ns / 1e9:.2f}s"
    if size >= 1e6:
        return f"{ns / 1e6:.1f}ms"
    if size >= 1e4:
        return f"{ns / 1e3:.1f}us"
    return f"{ns:.1f}ns"


def kib(size):
    return f"{size / 1024:,.0f}KiB" if size < 10 << 20 else f"{size / (1 << 20):,.0f}MiB"


def machine():
    """What the figures are of: no names of hosts or places."""
    def lines(path):
        try:
            with open(path) as file:
                return file.read().splitlines()
        except OSError:
            return []

    cpu = dict(map(str.strip, line.split(":", 1)) for line in lines("/proc/cpuinfo") if ":" in line)
    memory = dict(line.split(":", 1) for line in lines("/proc/meminfo") if ":" in line)
    system = dict(line.split("=", 1) for line in lines("/etc/os-release") if "=" in line)
    return {"processor": cpu.get("model name", platform.machine()),
            "cpus": os.cpu_count(), "virtual": "hypervisor" in cpu.get("flags", "").split(),
            "memory_bytes": int(memory.get("MemTotal", "0 kB").split()[0]) * 1024,
            "kernel": platform.release().split("-")[0], "architecture": platform.machine(),
            "system": system.get("PRETTY_NAME", "").strip('"')}
