"""What the end-to-end tests share: the build, a private engine, running a command natively and
under dndprof, and the two truths to compare with: a stub engine that knows what it was asked and
how long it took, and strace.

Standard library only, but for the check of reports against their schema. Tests name what they need with require(); what is missing is a counted skip.
"""

import atexit
import collections
import contextlib
import fcntl
import glob
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("DNDPROF_BUILD", os.path.join(ROOT, "build"))
DNDPROF = os.path.join(BUILD, "dndprof")
SHIM = os.path.join(BUILD, "libdndprof.so")
NODE_MODULES = os.path.join(ROOT, "build", "node", "node_modules")
PYTHON = "/usr/bin/python3"
LIMIT_SECONDS = 120
SCHEMA = os.path.join(ROOT, "analyzer", "render", "report.schema.json")
SCHEMA_ROWS = 300  # of a report that is checked: longer ones take seconds

Outcome = collections.namedtuple("Outcome", "status stdout stderr")


def program(name):
    """A program of tests/programs."""
    path = os.path.join(BUILD, "tests", "programs", name)
    if not os.path.exists(path):
        raise unittest.SkipTest(f"tests/programs/{name} is not built")
    return path


def require(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise unittest.SkipTest(f"{tool} is not installed")


def require_root():
    if os.geteuid() != 0:
        raise unittest.SkipTest("needs root")


def require_dndprof():
    for path in (DNDPROF, SHIM):
        if not os.path.exists(path):
            raise AssertionError(f"{path} is not built")


def engine():
    """The address of the private engine, one for the whole test run, started on first use."""
    require_root()
    require("dockerd", "busybox", "curl")
    if "DNDPROF_TEST_STATE" not in os.environ:  # one test file by hand, without tests/run
        os.environ["DNDPROF_TEST_STATE"] = tempfile.mkdtemp(prefix="dndprof-tests-")
        atexit.register(stop_engine)
    state = os.environ["DNDPROF_TEST_STATE"]
    with open(os.path.join(state, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run([os.path.join(ROOT, "scripts", "engine"), "start", "--dir",
                               os.path.join(state, "engine")], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=LIMIT_SECONDS)
    if done.returncode:
        raise AssertionError(f"the private engine did not start: {done.stderr}")
    return done.stdout.strip().split("=", 1)[1]


def stop_engine():
    state = os.environ["DNDPROF_TEST_STATE"]
    subprocess.run([os.path.join(ROOT, "scripts", "engine"), "stop", "--dir",
                    os.path.join(state, "engine")], stdin=subprocess.DEVNULL)
    shutil.rmtree(state, ignore_errors=True)


# By these the tests' own surroundings would show through: another profiler, an engine, and the
# CI system that runs the tests (the signs in analyzer/ci/platform.c and what belongs to them).
OUTER = re.compile("DNDPROF|(LD_PRELOAD|DOCKER_HOST|CI|TF_BUILD|BUILDKITE|WORKSPACE|JOB_NAME|"
                   "BRANCH_NAME|CHANGE_BRANCH|GIT_BRANCH|GIT_COMMIT|BUILD_NUMBER|BUILD_ID)$|"
                   "(CI|GITHUB|GITLAB|JENKINS|BUILDKITE|SYSTEM|BUILD)_")


def environment(**changes):
    """This environment without anything of an outer profiler, engine or CI; None removes."""
    result = {name: value for name, value in os.environ.items() if not OUTER.match(name)}
    result.update(NODE_PATH=NODE_MODULES, LC_ALL="C.UTF-8")
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = str(value)
    return result


def execute(command, env=None, stdin=b"", **options):
    options.setdefault("timeout", LIMIT_SECONDS)
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=env if env is not None else environment(), **options)
    return Outcome(done.returncode, done.stdout, done.stderr)


def schema_errors(report):
    """Where a report is not what its schema says."""
    with open(SCHEMA) as file:
        validator = jsonschema.Draft202012Validator(json.load(file))
    return [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(report)]


class Profile:
    """What one `dndprof run` left: the outcome of the target, the JSON report, the directory."""

    def __init__(self, outcome, report, directory):
        self.outcome, self.report, self.directory = outcome, report, directory

    def files(self):
        return sorted(glob.glob(os.path.join(self.directory, "**", "*.dndprof"), recursive=True))

    def transactions(self):
        """Counts of HTTP transactions by (method, endpoint)."""
        return {(row["method"], row["endpoint"]): row["count"] for row in self.report["endpoints"]}

    def spent(self, cause, what=None, program=None):
        """Milliseconds of the critical path."""
        return sum(row["total_ns"] for row in self.report["timing"]["critical_path"]
                   if row["cause"] == cause and what in (None, row["what"]) and
                   program in (None, row["program"])) / 1e6

    def coverage(self, program_name):
        return [row for row in self.report["coverage"]
                if os.path.basename(row["program"].split()[0]) == program_name]


class Case(unittest.TestCase):
    """A test with a directory of its own, removed afterwards."""

    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        require_dndprof()

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="dndprof-case-",
                                          dir=os.environ.get("DNDPROF_TEST_STATE"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w") as file:
            file.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def profile(self, command, env=None, stdin=b"", options=(), **settings):
        """Runs a command under `dndprof run` and reads its report."""
        number = len(os.listdir(self.directory))
        out, report = self.path(f"profiles{number}"), self.path(f"report{number}.json")
        outcome = execute([DNDPROF, "run", "-o", out, "--format", "json", "--report", report,
                           *options, "--", *command],
                          env if env is not None else environment(), stdin, **settings)
        try:
            with open(report) as file:
                parsed = json.load(file)
        except (OSError, ValueError) as error:
            raise AssertionError(f"no report: {error}; {outcome}") from error
        # Whatever was run: the critical path leaves no moment out and counts none twice.
        self.assertEqual(sum(row["total_ns"] for row in parsed["timing"]["critical_path"]),
                         parsed["summary"]["wall_ns"])
        if len(parsed["coverage"]) < SCHEMA_ROWS:
            self.assertEqual(schema_errors(parsed), [])
        return Profile(outcome, parsed, out)

    def same_outcome(self, command, env=None, stdin=b"", normalize=None, **settings):
        """Runs natively and profiled; the target's own results must not differ."""
        native = execute(command, env, stdin, **settings)
        profiled = self.profile(command, env, stdin, **settings)
        change = normalize or (lambda text: text)
        self.assertEqual(native.status, profiled.outcome.status, profiled.outcome.stderr)
        self.assertEqual(change(native.stdout), change(profiled.outcome.stdout))
        self.assertEqual(change(native.stderr), change(profiled.outcome.stderr))
        return profiled

    def dump(self, *paths):
        """All records of profile files or run directories, as dictionaries."""
        done = execute([DNDPROF, "dump", "--format", "jsonl", *paths])
        self.assertEqual(done.status, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]


# ---- strace ----------------------------------------------------------------------------------

# What a symbol becomes in the kernel. The shim records the symbol, strace the system call.
SYSCALLS = {"send": "sendto", "recv": "recvfrom", "__recv_chk": "recvfrom",
            "__recvfrom_chk": "recvfrom", "__read_chk": "read", "accept": "accept",
            "__poll_chk": "poll"}
TRACED = ("socket", "socketpair", "connect", "accept", "accept4", "listen", "bind", "shutdown",
          "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "read", "readv",
          "write", "writev")
# On these every call counts, on the others those whose descriptor is a socket.
ALWAYS = ("socket", "socketpair")
SOCKET = re.compile(r"<(?:UNIX|TCP|UDP|TCPv6|UDPv6|NETLINK|socket:)")
LINE = re.compile(r"^(?:\d+ +)?(\w+)\((.*)$")
RESUMED = re.compile(r"^(?:\d+ +)?<\.\.\. (\w+) resumed>(.*)$")
UNENDED = re.compile(r"= \?(?: ERESTART|$)")  # begun again, or cut by the end of the process


def strace(command, env, trace_file):
    """Runs a command under strace, with what it inherits for the shim in `env`; returns the
    outcome and the counts of calls on sockets, restarts dropped."""
    require("strace")
    settings = [f"-E{name}={value}" for name, value in env.items()
                if name == "LD_PRELOAD" or name.startswith("DNDPROF_")]
    plain = {name: value for name, value in env.items()
             if name != "LD_PRELOAD" and not name.startswith("DNDPROF_")}
    outcome = execute(["strace", "-f", "-yy", "-s", "0", "-e", "trace=" + ",".join(TRACED),
                       "-e", "signal=none", "-o", trace_file, *settings, *command], plain)
    with open(trace_file, errors="replace") as file:
        return outcome, count_calls(file)


def count_calls(lines):
    counts, pending = collections.Counter(), {}
    for line in lines:
        thread = line.split(" ", 1)[0]
        resumed = RESUMED.match(line)
        if resumed:
            line = pending.pop(thread, "") + resumed[2]
        elif line.rstrip().endswith("<unfinished ...>"):
            pending[thread] = line.split("<unfinished", 1)[0]
            continue
        match = LINE.match(line)
        if not match or match[1] not in TRACED or UNENDED.search(line):
            continue
        call, rest = match.groups()
        if call == "connect" and "nscd" in rest:  # libc's own, made where nobody can interpose
            counts["socket"] -= 1
            continue
        if call in ALWAYS or SOCKET.search(rest.split(",", 1)[0]):
            counts[call] += 1
    return counts


def as_syscalls(calls):
    """The same from counts by symbol."""
    counts = collections.Counter()
    for name, count in calls.items():
        name = SYSCALLS.get(name, name)
        if name in TRACED:
            counts[name] += count
    return counts


# ---- small helpers ---------------------------------------------------------------------------

def endpoint(target):
    """The endpoint of a request target, for the targets these tests use."""
    path = re.sub(r"^/v\d+(\.\d+)+(?=/)", "", target.split("?", 1)[0])
    libpod, path = re.match(r"(/libpod)?(/.*)", path).groups("")
    path = re.sub(r"^/(containers|exec)/(?!json$|create$|prune$)[^/]+", r"/\1/{id}", path)
    path = re.sub(r"^/(networks|volumes|pods)/(?!create$|prune$)[^/]+", r"/\1/{id}", path)
    path = re.sub(r"^/images/.+/(json|history|push|tag|exists)$", r"/images/{name}/\1", path)
    return libpod + path


def asked(requests):
    """Counts by (method, endpoint) of (method, target) pairs."""
    return dict(collections.Counter((method, endpoint(target)) for method, target in requests))


def bytes_written(*places):
    """Every byte in files under the places, by file."""
    for place in places:
        paths = [place] if os.path.isfile(place) else \
            [os.path.join(base, name) for base, _, names in os.walk(place) for name in names]
        for path in paths:
            with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
                yield path, file.read()
