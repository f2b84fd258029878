"""The README's performance section and the tables of analyzer/docs/performance.md, made from a result
and from nothing else; comparison() is the former's table of other tools. They stand between two
comments, and are rewritten there."""

import os
import textwrap

from . import commands, tables
from .common import kib, stop
from .targets import limit, pick

REMAKE = "make bench && scripts/bench --readme build/bench.json"

# ---- the table of other tools: rows are work, columns tools -----------------------------------------

# What is compared, by the words of the result; the heading.
COLUMNS = (("dndprof, normal", "dndprof"), ("strace -f", "strace -f"),
           ("strace, network", "strace, seccomp, network only"), ("perf trace", "perf trace"),
           ("bpftrace", "bpftrace"), ("uftrace", "uftrace"), ("ltrace -f", "ltrace"),
           ("lttng-ust pthread wrapper", "LTTng pthread wrapper"))
CALL_ROWS = (("percall", "send+recv", 2, "send or recv, 64 B"),
             ("percall", "write+read", 2, "write or read, 64 B"),
             ("percall", "poll", 1, "poll, ready"),
             ("percall", "connection", 1, "connection: socket, connect, accept, closes"),
             ("percall", "lock", 1, "lock and unlock, free"),
             ("percall", "contended", 1, "lock and unlock, two threads at it"),
             ("percall", "hand over", 1, "turn handed over by a condition"),
             ("calls-static", "getsockopt", 1, "static Go: getsockopt"),
             ("calls-static", "http", 4, "static Go: read or write of an HTTP message"),
             ("http-static", "net/http", 1, "static Go: GET by net/http"))
COMMAND_COLUMNS = {"dndprof, normal": commands.PRELOADED}


def row(cells):
    return "| " + " | ".join(cells) + " |\n"


def table(head, rows):
    return row(head) + "|" + "---|" * len(head) + "\n" + "".join(map(row, rows))


def plus(ns):
    """What is added; a tool that does not touch the call adds no more than noise."""
    return f"{'+' if ns >= 0 else '-'}{short(abs(ns))}"


def short(ns):
    if ns >= 1e6:
        return f"{ns / 1e6:.1f} ms"
    if ns >= 1e4:
        return f"{ns / 1e3:.0f} µs"
    return f"{ns:,.0f} ns" if ns >= 100 else f"{ns:.1f} ns"


def comparison_rows(result):
    """[(work, native, {column: text})]"""
    rows = []
    for program, kind, calls, work in CALL_ROWS:
        figures = result.get("tools", {}).get(program, {}).get("figures", {})
        if kind not in figures.get("native", {}):
            continue
        native = figures["native"][kind]["min"]
        rows.append((work, short(native / calls),
                     {tool: plus((figures[tool][kind]["min"] - native) / calls)
                      for tool, _ in COLUMNS if kind in figures.get(tool, {})}))
    found = result.get("commands", [])
    for name in dict.fromkeys(one["command"] for one in found):
        cells = {}
        for tool, _ in COLUMNS:
            one = pick(found, command=name, tool=COMMAND_COLUMNS.get(tool, tool))
            if one:
                cells[tool] = f"x{one['wall_ratio']['median']:.2f}"
        native = pick(found, command=name)["native_ms"]["median"]
        rows.append((name, f"{native:.0f} ms", cells))
    return rows


def comparison(result):
    return table(["work", "native", *(heading for _, heading in COLUMNS)],
                 [[work, native, *(cells.get(tool, "-") for tool, _ in COLUMNS)]
                  for work, native, cells in comparison_rows(result)])


# ---- the section ----------------------------------------------------------------------------------

def figure(value, unit):
    return tables.number(value, unit).removesuffix(unit) + {"us": " µs"}.get(unit, f" {unit}")


def others(found, unit):
    if not found:
        return ""
    form = (lambda value: plus(value)) if unit == "ns" else \
        (lambda value: f"{'+' if value >= 0 else '-'}{abs(value):,.0f} {unit}")
    return ", ".join(f"{name} {form(value)}" for name, value in
                     sorted(found.items(), key=lambda item: item[1])
                     if unit != "ns" or value > 3)


