"""Go programs with very many children, one after the other and all at once: their ends and the
parent's output are as natively, and each child is followed, or it is counted why not."""

import collections
import glob
import os
import struct
import unittest

import harness
import profile_file
from go_programs import GATES, linked
from harness import Case

harness.LIMIT_SECONDS = 600  # of one command
MANY = 10_000
AT_ONCE = 1_000
BUDGET = struct.Struct("<8sQQQ")  # shim/recorder/rundir.c: magic, cap, used, requests turned down


class Children(Case):
    def gates(self, profile, parent):
        """The children's gates, by process id; the parent itself is the first."""
        self.assertEqual(profile.outcome.status, 0, profile.outcome)
        self.assertEqual(profile.report["coverage"][0]["gate"], GATES[parent])
        return collections.Counter(row["gate"] for row in profile.report["coverage"][1:]
                                   if row["program"] != "sh")

    def refused(self, profile):
        """Requests for disk that the run's cap turned down: one at least for each child that has no
        file."""
        path, = glob.glob(os.path.join(profile.directory, "*", "run.budget"))
        with open(path, "rb") as file:
            magic, cap, used, refused = BUDGET.unpack(file.read(BUDGET.size))
        self.assertEqual(magic, b"DNDBUDG\n")
        self.assertLessEqual(used, cap)
        return refused

    def waited(self, profile):
        """How many ends the parent saw: exact, whatever its ring still holds."""
        parent = profile.report["coverage"][0]["pid"]
        path, = [path for path in profile.files() if os.path.basename(path).startswith(f"{parent}-")]
        return profile_file.File(path).counts()["wait4"].count

    def test_ten_thousand(self):
        """Dynamic children: every one has its profile."""
        for parent in ("static", "dynamic"):
            with self.subTest(parent=parent):
                profile = self.same_outcome([linked("stress", parent), "children", str(MANY)])
                rows = profile.coverage("true")
                self.assertEqual((len(rows), {row["gate"] for row in rows}), (MANY, {"libc"}))
                self.assertEqual(len({row["pid"] for row in rows}), MANY)

    def test_ten_thousand_static(self):
        """Static Go children: their profiles are larger, and reach the run's cap on disk. Those
        behind it ran all the same; they are counted there."""
        stress = linked("stress", "static")
        profile = self.same_outcome([stress, "children", str(MANY), stress, "nothing"])
        followed = [row for row in profile.report["coverage"] if row["gate"] == "go"]
        self.assertGreater(len(followed), 1000)
        self.assertGreaterEqual(len(followed) + self.refused(profile), MANY + 1)
        self.assertGreaterEqual(self.waited(profile), MANY + 1)
        for row in profile.report["coverage"]:
            self.assertTrue(row["gate"] != "unobserved" or row["reason"], row)

    def test_thousand_at_once(self):
        for parent in ("static", "dynamic"):
            for child in ("static", "dynamic"):
                with self.subTest(parent=parent, child=child):
                    profile = self.same_outcome([linked("stress", parent), "crowd", str(AT_ONCE),
                                            linked("stress", child), "nothing"])
                    self.assertEqual(dict(self.gates(profile, parent)), {GATES[child]: AT_ONCE})


if __name__ == "__main__":
    unittest.main()
