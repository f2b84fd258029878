"""Running the programs of tests/programs natively and with the shim, and reading what was recorded:
exact counts by profile_file, which knows nothing of the analyzer, records by `dndprof dump`."""

import glob
import os
import re
import unittest

from harness import SHIM, Case, environment, execute, program
from profile_file import File


def normal(output):
    """Names of temporary files are different each time."""
    return re.sub(rb"dndprof-test-\w*", b"", output)


def skipped(outcome, name):
    if outcome.status == 77:
        raise unittest.SkipTest(f"{name}: {outcome.stderr.decode().strip()}")


class Left:
    """A profile that a run left: exact counts and header from the file, records from the dump."""

    def __init__(self, file, dumped):
        self.file, self.records, self.counts = file, dumped, file.counts()
        self.program = file.info().get("program", "")


class Wrappers(Case):
    """Running programs natively and preloaded; reading what the latter left."""

    def command(self, name):
        words = name.split()
        return [program(words[0]), *words[1:]]

    def run_both(self, name, preload=SHIM, settings=None, **options):
        """Both outcomes are the same; returns the preloaded one and the directory of profiles."""
        settings = settings or {}
        plain = {key: value for key, value in settings.items() if not key.startswith("DNDPROF_")}
        native = execute(self.command(name), environment(**plain), **options)
        skipped(native, name)
        if not name.startswith("libc_exit"):
            self.assertEqual(native.status, 0, f"natively {name} fails: {native.stderr.decode()}")
        directory = self.path("profiles")
        env = environment(LD_PRELOAD=preload, DNDPROF_DIR=directory, **settings)
        preloaded = execute(self.command(name), env, **options)
        self.assertEqual(native.status, preloaded.status, preloaded.stderr.decode())
        self.assertEqual(normal(native.stdout).decode(), normal(preloaded.stdout).decode())
        self.assertEqual(normal(native.stderr).decode(), normal(preloaded.stderr).decode())
        return preloaded, directory

    def files(self, directory):
        """The profiles below a directory, in a reader of their own and as `dump` has them."""
        return [Left(File(path), self.dump(path)) for path in
                sorted(glob.glob(os.path.join(directory, "**", "*.dndprof"), recursive=True))]

    def recorded(self, name, **options):
        """The profiles of a preloaded run."""
        files = self.files(self.run_both(name, **options)[1])
        self.assertTrue(files, f"{name} left no profile")
        return files

    def only(self, name, **options):
        """The one profile of a program that neither forks nor execs."""
        files = self.recorded(name, **options)
        self.assertEqual(len(files), 1, f"{name}: {len(files)} files")
        return files[0]


def parts(record):
    """A record and the further payloads of the same call."""
    return [record, *record.get("extra", [])]


def heads(records, kind="request", flag="sent"):
    """First lines of the HTTP heads that left (or came: "received"), in order of time. Who talks to
    itself sees each head twice, and those it peeked at once more."""
    return [part[kind]["line"] for record in records
            if flag in record["flags"] and "peek" not in record["flags"]
            for part in parts(record)
            if kind in part and "continued" not in part[kind]["flags"]]


def payloads(records, kind):
    return [part[kind] for record in records for part in parts(record) if kind in part]
