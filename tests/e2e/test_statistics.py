"""Statistics: the fixture of the unit tests computed again, by brute force and the standard library
alone, so that it cannot rot; and the percentiles of a report against the records it came from."""

import fractions
import itertools
import json
import math
import os
import statistics
import unittest

from harness import DNDPROF, ROOT, Case, execute, program
from profile_file import File

GOLDEN = os.path.join(ROOT, "tests", "golden", "statistics.json")


def nearest_rank(values, p):
    return sorted(values)[max(math.ceil(fractions.Fraction(str(p)) * len(values)), 1) - 1]


def interval(count, p):
    """Ranks by the definition: at most 2.5 % of all draws leave the percentile beyond each."""
    p = fractions.Fraction(str(p))
    below, low, high = fractions.Fraction(0), None, None
    limit = fractions.Fraction(1, 40)
    for k in range(count + 1):
        below += math.comb(count, k) * p ** k * (1 - p) ** (count - k)
        if low is None and below >= limit:
            low = k
        if below >= 1 - limit:
            high = k + 1
            break
    return low or None, high if high <= count else None


def sign(value):
    return (value > 0) - (value < 0)


def kendall_s(y):
    return sum(sign(b - a) for a, b in itertools.combinations(y, 2))


def chance(y):
    """Of |S| or more: all orders of few different values; else as textbooks approximate it."""
    s = kendall_s(y)
    if len(set(y)) == len(y) and len(y) <= 8:
        orders = list(itertools.permutations(range(len(y))))
        return sum(abs(kendall_s(order)) >= abs(s) for order in orders) / len(orders)
    n = len(y)
    variance = (n * (n - 1) * (2 * n + 5) - sum(
        t * (t - 1) * (2 * t + 5) for t in (y.count(value) for value in set(y)))) / 18
    return 2 * (1 - statistics.NormalDist().cdf((abs(s) - 1) / variance ** 0.5)) \
        if variance and s else 1


class Fixture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(GOLDEN) as file:
            cls.golden = json.load(file)

    def test_percentiles(self):
        for row in self.golden["samples"]:
            for found in row["percentiles"]:
                with self.subTest(row["name"], p=found["p"]):
                    self.assertEqual(found["value"], nearest_rank(row["values"], found["p"]))
                    if len(row["values"]) <= 1000:
                        self.assertEqual((found["low"], found["high"]),
                                         interval(len(row["values"]), found["p"]))

    def test_deviation(self):
        for row in self.golden["samples"]:
            median = statistics.median(row["values"])
            self.assertAlmostEqual(row["median"], median)
            distance = statistics.median(abs(value - median) for value in row["values"])
            scaled = distance / statistics.NormalDist().inv_cdf(0.75)
            self.assertAlmostEqual(row["mad"], scaled, delta=1e-9 * scaled)

    def test_trends(self):
        for row in self.golden["series"]:
            with self.subTest(row["name"]):
                points = list(zip(row["x"], row["y"]))
                slopes = [(b[1] - a[1]) / (b[0] - a[0])
                          for a, b in itertools.combinations(points, 2)]
                self.assertAlmostEqual(row["slope"], statistics.median(slopes))
                self.assertEqual(row["s"], kendall_s(row["y"]))
                if len(row["y"]) <= 8 or len(row["y"]) > 10 or len(set(row["y"])) < len(row["y"]):
                    self.assertAlmostEqual(row["p"], chance(row["y"]), places=9)


def dealt(first, second):
    """The chance of ranks as uneven: of all ways, or as textbooks approximate it."""
    n, m, together = len(first), len(second), sorted(first + second)
    rank = {value: together.index(value) + (together.count(value) + 1) / 2 for value in together}
    far = abs(sum(rank[value] for value in second) - m * (n + m + 1) / 2)
    if n + m <= 12:
        ways = list(itertools.combinations([rank[value] for value in together], m))
        return sum(abs(sum(way) - m * (n + m + 1) / 2) >= far - 1e-9 for way in ways) / len(ways)
    ties = sum(together.count(value) ** 3 - together.count(value) for value in set(together))
    variance = n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1)))
    return 2 * (1 - statistics.NormalDist().cdf((far - 0.5) / variance ** 0.5)) \
        if variance and far > 0.5 else 1


