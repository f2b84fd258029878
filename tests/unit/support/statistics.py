#!/usr/bin/python3
"""Makes tests/golden/statistics.json: figures of analyzer/stats as two others have them.

usage: tests/unit/support/statistics.py > tests/golden/statistics.json

Needs python3-scipy and r-base-core (`make check` does not: tests/unit/test_statistics.c compares
with the file made here, and tests/e2e/test_statistics.py computes it again by brute force).

percentiles   numpy, method inverted_cdf (nearest rank); ranks of the interval: scipy's binomial
mad           scipy's median_abs_deviation, scale "normal"
slope, low, high, intercept   scipy's theilslopes
pairs         p: scipy's mannwhitneyu, exact, or with correction for continuity beyond 40 values; where
              few values have ties scipy's permutation_test over all ways. shift, bounds: R's
              wilcox.test, exact or not; with ties the definitions, by numpy. boot: percentiles of
              samples drawn again 20,000 times by numpy
outlooks      Student's distribution of scipy; p and bounds by ttest_ind's kin: a prediction from the
              first sample's spread alone, by numpy
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


def pairs():
    """Two samples each: no change, a shift, ties, far values, many."""
    draw = random.Random(7)

    def some(count, middle, spread):
        return [round(draw.gauss(middle, spread), 3) for _ in range(count)]

    yield "4 and 4 apart", [1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]
    yield "3 and 3 apart", [1.0, 2.0, 3.0], [5.0, 6.0, 7.0]
    yield "alike 6", some(6, 50, 5), some(6, 50, 5)
    yield "shifted 6", some(6, 50, 2), some(6, 60, 2)
    yield "shifted 12 and 8", some(12, 50, 5), some(8, 45, 5)
    yield "one far", some(9, 10, 0.1) + [1000.0], some(10, 11, 0.1)
    yield "ties 5", [1.0, 1.0, 2.0, 2.0, 3.0], [2.0, 2.0, 3.0, 3.0, 4.0]
    yield "all ties", [5.0] * 5, [5.0] * 6
    yield "steps", [3.0] * 4, [4.0] * 4
    yield "alike 100", some(100, 50, 5), some(120, 50, 5)
    yield "shifted 100", some(100, 50, 5), some(80, 53, 5)
    yield "ties 100", [float(draw.randrange(5)) for _ in range(100)], [
        float(draw.randrange(1, 6)) for _ in range(60)]
    yield "skewed 300", [round(draw.lognormvariate(14, 1.2)) for _ in range(300)], [
        round(draw.lognormvariate(14.3, 1.2)) for _ in range(300)]


def wilcoxon(first, second, exact):
    """Shift and its bounds of R."""
    code = (f"r <- suppressWarnings(wilcox.test(c({','.join(map(repr, second))}), "
            f"c({','.join(map(repr, first))}), conf.int=TRUE, exact={'TRUE' if exact else 'FALSE'})); "
            "cat(sprintf('%.15g %.15g %.15g', r$estimate, r$conf.int[1], r$conf.int[2]))")
    done = subprocess.run(["Rscript", "--vanilla", "-e", code], check=True, stdout=subprocess.PIPE,
                          text=True)
    return [float(word) for word in done.stdout.split()]


def permuted(first, second):
    """Of all ways to deal the values out."""
    return stats.permutation_test(
        (first, second), lambda a, b: abs(stats.rankdata(list(a) + list(b))[len(a):].sum()
                                          - len(b) * (len(a) + len(b) + 1) / 2),
        n_resamples=numpy.inf, alternative="greater").pvalue


def booted(first, second, p, count=20000):
    generator = numpy.random.default_rng(11)

    def drawn(values):
        chosen = generator.integers(0, len(values), (count, len(values)))
        return numpy.quantile(numpy.array(values)[chosen], p, axis=1, method="inverted_cdf")

    differences = drawn(second) - drawn(first)
    return [float(numpy.quantile(differences, q, method="inverted_cdf")) for q in (0.025, 0.975)]


def pair_case(name, first, second):
    n, m = len(first), len(second)
    few, ties = n + m <= 40, len(set(first + second)) < n + m
    if few and ties:
        p = permuted(first, second)
    else:
        p = stats.mannwhitneyu(second, first, method="exact" if few else "asymptotic").pvalue
    differences = numpy.sort(numpy.subtract.outer(second, first).ravel())
    shift, low, high = float(numpy.median(differences)), None, None
    if not ties:
        shift, low, high = wilcoxon(first, second, few)
    if few and stats.mannwhitneyu([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12][:n], range(20, 20 + m),
                                  method="exact").pvalue > 0.05:
        low = high = None  # so few values bound nothing
    return {"name": name, "first": first, "second": second, "p": float(p), "shift": shift,
            "low": low, "high": high, "exact": few, "ties": ties,
            "boot": {str(p): booted(first, second, p) for p in (0.5, 0.95)} if n >= 100 else None}


def outlook_case(first, others):
    """Do the others come from where the first came from? Of logarithms where all are above 0."""
    logs = min(first + others) > 0
    base, fresh = (numpy.log(values) if logs else numpy.array(values) for values in (first, others))
    freedom = len(first) - 1
    error = base.std(ddof=1) * (1 / len(first) + 1 / len(others)) ** 0.5
    shift, far = fresh.mean() - base.mean(), error * stats.t.ppf(0.975, freedom)
    bounds = [shift - far, shift + far]
    if logs:
        bounds = [float(numpy.exp(base.mean()) * numpy.expm1(bound)) for bound in bounds]
    return {"first": first, "others": others, "low": float(bounds[0]), "high": float(bounds[1]),
            "p": float(2 * stats.t.sf(abs(shift / error), freedom))}


def outlooks():
    draw = random.Random(9)
    for count, others, factor in ((6, 1, 1), (6, 1, 1.5), (10, 3, 1.1), (40, 1, 2), (200, 2, 1)):
        first = [round(draw.lognormvariate(16, 0.1)) for _ in range(count)]
        yield outlook_case(first, [round(draw.lognormvariate(16, 0.1) * factor)
                                   for _ in range(others)])
    yield outlook_case([0.0, 0.01, 0.0, 0.02, 0.0, 0.01, 0.03], [0.05])
    yield outlook_case([-2.0, 1.0, 3.0, 0.5, -1.0, 2.0], [1.0, 1.5])


def main():
    cases = {"students": [{"t": t, "freedom": freedom, "p": float(2 * stats.t.sf(t, freedom))}
                          for t in (0, 0.01, 0.5, 1, 2, 3, 10, 50)
                          for freedom in (1, 2, 3, 5, 9, 30, 200, 10000)],
             "outlooks": list(outlooks()),
             "pairs": [pair_case(*case) for case in pairs()],
             "samples": [sample_case(*case) for case in samples()],
             "series": [series_case(*case) for case in series()]}
    print("{" + ",\n".join(f'"{key}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]"
                           for key, rows in cases.items()) + "}")


if __name__ == "__main__":
    main()
