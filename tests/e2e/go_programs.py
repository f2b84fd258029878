"""Programs of tests/programs/go, built as people link them, and the docker clients there are."""

import os
import re
import shutil
import tempfile
import unittest

import harness
from harness import ROOT, environment, execute

SOURCES = os.path.join(ROOT, "tests", "programs", "go")

# name: (cgo, flags)
LINKAGES = {
    "static": ("0", []),
    "stripped": ("0", ["-ldflags=-s -w"]),
    "pie": ("0", ["-buildmode=pie"]),
    "dynamic": ("1", ["-ldflags=-linkmode=external"]),
    "static-pie": ("1", ["-buildmode=pie", "-ldflags=-linkmode=external -extldflags=-static-pie"]),
}
GATES = {"static": "go", "stripped": "go", "pie": "libc+go", "dynamic": "libc+go",
         "static-pie": "go"}


def go_program(name, *flags, cgo="1"):
    """Built once a test run (or after a change); needs nothing but Go's own library and what Debian packages."""
    harness.require("go", "gcc")
    place = os.environ.get("DNDPROF_TEST_STATE") or tempfile.gettempdir()
    target = os.path.join(place, "-".join([name, "cgo" + cgo, *re.findall(r"\w+", " ".join(flags))]),
                          name)
    source = os.path.join(SOURCES, name + ".go")
    if not os.path.exists(target) or os.path.getmtime(target) < os.path.getmtime(source):
        env = environment(GO111MODULE="off", GOFLAGS="", GOCACHE=os.path.join(place, "go-cache"),
                          GOPATH="/usr/share/gocode", CGO_ENABLED=cgo)
        done = execute(["go", "build", *flags, "-o", target, source],
                       env)
        if done.status:
            raise AssertionError(done.stderr.decode())
    return target


def linked(name, linkage):
    cgo, flags = LINKAGES[linkage]
    return go_program(name, *flags, cgo=cgo)


def static_runc():
    """runc of Debian's source, linked statically, as upstream's releases are."""
    package = "github.com/opencontainers/runc"
    harness.require("go", "gcc")
    if not os.path.exists(os.path.join("/usr/share/gocode/src", package)):
        raise unittest.SkipTest(f"the source of {package} is not installed")
    place = os.environ.get("DNDPROF_TEST_STATE") or tempfile.gettempdir()
    target = os.path.join(place, "static", "runc")
    if not os.path.exists(target):
        done = execute(["go", "build", "-tags", "seccomp netgo osusergo", "-ldflags",
                        "-extldflags -static", "-o", target, package],
                       environment(GO111MODULE="off", GOFLAGS="", GOPATH="/usr/share/gocode",
                                   GOCACHE=os.path.join(place, "go-cache"), CGO_ENABLED="1"))
        if done.status:
            raise AssertionError(done.stderr.decode())
    return target


def credential_helper(case):
    """Gives docker a credential helper that sleeps; returns the PATH that has it."""
    os.makedirs(case.path("config"))
    case.write("config/config.json", '{"credsStore": "sleepy"}')
    shutil.copy(linked("plugin", "static"), case.path("docker-credential-sleepy"))
    return case.directory + ":" + os.environ["PATH"]


def docker(linkage):
    """Debian's docker is dynamic, upstream's static; the first of that kind."""
    for directory in ["/usr/bin", "/usr/local/bin", *os.environ["PATH"].split(":")]:
        path = os.path.join(directory, "docker")
        if os.access(path, os.X_OK):
            with open(path, "rb") as file:
                if (b"ld-linux" in file.read(4096)) == (linkage == "dynamic"):
                    return path
    raise unittest.SkipTest(f"no {linkage} docker client on this machine")
