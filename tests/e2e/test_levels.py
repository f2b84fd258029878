"""DNDPROF_DETAIL: each level has what the one before has, and more. (Stacks: test_stacks.)"""

import collections
import unittest

import profile_file
from go_programs import linked
from harness import PYTHON, Case, environment, program, require

CODE = """import os, socket
a, b = socket.socketpair()
a.sendall(b"x" * 10); b.recv(10)
fd = os.open(__import__("sys").argv[1], os.O_RDONLY)
while os.read(fd, 100): pass
os.close(fd)
"""
FILE_CALLS = ("open", "open64", "openat", "openat64", "read", "close")


class Levels(Case):
    def run_at(self, level, command=(PYTHON, "-S", "-E", "-c", CODE)):
        path = self.write("secret-name", "GET /secret HTTP/1.1" + "secret words " * 99)
        profile = self.profile([*command, path], environment(DNDPROF_DETAIL=level))
        self.assertEqual(profile.outcome.status, 0, profile.outcome.stderr)
        self.assertEqual(profile.transactions(), {})
        file, = profile.files()
        with open(file, "rb") as data:
            self.assertNotIn(b"secret", data.read())
        counts = {name: stats.count for name, stats in profile_file.File(file).counts().items()}
        return counts, collections.Counter(record["call"] for record in self.dump(file))

    def test_levels(self):
        seen = {level: self.run_at(level) for level in ("basic", "normal", "detailed", "full")}
        for level, (counts, records) in seen.items():
            self.assertGreaterEqual(counts["recv"], 1, level)
            self.assertEqual(records["recv"], 0 if level == "basic" else counts["recv"], level)
        # 13 reads and the end; at full those of Python's own files beside.
        counts, records = seen["full"]
        self.assertGreaterEqual(counts["read"], 14)
        for name in FILE_CALLS:
            self.assertEqual(records[name], counts.get(name, 0), name)
        self.assertGreater(sum(records[name] for name in FILE_CALLS if name.startswith("open")), 0)
        for level in ("basic", "normal", "detailed"):
            counts, records = seen[level]
            self.assertEqual(records["read"], 0, level)
            self.assertEqual(counts.get("read", 0), 0, level)

    def test_go(self):
        """The same in the Go gate."""
        for linkage in ("static", "dynamic"):
            for level in ("basic", "normal", "detailed", "full"):
                counts, records = self.run_at(level, [linked("busy", linkage), "file"])
                self.assertEqual(counts["socketpair"], 1, level)
                for name, count in counts.items():
                    if name in ("read", "write", "openat", "close", "socketpair"):
                        self.assertEqual(records[name], 0 if level == "basic" else count,
                                         (level, name))
                # 14 pieces and the end, and a byte over a connection.
                files = level == "full"
                self.assertGreaterEqual(counts["read"], 16 if files else 1, level)
                self.assertLess(counts["read"], 100 if files else 2, level)
                self.assertEqual("close" in counts and counts["close"] > 0, files, level)
                self.assertEqual(counts.get("openat", 0) >= 2, files, level)
                if level == "basic":  # a count of waits is no use without their places
                    self.assertEqual(counts["futex"], 0)

    def test_nothing_is_sampled(self):
        """At full every call has its record, whatever the budget."""
        env = environment(DNDPROF_DETAIL="full", DNDPROF_MAX_OVERHEAD="0%",
                          DNDPROF_MAX_DATA_POINTS="1000000", DNDPROF_MAX_MEMORY="100MiB")
        rounds = 50000
        profile = self.profile([program("busy"), str(rounds)], env)
        file, = profile.files()
        calls = collections.Counter(record["call"] for record in self.dump(file))
        self.assertEqual((calls["send"], calls["recv"]), (rounds + rounds // 2000, rounds))

    def test_files_are_no_connections(self):
        """What a file holds is never taken for a message."""
        path = self.write("file", "GET /secret HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
        require("cat")
        profile = self.profile(["cat", path], environment(DNDPROF_DETAIL="full"))
        self.assertEqual(profile.transactions(), {})
        self.assertEqual(profile.report["summary"]["total_operations"], 0)
        for file in profile.files():
            with open(file, "rb") as data:
                self.assertNotIn(b"GET", data.read())


if __name__ == "__main__":
    unittest.main()
