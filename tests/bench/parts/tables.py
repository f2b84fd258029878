"""The result as text: a table a part, each figure as least, median and greatest."""

from .common import KEYS, duration, kib
from .targets import limit

VERDICTS = {True: "met", False: "NOT MET", None: "not measured"}


def three(figure, form=duration):
    return "".join(f"{form(figure[key]):>10}" for key in KEYS)


def heads(*names):
    return "".join(f"{name:^30}" for name in names)


def machine(result):
    found = result["machine"]
    return (f"{found['processor']}, {found['cpus']} CPUs{' (virtual)' if found['virtual'] else ''}, "
            f"{found['memory_bytes'] / (1 << 30):.0f} GiB, {found['system']}, Linux {found['kernel']}")


def added_rows(rows, title):
    print(f"\n{title}")
    print(f"{'':24}{heads('native', 'with dndprof')}{'added a call':>20}{'ratio':>8}")
    print(f"{'':24}{''.join(f'{key:>10}' for key in (*KEYS, *KEYS, 'least', 'median'))}")
    for row in rows:
        plus = "".join(f"{duration(row['added_ns'][key]):>10}" for key in ("min", "median"))
        ratio = row["dndprof"]["median"] / max(row["native"]["median"], 1e-9)
        print(f"{row['name']:24}{three(row['native'])}{three(row['dndprof'])}{plus}{ratio:7.2f}x")


def cheap(result):
    added_rows(result["cheap"][1:], "cheap calls, short batches both ways in turn in one process")
    row = result["cheap"][0]
    print(f"limit: {row['unit']}: {limit(result):.1f}ns (with its loop{three(row['limit'])})")
    for row in result["cheap"][1:]:
        if row["name"] != "free lock":
            around = (row["limit"]["min"] - row["native"]["min"]) / max(row["calls"], 1)
            print(f"{row['name']:24}{row['added_ns']['min'] / limit(result):6.2f} x the limit; around "
                  f"the very call the limit is {around:.1f}ns")


def first_lap(result):
    found = result["first_lap"]
    print(f"\nthe first {found['records']:,} records of a process: added to each")
    print(f"{'':24}{''.join(f'{key:>10}' for key in KEYS)}")
    for lap, name in (("first", "in a new ring"), ("warm", "in one gone round")):
        print(f"{name:24}{three(found['added_ns'][lap])}")


def stacks(result):
    print("\na failed call and its stack (DNDPROF_DETAIL=detailed), caches cold")
    print(f"{'frames':24}{heads('without', 'with')}")
    for row in result["stacks"]:
        print(f"{row['frames']:<24}{three(row['without_ns'])}{three(row['with_ns'])}")


def calls(result):
    added_rows(result["calls"], "calls as programs make them")
    for row in result["calls"]:
        print(f"{row['name']:24}{row['unit']}"
              + (f" ({row['calls']} recorded calls)" if row["calls"] > 1 else ""))


def tools(result):
    for name, program in result["tools"].items():
        kinds = [kind for kind in program["figures"]["native"] if kind != "null"]
        print(f"\n{name}: a unit natively and under each tool, in ns (least, median, greatest; and the "
              "least added)")
        for kind in kinds:
            native = program["figures"]["native"][kind]
            print(f"  {kind}")
            for tool, found in program["figures"].items():
                if kind in found:
                    plus = found[kind]["min"] - native["min"]
                    print(f"    {tool:28}{three(found[kind])}"
                          + (f"  {plus:+14,.1f}" if tool != "native" else ""))
        for tool, reason in program["absent"].items():
            print(f"  {tool}: {reason}")


def commands(result):
    if not result["commands"]:
        return
    print("\nwhole commands: the same under a tool, to native, pair by pair (median, 95 % confidence)")
    print(f"{'':50}{heads('native ms', 'with the tool ms')}  {'wall':24} {'CPU':24}")
    for row in result["commands"]:
        ratios = ["{median:5.2f}x ({low:.2f} to {high:.2f})".format(**row[key])
                  for key in ("wall_ratio", "cpu_ratio")]
        times = "".join(three(row[key], lambda ms: f"{ms:.1f}") for key in ("native_ms", "tool_ms"))
        print(f"{row['command']:24}{row['tool']:26}{times}  {ratios[0]:24} {ratios[1]:24}".rstrip())
    for row in result["commands"]:
        if row["files"]:
            print(f"{row['command']:24}{row['tool']:26}{row['files']['files']:.1f} files, "
                  f"{kib(row['files']['bytes'])}, on disk {kib(row['files']['disk_bytes'])}")
    print(f"\nadded by a preloaded shell, beside what the report says of it{'':4}{'CPU ms added':^24}"
          f"{heads('told, ms')}")
    for row in result["commands"]:
        if row.get("told_ms"):
            true = "{median:5.2f} ({low:.2f} to {high:.2f})".format(**row["added_cpu_ms"])
            print(f"{row['command']:64} {true:24}{three(row['told_ms'], lambda ms: f'{ms:.2f}')}")