class Pairs(unittest.TestCase):
    def test_pairs(self):
        with open(GOLDEN) as file:
            pairs = json.load(file)["pairs"]
        for row in pairs:
            n, m = len(row["first"]), len(row["second"])
            with self.subTest(row["name"]):
                shift = statistics.median(b - a for a in row["first"] for b in row["second"])
                spread = max(row["first"] + row["second"]) - min(row["first"] + row["second"])
                self.assertAlmostEqual(row["shift"], shift, delta=1e-4 * spread)
                if n + m <= 12 or n + m > 40:
                    self.assertAlmostEqual(row["p"], dealt(row["first"], row["second"]), places=9)


class Report(Case):
    """What the report says of its operations follows from the records it was made of."""

    def taken_off(self, profile):
        """What calls are recorded too long, in ns: as the file says, in ticks as long as the dump's
        durations make them."""
        path, = profile.files()
        file = File(path)
        if file.call_null == 0:
            return profile.report["overhead"]["null_interval_ns"]
        ticks = sum(record.duration for ring in file.rings
                    for record in ring.read(file.data)[0].values()
                    if file.calls[record.call] == "send")
        ns = sum(record["duration_ns"] for record in self.dump(profile.directory)
                 if record["call"] == "send")
        return file.call_null / 256 * ns / ticks

    def test_percentiles_of_a_run(self):
        profile = self.profile([program("hammer"), "1", "300"])
        timing = profile.report["timing"]
        started, durations = None, []
        for record in self.dump(profile.directory):
            if "request" in record and "sent" in record["flags"]:
                started = record["time_ns"]
            elif "response" in record and "received" in record["flags"]:
                durations.append(record["time_ns"] + record["duration_ns"] - started)
        self.assertEqual(len(durations), timing["count"])
        null = self.taken_off(profile)
        for name, p in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)):
            with self.subTest(name):
                found = timing["percentiles"][name]
                self.assertAlmostEqual(found["value_ns"], nearest_rank(durations, p) - null,
                                       delta=2)
                for rank, bound in zip(interval(300, p), (found["low_ns"], found["high_ns"])):
                    if rank is None:
                        self.assertIsNone(bound)
                    else:
                        self.assertAlmostEqual(bound, sorted(durations)[rank - 1] - null, delta=2)
        limit = timing["outliers_above_ns"]
        self.assertEqual(timing["outliers_count"],
                         sum(duration - null > limit + 1 for duration in durations))
        self.assertEqual(timing["outliers"][0]["duration_ns"], timing["max_ns"])

    def test_calls_from_histograms(self):
        """Counts are exact and percentiles within 1.1 % when all but a few records were
        overwritten."""
        wide = self.profile([program("hammer"), "1", "4000"], options=(
            "--set", "MAX_DATA_POINTS=100000", "--set", "MAX_OVERHEAD=100%"))
        durations = [record["duration_ns"] for record in self.dump(wide.directory)
                     if record["call"] == "send"]
        self.assertEqual(len(durations), 8000)
        row, = (row for row in wide.report["timing"]["all_calls"] if row["call"] == "send")
        self.assertEqual(row["count"], 8000)
        null = self.taken_off(wide)
        for name, p in (("p50_ns", 0.5), ("p95_ns", 0.95), ("p99_ns", 0.99)):
            exact = nearest_rank(durations, p)
            self.assertAlmostEqual(row[name] + null, exact, delta=0.011 * exact + 2)
        narrow = self.profile([program("hammer"), "1", "4000"], options=(
            "--set", "MAX_DATA_POINTS=64", "--set", "MAX_OVERHEAD=100%"))
        counts = {row["call"]: row["count"] for row in narrow.report["timing"]["all_calls"]}
        self.assertEqual([counts[name] for name in ("send", "recv", "write", "read")],
                         [8000, 8000, 4000, 4000])
        text = execute([DNDPROF, "report", narrow.directory]).stdout.decode()
        self.assertIn("All calls, recorded or not", text)
        self.assertIn("error at most 1.1%", text)


if __name__ == "__main__":
    unittest.main()