def target_rows(result):
    rows = []
    for one in result["targets"]:
        measured = "not measured in this run"
        if one["measured"] is not None:
            measured = "{} ({} to {})".format(*(figure(value, one["unit"]) for value in
                                                (one["measured"], *one["spread"])))
        native = "" if one["native"] is None else \
            f"{one['native']:,.0f} {'ms' if one['unit'] in ('ms', '%') else one['unit'].replace('us', 'µs')}"
        sign = ">=" if one["unit"] == "M/s" else "<="
        rows.append([one["work"], native, f"{sign} {one['target']}", measured,
                     "" if one["floor"] is None else figure(one["floor"], one["unit"]),
                     {True: "yes", False: "**no**", None: ""}[one["met"]]
                     + (", within noise" if one["within_noise"] else ""),
                     others(one["others"], one["unit"])])
    return rows


# Of the rows there are, these are quoted.
QUOTED = {"threads": (1, 8, 64), "data_points": (100, 10_000, 1_000_000), "processes": (1, 100, 1_000)}


def growth_rows(result):
    rows = []
    for part, key, form in (("threads", "threads", "an empty send, threads: {}"),
                            ("rings", "data_points", "an empty send, ring of {:,} records"),
                            ("processes", "processes", "a process, in a run of {:,}")):
        rows += [[form.format(one[key]), short(one["native"]["median"]),
                  *(plus(one["added_ns"][at]) for at in ("min", "median"))]
                 for one in result[part] if one[key] in QUOTED[key]]
    lap = result["first_lap"]
    return rows + [[f"a record of the first {lap['records']:,}, {name}", "",
                    *(plus(lap["added_ns"][which][at]) for at in ("min", "median"))]
                   for which, name in (("first", "in a new ring"), ("warm", "ring gone round"))]


def report_rows(result):
    return [[f"{one['records']:,}", one["output"],
             one["read"] if one["output"] in ("text", "json") else "",
             "{median:.2f} ({min:.2f} to {max:.2f})".format(**one["seconds"]),
             f"{one['records_a_second']['median'] / 1e6:,.1f} M", kib(one["peak_bytes"]["max"])]
            for one in result["analyzer"]]


LEVELS = ("basic", "normal", "detailed", "full")


def level_rows(result):
    """What each detail level adds to the calls of the README's table."""
    rows = []
    for program, kind, calls, work in CALL_ROWS:
        figures = result["tools"].get(program, {}).get("figures", {})
        if kind in figures.get("native", {}):
            native = figures["native"][kind]["min"]
            rows.append([work, short(native / calls),
                         *(plus((figures[f"dndprof, {level}"][kind]["min"] - native) / calls)
                           for level in LEVELS)])
    return rows


def told_rows(result):
    """What was added to commands, and what their reports said of it."""
    return [[one["command"], "{median:.2f} ms ({low:.2f} to {high:.2f})".format(**one["added_cpu_ms"]),
             "{median:.2f} ms".format(**one["told_ms"])]
            for one in result["commands"] if one.get("told_ms")]


def room_rows(result):
    rows = [[f"{one['program']}, {'started' if one['when'] == 'start' else '10,000 calls later'}",
             kib(one["native"]["median"]), kib(one["added"]["median"])]
            for one in result["memory"] if one["kind"] == "private"]
    return rows + [[f"profile file: {one['program']}", "", kib(one["disk_bytes"])]
                   for one in result["files"]]


def told_table(result):
    rows = told_rows(result)
    if not rows:
        return ""
    return "\n" + paragraph(
        "What recording cost commands in a preloaded shell: CPU time added, the median of pairs and its 95 % "
        "confidence, and what the reports of these very runs say (PROFILING OVERHEAD):") \
        + table(["command", "added", "told"], rows)