def growth(result):
    print(f"\ngrowth: an empty send{'':3}{heads('native', 'with dndprof')}{'added':>20}")
    for part, key, word in (("threads", "threads", "threads"),
                            ("rings", "data_points", "records a ring")):
        for row in result[part]:
            plus = "".join(f"{duration(row['added_ns'][at]):>10}" for at in ("min", "median"))
            name = f"{row[key]:,} {word}"
            print(f"{name:24}{three(row['native'])}{three(row['dndprof'])}{plus}")
    print(f"{'a process, in a run of':24}{'':80}{'report':^30}{'files':>8}{'on disk':>10}")
    for row in result["processes"]:
        plus = "".join(f"{duration(row['added_ns'][at]):>10}" for at in ("min", "median"))
        print(f"{row['processes']:<24,}{three(row['native'])}{three(row['dndprof'])}{plus}"
              f"{three(row['report_ns'])}{row['files']['files']:8}"
              f"{kib(row['files']['disk_bytes']):>10}")


def memory(result):
    print(f"\nmemory of a process{'':21}{heads('native', 'with dndprof', 'added')}")
    for row in result["memory"]:
        name = f"{row['program']}, {row['when']}, {row['kind']}"
        print(f"{name:40}" + "".join(three(row[key], kib) for key in ("native", "dndprof", "added")))
    print("\nprofile file of a program: length, room on disk")
    for row in result["files"]:
        print(f"{row['program']:40}{kib(row['bytes']):>10}{kib(row['disk_bytes']):>10}")


def analyzer(result):
    print(f"\n{'reports: records':>18} {'output':18} {'of these read':16}"
          f"{heads('seconds', 'CPU seconds', 'peak memory')}{'records/s':>14}")
    for row in result["analyzer"]:
        print(f"{row['records']:>18,} {row['output']:18} {row['read']:16}"
              + "".join(three(row[key], lambda value: f"{value:.2f}")
                        for key in ("seconds", "cpu_seconds"))
              + three(row["peak_bytes"], kib) + f"{row['records_a_second']['median']:14,.0f}")
    print("where the time of a report of a million records goes:")
    for row in result["analyzer_hot"]:
        print(f"{row['share']:6.1f}%  {row['function']}, {row['in']}")


def number(value, unit):
    return f"{value:,.2f}{unit}" if unit in ("M/s", "x", "ms", "%") else f"{value:,.1f}{unit}"


def targets(result):
    if "cheap" in result:
        print(f"\nlimit: {limit(result):.1f}ns")
    print(f"{'TARGETS':56}{'target':20}{'measured':>11}  {'(from, to)':28}{'floor':>11}  verdict")
    for row in result["targets"]:
        value = spread = ""
        if row["measured"] is not None:
            value = number(row["measured"], row["unit"])
            spread = "({} to {})".format(*(number(one, row["unit"]) for one in row["spread"]))
        sign = ">=" if row["unit"] == "M/s" else "<="
        print(f"{row['work']:56}{sign} {row['target']:17}{value:>11}  {spread:28}"
              f"{'' if row['floor'] is None else number(row['floor'], row['unit']):>11}  "
              f"{VERDICTS[row['met']]}{', within noise' if row['within_noise'] else ''}")
    print("from, to: of calls and starts, the least and the middle one; of commands the median's 95 % "
          "confidence;\nof reports the least and the greatest. floor: the start with an empty library "
          "preloaded; cat of the same files")


def end(result):
    targets(result)
    for sentences in result["left_out"].values():
        for sentence in sentences:
            print(f"not measured: {sentence}")
    print(", ".join(f"{name} {seconds:.0f}s" for name, seconds in result["part_seconds"].items())
          + f": {result['wall_seconds']:.0f}s in all")


PARTS = {"cheap": cheap, "first_lap": first_lap, "go_cheap": lambda result: added_rows(
             result["go_cheap"], "Go's system call function, as it is and patched, likewise"),
         "stacks": stacks, "calls": calls, "tools": tools, "commands": commands,
         "threads": growth, "memory": memory, "analyzer": analyzer}


def show(keys, result):
    for key, part in PARTS.items():
        if key in keys:
            part(result)
