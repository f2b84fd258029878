"""What shim/TRANSPARENCY.md says holds: every line names tests, and each of these is there; what it
says cannot be seen is said by the report, too."""

import ast
import os
import re
import unittest

from harness import PYTHON, ROOT, Case
import test_wrappers

# What neither the report nor a test can tell.
UNTESTED = 3


class Document(Case):
    def rows(self, figures=False):
        with open(os.path.join(ROOT, "shim", "TRANSPARENCY.md"), encoding="utf-8") as file:
            lines, counted = file.read().split("\n## Figures\n")
        rows = [re.split(r" \| ", line.strip("| ")) for line in
                (counted if figures else lines).splitlines() if line.startswith("| ")]
        return [row for row in rows if row[-1] not in ("held by", "by")]

    def check_command(self, command):
        """`make TARGET ...`"""
        target, = re.findall(r"^`make (\S+)[^`]*`$", command)
        with open(os.path.join(ROOT, "Makefile"), encoding="utf-8") as file:
            self.assertRegex(file.read(), rf"(?m)^{re.escape(target)}:", command)

    def there(self, name):
        """The tests of the files of that name."""
        found = set()
        path = os.path.join(ROOT, "tests", "e2e", name + ".py")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                found |= {node.name for node in ast.walk(ast.parse(file.read()))
                          if isinstance(node, ast.FunctionDef)}
        path = os.path.join(ROOT, "tests", "unit", name + ".c")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                found |= set(re.findall(r"(?:cmocka_unit_test|SAMPLES_TEST)\((\w+)\)", file.read()))
        return found

    def test_every_line_is_held(self):
        programs = {name.split()[0] for name in test_wrappers.SAME}
        rows, untested, named = self.rows(), 0, 0
        self.assertGreater(len(rows), 40)
        for row in rows:
            self.assertEqual(len(row), 3, row)
            if row[2] == "-":
                untested += 1
                continue
            for name in row[2].split(", "):
                named += 1
                if name.startswith("`"):
                    self.check_command(name)
                elif "." in name:
                    file, test = name.split(".")
                    self.assertTrue(test.startswith("test_"), name)
                    self.assertIn(test, self.there(file), name)
                else:
                    self.assertIn(name, programs)
        self.assertEqual(untested, UNTESTED)
        self.assertGreater(named, 80)

    def test_every_figure_has_a_command(self):
        rows = self.rows(figures=True)
        self.assertGreater(len(rows), 5)
        for row in rows:
            self.assertEqual(len(row), 3, row)
            self.assertRegex(row[1], r"\d")
            self.check_command(row[2])


class Unseen(Case):
    def notes(self, code):
        profile = self.profile([PYTHON, "-c", code])
        self.assertEqual(profile.outcome, (0, b"", b""))
        return " ".join(str(row) for row in profile.report["coverage"])

    def test_tls(self):
        """Told by a connection's first bytes."""
        code = ("import socket\na, b = socket.socketpair()\n"
                "a.sendall({!r}); b.recv(99); b.sendall({!r}); a.recv(99)")
        hello = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00" + b"x" * 40
        self.assertIn("tls", self.notes(code.format(hello, hello)))
        self.assertNotIn("tls", self.notes(code.format(b"GET / HTTP/1.1\r\n\r\n", b"x" * 40)))

    def test_io_uring(self):
        code = "import ctypes\nctypes.CDLL(None).syscall({}, 0, 0)"
        self.assertIn("io_uring", self.notes(code.format(425)))  # io_uring_setup
        self.assertNotIn("io_uring", self.notes(code.format(39)))  # getpid


if __name__ == "__main__":
    unittest.main()