def paragraph(text):
    return textwrap.fill(text, 100, break_on_hyphens=False) + "\n\n"


HEAD = f"""<!-- Made by `scripts/bench --readme` of tests/bench/readme.json: nothing here is typed by hand.
     New figures, on a machine that does nothing else:
     {REMAKE} -->
"""


def check(result):
    for need in ("targets", "tools", "commands", "threads", "analyzer", "analyzer_hot"):
        if need not in result:
            stop(f"this result has no {need}: it is of `--only` some parts")


def section(result):
    """What stands between the marks of the README."""
    check(result)
    minutes = f"{result['wall_seconds'] / 60:.0f} minutes"
    kind = f"of `scripts/bench --quick`, {minutes}: fewer turns, the longest rows left out" \
        if result["quick"] else f"of `make bench`, {minutes}"
    left = "; ".join(sentence for sentences in result["left_out"].values() for sentence in sentences)
    left = f" Not measured: {left}." if left else ""
    return (
        HEAD + paragraph(f"Quoted is one run {kind}, native and profiled in turn, on {tables.machine(result)}."
        f"{left} `scripts/bench --tables tests/bench/readme.json` prints all its figures, each with "
        "least, median and greatest; `scripts/bench-gate OLD NEW` fails where a result is worse than "
        "another.")
        + paragraph("What was aimed at, and what came of it. The limit, what no recorder can do without, is two "
        f"clock reads and a store of 64 bytes: {limit(result):.1f} ns. In brackets: of calls and starts "
        "the least and the middle one, of commands the median's 95 % confidence, of reports the "
        "extremes. The floor of a start is that of an empty library preloaded; of reports, "
        "`cat` of the same files.")
        + table(["work", "native", "target", "added, or measured", "floor", "met", "others add"],
                target_rows(result))
        + "\n" + paragraph("The same calls (what is added to the least of all rounds) and commands "
                           "(ratio of wall times) under other tools, those that are installed and see "
                           "them:")
        + comparison(result) + "\n"
        + paragraph("How cost grows with threads, rings and processes, what a process needs of memory and "
                    "disk, and reports of up to a hundred million records: "
                    "[performance](analyzer/docs/performance.md).").rstrip() + "\n")


def further(result):
    """What stands between the marks of analyzer/docs/performance.md."""
    check(result)
    return (
        HEAD + paragraph(f"Of the run that the README quotes, on {tables.machine(result)}.")
        + "How cost grows, and what a process needs:\n\n"
        + table(["work", "native", "added, least", "added, median"], growth_rows(result))
        + "\nWhat each detail level adds to a call, the least of all rounds:\n\n"
        + table(["work", "native", *LEVELS], level_rows(result))
        + told_table(result)
        + "\n" + table(["private memory, room on disk", "native", "added"], room_rows(result))
        + "\nReports, beside reading the files alone:\n\n"
        + table(["records", "output", "of these read", "seconds", "records/s", "peak memory"],
                report_rows(result))
        + "\n" + paragraph("A report's time goes to "
                           + ", ".join(f"`{one['function']}` ({one['in']}) {one['share']:.0f} %"
                                       for one in result["analyzer_hot"][:8])
                           + " (perf, of a million records).").rstrip() + "\n")


PLACES = {"README.md": section, "analyzer/docs/performance.md": further}
BEGIN, END = "<!-- bench: begin -->\n", "<!-- bench: end -->\n"


def split(text):
    """(before, content, after) of what stands between the marks; None without them."""
    before, found, rest = text.partition(BEGIN)
    content, ended, after = rest.partition(END)
    return (before + BEGIN, content, END + after) if found and ended else None


def rewrite(root, result):
    """Puts each section where there are marks for it."""
    for name, make in PLACES.items():
        path = os.path.join(root, name)
        with open(path, encoding="utf-8") as file:
            parts = split(file.read())
        if not parts:
            stop(f"{path} has no {BEGIN.strip()} and {END.strip()}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(parts[0] + make(result) + parts[2])
