#!/usr/bin/python3
"""Makes tests/golden/statistics.json: figures of analyzer/stats as two others have them.

usage: tests/unit/support/statistics.py > tests/golden/statistics.json

Needs python3-scipy and r-base-core (`make check` does not: tests/unit/test_statistics.c compares
with the file made here, and tests/e2e/test_statistics.py computes it again by brute force).

percentiles   numpy, method inverted_cdf (nearest rank); ranks of the interval: scipy's binomial
mad           scipy's median_abs_deviation, scale "normal"
slope, low, high, intercept   scipy's theilslopes
s, p          R's cor.test, method "kendall": exact without ties up to 10 points, else with correction
              for continuity
"""

import json
import random
import subprocess

import numpy
from scipy import stats

PERCENTILES = (0.5, 0.9, 0.95, 0.99, 0.999)


def samples():
    """Values as latencies are: ns, skewed, with ties, with far ones."""
    draw = random.Random(20231114)
    for count in (1, 2, 5, 6, 7, 10, 19, 20, 36, 99, 100, 101, 1000, 4000):
        yield f"skewed {count}", [round(draw.lognormvariate(14, 1.2)) for _ in range(count)]
    yield "ties", [draw.choice((1000000, 1000000, 1000000, 2000000, 5000000)) for _ in range(60)]
    yield "mostly one", [1000000] * 40 + [3000000, 90000000, 1500000]
    yield "all one", [7] * 20
    yield "one far", [round(draw.gauss(1e7, 1e5)) for _ in range(30)] + [10 ** 9]
    yield "even middle", [1, 2, 3, 4, 5, 6, 7, 8, 9, 100]


def series():
    draw = random.Random(42)
    yield "3434", [3, 4, 3, 4]
    yield "343434", [3, 4, 3, 4, 3, 4]
    yield "34 long", [3, 4] * 15
    yield "ramp 5", [1, 2, 3, 4, 5]
    yield "ramp", [float(i) for i in range(20)]
    yield "fall", [100.0 - 3 * i for i in range(12)]
    yield "step", [1.0] * 10 + [2.0] * 10
    yield "noisy step", [10 + draw.gauss(0, 0.3) for _ in range(15)] + [
        12 + draw.gauss(0, 0.3) for _ in range(15)]
    yield "noisy ramp", [50 + 0.4 * i + draw.gauss(0, 2) for i in range(60)]
    yield "noise", [50 + draw.gauss(0, 5) for _ in range(60)]
    yield "noise 8", [50 + draw.gauss(0, 5) for _ in range(8)]
    yield "noise 10", [50 + draw.gauss(0, 5) for _ in range(10)]
    yield "ties", [float(draw.randrange(4)) for _ in range(40)]
    yield "ramp with far ones", [float(i) + (1000 if i % 7 == 3 else 0) for i in range(30)]
    yield "constant", [5.0] * 10


def sample_case(name, values):
    array = numpy.array(values)
    percentiles = []
    for p in PERCENTILES:
        low = int(stats.binom.ppf(0.025, len(values), p))
        high = int(stats.binom.isf(0.025, len(values), p)) + 1
        percentiles.append({
            "p": p, "value": int(numpy.quantile(array, p, method="inverted_cdf")),
            "low": low or None, "high": high if high <= len(values) else None})
    return {"name": name, "values": values, "percentiles": percentiles,
            "median": float(numpy.median(array)),
            "mad": float(stats.median_abs_deviation(array, scale="normal"))}


def kendall(x, y):
    """S and p of R."""
    exact = len(y) <= 10 and len(set(y)) == len(y)
    code = (f"r <- suppressWarnings(cor.test(c({','.join(map(repr, x))}), c({','.join(map(repr, y))}), "
            f"method='kendall', exact={'TRUE' if exact else 'FALSE'}, continuity=TRUE)); "
            "cat(sprintf('%.15g', r$p.value))")
    done = subprocess.run(["Rscript", "--vanilla", "-e", code], check=True, stdout=subprocess.PIPE,
                          text=True)
    return float(done.stdout)


def series_case(name, values):
    x = [0.25 + 0.5 * i for i in range(len(values))]
    found = stats.theilslopes(values, x, 0.95)
    constant = len(set(values)) == 1
    pairs = len(values) * (len(values) - 1) / 2
    tau = stats.kendalltau(x, values).statistic
    groups = [values.count(value) for value in set(values)]
    tied = sum(t * (t - 1) / 2 for t in groups)
    s = 0 if constant else round(tau * (pairs * (pairs - tied)) ** 0.5)
    return {"name": name, "x": x, "y": values, "slope": found.slope, "intercept": found.intercept,
            "low": found.low_slope, "high": found.high_slope, "s": s,
            "p": 1.0 if constant else kendall(x, values)}


def main():
    cases = {"samples": [sample_case(*case) for case in samples()],
             "series": [series_case(*case) for case in series()]}
    print("{" + ",\n".join(f'"{key}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]"
                           for key, rows in cases.items()) + "}")


if __name__ == "__main__":
    main()
