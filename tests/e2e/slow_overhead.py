"""What the report of a real docker says recording cost it, against the same without: CPU time in
pairs, one after another. docker's own wanders by more than what is added, so it takes many."""

import json
import os
import statistics
import unittest

import harness
from go_programs import docker
from harness import DNDPROF, SHIM, Case, environment, execute
from test_overhead import cpu_seconds

ALONE = True
PAIRS = 60
TRIES = 3


class Docker(Case):
    def test_dynamic(self):
        self.check("dynamic")

    def test_static(self):
        self.check("static")

    def check(self, linkage):
        command = ["/bin/sh", "-c", '"$@" >/dev/null; exit $?', "sh", docker(linkage), "version"]
        plain = environment(DOCKER_HOST=harness.engine(), HOME=self.directory)
        tried = []
        for attempt in range(TRIES):
            directory, added = self.path(f"{linkage}{attempt}"), []
            for _ in range(PAIRS):
                native = cpu_seconds(command, plain)
                added.append(cpu_seconds(command, dict(plain, LD_PRELOAD=SHIM,
                                                       DNDPROF_DIR=directory)) - native)
            told = statistics.median(
                json.loads(execute([DNDPROF, "report", "--format", "json",
                                    os.path.join(directory, run)]).stdout)["overhead"]["total_ns"]
                for run in sorted(os.listdir(directory))[:PAIRS // 4]) / 1e9
            true = statistics.median(added)
            if true / 2 <= told <= true * 2:
                return
            tried.append((true, told))
        self.fail(tried)


if __name__ == "__main__":
    unittest.main()
