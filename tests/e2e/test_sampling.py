"""DNDPROF_MAX_OVERHEAD: cheap calls that come too fast are sampled; counts stay exact, what is slow
or fails is always there, and the report says what was left out."""

import unittest

import profile_file
from harness import Case, environment, program

ALONE = True
ROUNDS = 200_000


class Sampling(Case):
    def busy(self, budget):
        env = environment(DNDPROF_MAX_OVERHEAD=budget, DNDPROF_MAX_DATA_POINTS="1000000",
                          DNDPROF_MAX_MEMORY="100MiB")
        profile = self.profile([program("busy"), str(ROUNDS)], env)
        self.assertEqual(profile.outcome.status, 0, profile.outcome.stderr)
        rounds, slow, failed = map(int, profile.outcome.stdout.split())
        self.assertEqual((rounds, slow, failed), (ROUNDS, ROUNDS // 2000, ROUNDS // 2000))
        file, = profile.files()
        return profile, profile_file.File(file).counts(), self.dump(file)

    def notes(self, profile):
        return [note for note in profile.report["coverage"][0]["notes"] if "sampling" in note]

    def test_sampled(self):
        """A budget nobody can meet: as little as is ever kept."""
        profile, counts, records = self.busy("0.01%")
        failed = ROUNDS // 2000
        self.assertEqual(counts["send"].count, ROUNDS + failed)
        self.assertEqual(counts["recv"].count, ROUNDS)
        self.assertEqual(counts["send"].errors, failed)
        self.assertEqual(counts["poll"].count, failed)
        note, = self.notes(profile)
        self.assertIn("left out by sampling: one of 1024 was kept at the busiest", note)
        kept = [record for record in records if record["call"] in ("send", "recv", "poll")]
        self.assertEqual(int(note.split()[0]) + len(kept), 2 * ROUNDS + 2 * failed)
        self.assertLess(len(kept), ROUNDS)
        self.assertEqual(sum(record["error"] == "EPIPE" for record in records), failed)
        self.assertEqual(sum(record["call"] == "poll" and record["duration_ns"] >= 2e6
                             for record in records), failed)
        self.assertTrue(all(record["weight"] == 1 for record in records
                            if record["error"] or record["duration_ns"] >= 1e6))
        # In the mean each counts as what it stands for. Some 200 stand for all: their weights
        # stray by 7 %, and the bound is seven times that.
        for call in ("send", "recv"):
            stood_for = sum(record["weight"] for record in records if record["call"] == call)
            self.assertEqual(stood_for, counts[call].timed)
            self.assertAlmostEqual(stood_for, counts[call].count, delta=0.5 * counts[call].count)

    def test_all_kept(self):
        profile, counts, records = self.busy("100%")
        self.assertEqual(self.notes(profile), [])
        self.assertEqual(counts["recv"].count, ROUNDS)
        self.assertEqual(counts["recv"].timed, ROUNDS)
        self.assertEqual(sum(record["call"] == "recv" for record in records), ROUNDS)
        self.assertEqual({record["weight"] for record in records}, {1})

    def test_messages_are_kept(self):
        """Requests and answers, and what opens and closes connections, are never left out."""
        env = environment(DNDPROF_MAX_OVERHEAD="0%", DNDPROF_MAX_DATA_POINTS="1000000",
                          DNDPROF_MAX_MEMORY="100MiB")
        rounds = 20000
        profile = self.profile([program("hammer"), "1", str(rounds)], env)
        self.assertTrue(self.notes(profile))
        self.assertEqual(profile.transactions(), {("GET", "/containers/json"): rounds})


if __name__ == "__main__":
    unittest.main()
