"""Foreign suites end with the shim as without it: the fast ones of `make check-foreign`; and that
harness of tests/foreign finds what a bad preload changes, and a preload that is not there."""

import os
import re
import shutil
import unittest

from harness import BUILD, ROOT, Case, environment, execute, program, require

RUN = os.path.join(ROOT, "tests", "foreign", "run")
COUNTS = re.compile(rb"^(\d+) suites, (\d+) tests, (\d+) outcomes compared .*: (\d+) differences, .* "
                    rb"(\d+) suites not installed$", re.M)
LEAST_TESTS = 100

# One call of one program answers at once, where it would wait.
BAD = """#include <sys/socket.h>
ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
	(void)fd, (void)bytes, (void)size, (void)flags;
	return 0;
}
"""


def counts(outcome):
    match = COUNTS.search(outcome.stdout)
    if not match:
        raise AssertionError(outcome)
    return [int(number) for number in match.groups()]


class Foreign(Case):
    def test_fast_suites(self):
        outcome = execute([RUN, "--build", BUILD, "--fast"])
        suites, tests, compared, differences, absent = counts(outcome)
        self.assertEqual((outcome.status, differences), (0, 0), outcome.stdout.decode())
        self.assertEqual(compared, tests, outcome.stdout.decode())
        if absent:
            raise unittest.SkipTest(f"{absent} of {suites + absent} suites are not installed")
        self.assertGreater(tests, LEAST_TESTS)

    def test_finds_a_bad_preload(self):
        require("gcc")
        build = self.path("build")
        os.makedirs(os.path.join(build, "tests", "programs"))
        shutil.copy(program("throws"), os.path.join(build, "tests", "programs"))
        for name in ("dndprof", "dndprof-exec"):
            shutil.copy(os.path.join(BUILD, name), build)
        made = execute(["gcc", "-shared", "-fPIC", "-o", os.path.join(build, "libdndprof.so"),
                        self.write("bad.c", BAD)])
        self.assertEqual(made.status, 0, made.stderr)
        outcome = execute([RUN, "--build", build, "--only", "throws", "--fast"])
        text = outcome.stdout.decode()
        self.assertEqual((outcome.status, counts(outcome)[3]), (1, 2), text)
        self.assertRegex(text, r"throws at normal: recv: 'passed' became 'failure: caught 0")
        self.assertIn("NO PROOF that the shim was in throws (libc)", text)

    def test_nothing_chosen_is_a_failure(self):
        self.assertEqual(execute([RUN, "--build", BUILD, "--only", "no such suite"],
                                 environment()).status, 1)
