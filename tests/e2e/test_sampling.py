"""DNDPROF_MAX_OVERHEAD: cheap calls that come too fast are sampled; counts stay exact, what is slow
or fails is always there, and the report says what was left out."""

import unittest

import profile_file
from go_programs import linked
from harness import Case, environment, program

ALONE = True
ROUNDS = 200_000


def notes_of(profile):
    return [note for note in profile.report["coverage"][0]["notes"] if "sampling" in note]


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

    def test_sampled(self):
        """A budget nobody can meet: as little as is ever kept."""
        profile, counts, records = self.busy("0.01%")
        failed = ROUNDS // 2000
        self.assertEqual(counts["send"].count, ROUNDS + failed)
        self.assertEqual(counts["recv"].count, ROUNDS)
        self.assertEqual(counts["send"].errors, failed)
        self.assertEqual(counts["poll"].count, failed)
        note, = notes_of(profile)
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
        self.assertEqual(notes_of(profile), [])
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
        self.assertTrue(notes_of(profile))
        self.assertEqual(profile.transactions(), {("GET", "/containers/json"): rounds})


class Go(Case):
    """The same in the Go gate, whose threads share one rate."""

    def busy(self, linkage, budget, detail="normal", rounds=ROUNDS, calm=0):
        env = environment(DNDPROF_MAX_OVERHEAD=budget, DNDPROF_MAX_DATA_POINTS="1000000",
                          DNDPROF_MAX_MEMORY="100MiB", DNDPROF_DETAIL=detail)
        profile = self.profile([linked("busy", linkage), str(rounds), str(calm)], env)
        self.assertEqual(profile.outcome.status, 0, profile.outcome.stderr)
        rare = rounds // 2000
        self.assertEqual(list(map(int, profile.outcome.stdout.split())),
                         [rounds, rare, rare, rare])
        file, = profile.files()
        whole = profile_file.File(file)
        counts = whole.counts()
        said = len(profile.outcome.stdout) if detail == "full" else 0  # one write, to no socket
        self.assertEqual(counts["write"].count, rounds + calm + 3 * rare + bool(said))
        self.assertEqual(counts["write"].errors, rare)
        self.assertEqual(counts["write"].bytes, rounds + calm + 2 * rare + said)
        self.assertEqual(counts["read"].bytes, rounds + calm + 2 * rare)
        records = self.dump(file)
        self.assertEqual(sum(record["error"] == "EPIPE" for record in records), rare)
        self.assertEqual(sum(record["call"] == "read" and record["error"] == "EAGAIN"
                             and record["duration_ns"] >= 1e6 for record in records), rare)
        self.assertTrue(all(record["weight"] == 1 for record in records
                            if record["error"] or record["duration_ns"] >= 1e6))
        return profile, counts, whole.in_histograms(), records

    def check_sampled(self, linkage, detail="normal"):
        profile, counts, timed, records = self.busy(linkage, "0.01%", detail, calm=100)
        note, = notes_of(profile)
        self.assertIn("left out by sampling: one of 1024 was kept at the busiest", note)
        kept = [record for record in records if record["call"] in ("read", "write")]
        self.assertEqual(int(note.split()[0]) + len(kept),
                         counts["read"].count + counts["write"].count)
        self.assertLess(len(kept), ROUNDS)
        rows = {row["call"]: row for row in profile.report["timing"]["all_calls"]}
        for call in ("read", "write"):
            stood_for = sum(record["weight"] for record in records if record["call"] == call)
            self.assertEqual(stood_for, timed[call])
            self.assertEqual(rows[call]["timed"], timed[call])
            self.assertEqual(rows[call]["count"], counts[call].count)
            self.assertEqual(rows[call]["missing"], 0)
            self.assertAlmostEqual(stood_for, counts[call].count, delta=0.5 * counts[call].count)
        # Calm at the end: everything is kept again.
        self.assertEqual({record["weight"] for record in kept[-100:]}, {1})
        return records

    def test_static(self):
        self.check_sampled("static")

    def test_dynamic(self):
        records = self.check_sampled("dynamic", "detailed")
        self.assertTrue(any(record.get("stack") for record in records))

    def test_all_kept(self):
        """With a budget nobody exceeds, and at full whatever it is."""
        for budget, detail in (("100%", "normal"), ("0%", "full")):
            profile, counts, timed, records = self.busy("static", budget, detail, 50_000)
            self.assertEqual(notes_of(profile), [])
            for call in ("read", "write"):
                self.assertEqual(timed[call], counts[call].count)
                self.assertEqual(sum(record["call"] == call for record in records),
                                 counts[call].count)
            self.assertEqual({record["weight"] for record in records}, {1})

    def test_messages_are_kept(self):
        env = environment(DNDPROF_MAX_OVERHEAD="0%", DNDPROF_MAX_DATA_POINTS="1000000",
                          DNDPROF_MAX_MEMORY="100MiB")
        profile = self.profile([linked("stress", "static"), "exchange", "3000"], env)
        found = profile.transactions()
        self.assertEqual(found, {("GET", "/item/{id}"): 3000})


if __name__ == "__main__":
    unittest.main()
