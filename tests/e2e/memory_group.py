"""A control group that may use so much memory, of whichever kind the machine has: its processes are
killed by the kernel when they take more.

The memory controller belongs to one hierarchy at a time: a version 1 one, or the version 2 one where
it is on. What is mounted is used; else either is mounted in a place of the test's own, for a moment.
"""

import contextlib
import os
import re
import subprocess
import tempfile


class NoGroup(Exception):
    """Why there is none; the message is a reason to skip."""


def _read(*path):
    with open(os.path.join(*path), encoding="ascii") as file:
        return file.read()


def _write(text, *path):
    with open(os.path.join(*path), "w", encoding="ascii") as file:
        file.write(str(text))


def hierarchies(mounts):
    """(version, place) of what may have the controller, from /proc/self/mounts."""
    for line in mounts.splitlines():
        _, place, kind, options = line.split()[:4]
        if kind == "cgroup2" or (kind == "cgroup" and "memory" in options.split(",")):
            place = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), place)
            yield (2 if kind == "cgroup2" else 1), place


@contextlib.contextmanager
def _mounted(version):
    """A hierarchy mounted where nobody else looks."""
    words = ["-t", "cgroup2"] if version == 2 else ["-t", "cgroup", "-o", "memory"]
    with tempfile.TemporaryDirectory(prefix="dndprof-cgroup-") as place:
        done = subprocess.run(["mount", *words, "none", place], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise NoGroup(done.stderr.strip())
        try:
            yield place
        finally:
            subprocess.run(["umount", place], check=True)


class Group:
    """One group. `procs` is the file by which a process enters it."""

    FILES = {1: ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.oom_control"),
             2: ("memory.max", "memory.swap.max", "memory.events")}

    def __init__(self, version, root, limit):
        self.version, self.turned_on = version, None
        if version == 2:
            self._turn_on(root)
        self.place = os.path.join(root, f"dndprof-test-{os.getpid()}")
        self.procs = os.path.join(self.place, "cgroup.procs")
        self.size, self.swap, self.events = self.FILES[version]
        try:
            os.mkdir(self.place)
            _write(limit, self.place, self.size)
            if os.path.exists(os.path.join(self.place, self.swap)):  # else it would go there
                _write(limit if version == 1 else 0, self.place, self.swap)
        except BaseException:
            self.remove()
            raise

    def _turn_on(self, root):
        """Children of a group have a controller when it is among those it hands on."""
        if "memory" not in _read(root, "cgroup.controllers").split():
            raise NoGroup(f"no memory controller in {root}")
        if "memory" not in _read(root, "cgroup.subtree_control").split():
            _write("+memory", root, "cgroup.subtree_control")
            self.turned_on = root

    def killed(self):
        """How many of its processes the kernel killed for want of memory."""
        return int(re.search(r"^oom_kill (\d+)$", _read(self.place, self.events), re.M)[1])

    def remove(self):
        if os.path.isdir(self.place):
            os.rmdir(self.place)
        if self.turned_on:
            with contextlib.suppress(OSError):  # somebody else has begun to use it
                _write("-memory", self.turned_on, "cgroup.subtree_control")


@contextlib.contextmanager
def memory_group(limit, versions=(1, 2)):
    """A group of that many bytes. Raises NoGroup with the reasons where there can be none."""
    reasons = []
    with contextlib.ExitStack() as stack:
        places = [pair for pair in hierarchies(_read("/proc/self/mounts")) if pair[0] in versions]
        places += [(version, None) for version in versions]
        for version, place in places:
            try:
                place = place or stack.enter_context(_mounted(version))
                group = Group(version, place, limit)
            except (OSError, NoGroup) as error:
                reasons.append(f"version {version}: {error}")
                continue
            stack.callback(group.remove)
            yield group
            return
    raise NoGroup("no memory cgroup here: " + "; ".join(reasons))
