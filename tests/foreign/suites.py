"""Which foreign suites there are, as data. A new one is a row.

Every suite runs without the shim and with it at the levels of LEVELS; the outcome of each of its
tests must be the same. In a command, {work} is the empty directory it runs in, {scripts} ours, {bin}
where what BUILDS makes is. `seen` names programs and their gates that must be in the profiles with
calls of theirs: it holds the proof that the shim was there.
"""

import collections
import os
import shutil

import outcomes

LEVELS = ("normal", "full")
SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts")
GO_SOURCE = "/usr/lib/go-1.19/src"
PYTHON = "/usr/bin/python3"

Suite = collections.namedtuple(
    "Suite", "name what needs command parse seen alone fast user by_run build place limit")
Suite.__new__.__defaults__ = ((), False, None, False, None, None, 900)


def python(module, **options):
    return Suite(f"cpython-{module}", f"CPython 3.11's {module}",
                 ["/usr/lib/python3.11/test/test_socket.py"],
                 [PYTHON, "-m", "test", "-v", "--junit-xml", "{work}/" + outcomes.JUNIT, module],
                 outcomes.junit, [("python3", "libc")], ("-m",), **options)


# Those that are short ask no other host, or do not take half an hour.
SHORT = ["-test.short"]
GO_PACKAGES = {"net": SHORT, "net/http": SHORT, "os/exec": [], "syscall": [], "os/signal": [],
               "runtime": SHORT}
GO_LINKAGES = {"static": ("0", "go"), "dynamic": ("1", "libc+go")}


def golang(package, linkage, **options):
    cgo, gate = GO_LINKAGES[linkage]
    name = package.replace("/", "_") + f"-{linkage}.test"
    return Suite(f"go-{package.replace('/', '-')}-{linkage}",
                 f"Go 1.19's {package}, {linkage}", ["go", GO_SOURCE + "/net/net_test.go"],
                 ["{bin}/" + name, "-test.v", *GO_PACKAGES[package], "-test.timeout=12m"], outcomes.go,
                 [(name, gate)], ("-test.run",), by_run=linkage == "static",
                 build=(cgo, package, name), place=os.path.join(GO_SOURCE, package), **options)


def script(name, what, needs, seen, interpreter="/bin/bash", suffix=".sh", arguments=(), **options):
    return Suite(name, what, needs, [interpreter, "{scripts}/" + name + suffix, *arguments],
                 outcomes.lines, [(program, "libc") for program in seen], **options)


SUITES = [
    script("bash", "bash: jobs, traps, pipes, descriptors", ["bash", "script", "perl", "ps"],
           ["bash", "script", "timeout"], fast=True),
    script("make", "GNU make: job server, recursion, failures", ["make", "gcc", "setsid"],
           ["make", "bash", "gcc"], fast=True),
    script("git", "git: history, packs, clones by file, daemon and http",
           ["git", "ruby", "perl", "/usr/lib/git-core/git-http-backend"],
           ["git", "git-daemon", "git-remote-http", "git-http-backend", "ruby"], fast=True),
    script("openssl", "openssl s_server and s_client", ["openssl", "perl"], ["openssl"]),
    script("apt", "apt-get and dpkg with a root of their own", ["apt-get", "dpkg-deb"],
           ["apt-get", "file", "http", "dpkg"]),
    script("throws", "C++ exceptions through every wrapper that blocks", [], ["throws"],
           interpreter="{programs}/throws", suffix="", fast=True),
    script("node", "node: http, sockets, children, workers", ["node"], ["node"],
           interpreter=shutil.which("node") or "node", suffix=".js", fast=True),
    script("ruby", "ruby: webrick, net/http, sockets, threads, children", ["ruby"], ["ruby"],
           interpreter="/usr/bin/ruby", suffix=".rb"),
    script("java", "java: HttpServer and HttpClient, sockets, threads, children", ["javac"],
           ["java"], interpreter="/usr/bin/java", suffix=".java"),
    script("redis", "redis-server under redis-benchmark, and its data",
           ["redis-server", "redis-benchmark", "perl"],
           ["redis-server", "redis-benchmark", "redis-cli"]),
    script("nginx", "nginx under wrk", ["nginx", "wrk", "curl", "perl"],
           ["nginx", "wrk", "curl"]),
    script("postgres", "PostgreSQL: initdb, pgbench, crash and recovery",
           ["/usr/lib/postgresql/15/bin/initdb", "perl"],
           ["initdb", "postgres", "psql", "pgbench", "pg_ctl"], user="postgres"),
    *(python("test_" + name) for name in
      ("socket", "ssl", "threading", "subprocess", "signal", "asyncio", "multiprocessing_fork",
       "multiprocessing_forkserver", "multiprocessing_spawn", "multiprocessing_main_handling")),
    *(golang(package, linkage, fast=package == "syscall")
      for linkage in GO_LINKAGES for package in GO_PACKAGES),
]

LeftOut = collections.namedtuple("LeftOut", "suite test reason")

# What cannot run here even without the shim. Each is tried natively, alone, for LEFT_OUT_SECONDS:
# one that passes there is compared like any other.
LEFT_OUT_SECONDS = 15
LEFT_OUT = [
    LeftOut("cpython-test_socket", "test.test_socket.ThreadedVSOCKSocketStreamTest.testStream",
            "waits for ever where the machine is a guest whose host refuses its vsock"),
]

Known = collections.namedtuple("Known", "suite test level reason")

# Differences that cannot be otherwise.
KNOWN = []
