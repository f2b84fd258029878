"""What was aimed at, as data, and what this run measured of it: one verdict a row. A row whose figure
was not measured here has no verdict and says so."""

from . import commands, tools

HOPELESS = 100


def pick(rows, **wanted):
    """The first row that has these values, or None."""
    return next((row for row in rows
                 if all(row.get(key) == value for key, value in wanted.items())), None)


def limit(result):
    """Nanoseconds no recorder can do without: two clock reads and a 64-byte store, here."""
    row = result["cheap"][0]  # its name is "limit"
    return row["limit"]["min"] - row["native"]["min"]


# ---- where a figure is found: (value, least and greatest it may be, native), or None --------------

def added_of(part, name):
    def find(result):
        row = pick(result.get(part, []), name=name)
        if row is None:
            return None
        found = row["added_ns"]
        return found["min"], sorted((found["min"], found["median"])), \
            row["native"]["min"] / max(row["calls"], 1)
    return find


def command(name, way, key, scale=1, offset=0):
    def find(result):
        row = pick(result.get("commands", []), command=name, tool=way)
        if row is None:
            return None
        return tuple((row[key][at] - offset) * scale for at in ("median",)) + (
            [(row[key][at] - offset) * scale for at in ("low", "high")],
            row["native_ms"]["median"])
    return find


def largest(result, output, read):
    rows = [row for row in result.get("analyzer", [])
            if row["output"] == output and row["read"] == read]
    return max(rows, key=lambda row: row["records"], default=None)


def speed(read):
    def find(result):
        row = largest(result, "text", read)
        if row is None:
            return None
        found = row["records_a_cpu_second"]
        return found["median"] / 1e6, [found["min"] / 1e6, found["max"] / 1e6], None
    return find


def growth(key, read, divided):
    """From a million records to the most that were measured, the median's ratio; 1 is linear where it
    is divided by the records' own, flat where it is not."""
    def find(result):
        most = largest(result, "text", read)
        least = pick(result.get("analyzer", []), output="text", read=read, records=1_000_000)
        if most is None or most["records"] == 1_000_000:
            return None
        by = most["records"] / 1_000_000 if divided else 1
        ratios = [most[key][high] / least[key][low] / by
                  for high, low in (("median", "median"), ("min", "max"), ("max", "min"))]
        return ratios[0], ratios[1:], None
    return find


def told(name):
    """By what the report's overhead and the CPU time that was added differ: 1 where they agree,
    whichever is more; HOPELESS where nothing was added that could be told from noise."""
    def by(said, true):
        return min(max(said / true, true / said), HOPELESS) if true > 0 and said > 0 else HOPELESS

    def find(result):
        row = pick(result.get("commands", []), command=name, tool=commands.PRELOADED)
        if row is None or not row.get("told_ms"):
            return None
        said, true = row["told_ms"]["median"], row["added_cpu_ms"]
        factors = [by(said, true[key]) for key in ("low", "median", "high")]
        return factors[1], [min(factors), max(factors)], None
    return find


# ---- what others add ------------------------------------------------------------------------------

def by_tools(program, kind, calls=1):
    def find(result):
        found = result.get("tools", {}).get(program)
        return {name: added for name, added in tools.added(found, kind, calls).items()
                if not name.startswith("dndprof")} if found else {}
    return find


def by_commands(name, key):
    def find(result):
        return {row["tool"]: row[key]["median"] for row in result.get("commands", [])
                if row["command"] == name and not row["tool"].startswith("dndprof")}
    return find


def none(_):
    return {}


def at_most(value):
    return lambda result, native: value


# ---- what cannot be done without -------------------------------------------------------------------

def preload_floor(result):
    row = pick(result.get("calls", []), name="start, empty preload")
    return row and (row["dndprof"]["min"] - row["native"]["min"]) / 1e3


