"""What suites print or write, turned into {name of the test: outcome}.

An outcome is a word or a short text; it says how a test ended, and nothing of times, addresses or
numbers of processes, so that it is the same in every run of an unchanged program.
"""

import os
import re
import xml.etree.ElementTree

JUNIT = "junit.xml"


def junit(output, directory):
    """Of a JUnit file in the work directory: CPython's own runner writes one. A test may have
    several parts there (subtests)."""
    path = os.path.join(directory, JUNIT)
    results = {}
    if not os.path.exists(path):
        return results
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        words = [kind for kind in ("failure", "error", "skipped") if case.find(kind) is not None]
        results.setdefault(case.get("name"), []).append(words[0] if words else "passed")
    return {name: "+".join(sorted(set(words))) for name, words in results.items()}


GO = re.compile(r"--- (PASS|FAIL|SKIP): (\S+) \(\d")
GO_WORDS = {"PASS": "passed", "FAIL": "failure", "SKIP": "skipped"}


def go(output, directory):
    """Of a test binary of Go with -test.v. Other output may stand before it in a line."""
    return {match[2]: GO_WORDS[match[1]] for match in GO.finditer(output)}


LINE = re.compile(r"^(ok|not ok) ([\w.:/-]+)(?:(?: =|:) ?(.*))?$", re.M)


def lines(output, directory):
    """Of our own scripts, the last line of which is "ok end": see scripts/check.sh. Where they are is in no value."""
    results = {}
    for match in LINE.finditer(output):
        text = (match[3] or "").replace(directory, "DIRECTORY")
        results[match[2]] = text or "passed" if match[1] == "ok" else f"failure: {text}"
    return results


def status(output, directory):
    """Of a program that says all by its exit status, and by its output."""
    return {"output": output.strip()[-200:]}


def failed(outcome):
    return outcome.startswith(("failure", "error")) or outcome == "absent"