def reading_floor(result):
    """Millions of records a second that `cat` passes."""
    row = largest(result, "cat FILE >/dev/null", "all")
    return row and row["records_a_cpu_second"]["median"] / 1e6


FLOORS = {"us": preload_floor, "M/s": reading_floor}
STATIC = commands.DOCKER_STATIC
# What is measured of the floor of each stands in FLOORS, by unit.
# work, unit, how the target reads, what is allowed, where the measured is found, what others add
TARGETS = (
    ("send, of no bytes", "ns", "1.3 x the limit", lambda result, native: 1.3 * limit(result),
     added_of("cheap", "empty send"), none),
    ("recv, of nothing", "ns", "1.3 x the limit", lambda result, native: 1.3 * limit(result),
     added_of("cheap", "failed recv"), none),
    ("send or recv, 64 B", "ns", "1.3 x the limit", lambda result, native: 1.3 * limit(result),
     added_of("cheap", "send+recv 64"), by_tools("percall", "send+recv", 2)),
    ("uncontended lock+unlock", "ns", "3 ns", at_most(3), added_of("cheap", "free lock"),
     by_tools("percall", "lock")),
    ("Go system call, with counters and histogram", "ns", "17 ns", at_most(17),
     added_of("go_cheap", "getsockopt"), by_tools("calls-static", "getsockopt")),
    ("the same, two threads at once", "ns", "30 ns", at_most(30),
     added_of("go_cheap", "two threads"), none),
    (f"{STATIC}, in a preloaded shell", "ms", "2 % or 0.5 ms",
     lambda result, native: max(0.5, 0.02 * native),
     command(STATIC, commands.PRELOADED, "added_ms"), by_commands(STATIC, "added_ms")),
    (f"{STATIC}, by dndprof run and report", "ms", "3 ms", at_most(3),
     command(STATIC, commands.RUN, "added_ms"), none),
    (f"{commands.COMPOSE}, in a preloaded shell", "%", "1 %", at_most(1),
     command(commands.COMPOSE, commands.PRELOADED, "wall_ratio", 100, 1),
     lambda result: {name: 100 * (ratio - 1) for name, ratio in
                     by_commands(commands.COMPOSE, "wall_ratio")(result).items()}),
    ("start of a C program", "us", "0.3 ms", at_most(300),
     lambda result: scaled(added_of("calls", "start")(result), 1e-3), none),
    ("report that reads all records, a core", "M/s", "10 M/s", at_most(10), speed("all"), none),
    ("report as by default: newest million read, older passed", "M/s", "10 M/s", at_most(10), speed("newest million"),
     none),
    ("time against records, all read", "x", "linear: 1.2 x", at_most(1.2),
     growth("cpu_seconds", "all", True), none),
    ("memory against records, as by default", "x", "flat: 1.1 x", at_most(1.1),
     growth("peak_bytes", "newest million", False), none),
    *((f"overhead the report tells, {name}", "x", "2 x of what was added", at_most(2), told(name), none)
      for name in (STATIC, commands.DOCKER_DYNAMIC, commands.CURL, commands.STORM)),
)


def scaled(found, by):
    return found and (found[0] * by, [one * by for one in found[1]], found[2] and found[2] * by)


def judge(result):
    """One row a target. Of a rate more is better, of the rest less."""
    rows = []
    for work, unit, says, allowed, measured, others in TARGETS:
        found = measured(result)
        value, spread, native = found or (None, None, None)
        most = None if found is None else allowed(result, native)
        rows.append({"work": work, "unit": unit, "target": says, "allowed": most, "native": native,
                     "measured": value, "spread": spread,
                     "floor": None if found is None or unit not in FLOORS
                     else FLOORS[unit](result),
                     # Of commands: the median's interval holds the target.
                     "within_noise": found is not None and unit in ("ms", "%")
                     and spread[0] <= most < spread[1],
                     "met": None if found is None else value >= most if unit == "M/s"
                     else value <= most, "others": others(result)})
    return rows
