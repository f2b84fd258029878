"""Whatever stands where a profile says a program's file was, the report comes, ends well, names what it
can and says what it could not: symbols are read by a process that may fail."""

import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import time
import unittest

from harness import DNDPROF, Case, execute, program, schema_errors

LIMITED = "could not be read whole"


def child_of(pid):
    """0: it has none."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return int((file.read().split() or [0])[0])
    except OSError:
        return 0


class Symbols(Case):
    def setUp(self):
        super().setUp()
        self.target = self.path("stacks")
        shutil.copy(program("stacks"), self.target)
        self.run_directory = self.profile([self.target], options=("--set", "DETAIL=detailed")
                                          ).directory
        with open(self.target, "rb") as file:
            self.image = file.read()

    def replace(self, image):
        os.unlink(self.target)
        with open(self.target, "wb") as file:
            file.write(image)

    def report(self, *before):
        """Frames and warnings of the JSON report."""
        done = execute([*before, DNDPROF, "report", "--stacks", "--format", "json",
                        self.run_directory])
        self.assertEqual((done.status, done.stderr), (0, b""))
        report = json.loads(done.stdout)
        self.assertEqual(schema_errors(report), [])
        return report["call_sites"]["frames"], " ".join(report["summary"]["warnings"])

    def of_target(self, key="function"):
        return [frame[key] for frame in self.report()[0] if frame["module"] == self.target]

    def sections(self):
        """(offset, size) by name, of the target as it was built."""
        table, = struct.unpack_from("<Q", self.image, 40)
        size, count, names = struct.unpack_from("<HHH", self.image, 58)
        rows = [struct.unpack_from("<IIQQQQIIQQ", self.image, table + size * i)
                for i in range(count)]
        texts = rows[names][4]
        return {self.image[texts + row[0]:self.image.index(b"\0", texts + row[0])].decode():
                (row[4], row[5], table + size * i) for i, row in enumerate(rows)}

    def test_what_is_no_file(self):
        """Neither waited for, nor read without an end, nor opened where that does something."""
        def huge(path):
            with open(path, "wb") as file:
                file.truncate(1 << 40)

        for make, problem in ((os.mkfifo, "file changed since"),
                              (lambda path: os.symlink("/dev/zero", path), "file changed since"),
                              (lambda path: os.symlink("/dev/tty", path), "file changed since"),
                              (lambda path: os.symlink("/proc/kmsg", path), "file changed since"),
                              (os.mkdir, "file changed since"),
                              (huge, "file larger than 1024 MiB")):
            with self.subTest(problem=problem):
                (shutil.rmtree if os.path.isdir(self.target) and not os.path.islink(self.target)
                 else os.unlink)(self.target)
                make(self.target)
                self.assertEqual(set(self.of_target()), {None})
                self.assertEqual(set(self.of_target("problem")), {problem})

    def test_damaged_debug_information(self):
        """With the right build id. Names are the symbol table's, which is whole but in the last."""
        names = self.of_target()
        self.assertIn("innermost_poll", names)
        sections, chance = self.sections(), random.Random(1)
        for section in (".debug_line", ".debug_info", ".debug_abbrev", ".debug_str", ".symtab"):
            for _ in range(2):
                with self.subTest(section=section):
                    image = bytearray(self.image)
                    at, size, _ = sections[section]
                    for _ in range(size // 8 + 1):
                        image[at + chance.randrange(size)] = chance.randrange(256)
                    self.replace(image)
                    found = self.of_target()
                    self.assertEqual(len(found), len(names))
                    if section != ".symtab":
                        self.assertEqual(found, names)

    def make_slow(self):
        """A symbol table of many millions, which is searched for each address."""
        count = 8_000_000
        _, _, header = self.sections()[".symtab"]
        image = bytearray(self.image)
        place = (len(image) + 4095) & ~4095
        struct.pack_into("<QQ", image, header + 24, place, count * 24)
        self.replace(image)
        os.truncate(self.target, place + count * 24)

    def check_nameless(self, frames, warnings, reason):
        """What else there is has its names, and it is said once what has none."""
        self.assertEqual({(frame["function"], frame["problem"]) for frame in frames
                          if frame["module"] == self.target},
                         {(None, "its symbols could not be read")})
        self.assertIn("__libc_start_call_main", {frame["function"] for frame in frames})
        self.assertEqual(warnings.count(LIMITED), 1)
        self.assertIn(f"The symbols of {self.target} could not be read whole ({reason}): functions "
                      "or lines there are not named.", warnings)

    def test_time(self):
        self.make_slow()
        limited = ("prlimit", "--cpu=1:2")  # seconds: a part of what it may have will do
        self.check_nameless(*self.report(*limited), "too much processor time, 4 s at most")
        done = execute([*limited, DNDPROF, "report", self.run_directory])
        self.assertEqual((done.status, done.stderr), (0, b""))
        text = re.sub(r"\s+", " ", done.stdout.decode())
        self.assertEqual(text.count(LIMITED), 1)
        self.assertIn("stacks+0x", text)

    def test_killed(self):
        """By whomever, while it reads."""
        self.make_slow()
        with subprocess.Popen([DNDPROF, "report", "--stacks", "--format", "json",
                               self.run_directory], stdout=subprocess.PIPE) as report:
            killed = set()
            deadline = time.monotonic() + 60
            while len(killed) < 2 and time.monotonic() < deadline:  # it is tried again, for less
                reader = child_of(child_of(report.pid))
                if reader and reader not in killed:
                    os.kill(reader, signal.SIGKILL)
                    killed.add(reader)
            output = report.communicate()[0]
        self.assertEqual((report.returncode, len(killed)), (0, 2))
        report = json.loads(output)
        self.check_nameless(report["call_sites"]["frames"],
                            " ".join(report["summary"]["warnings"]), "it was killed")


if __name__ == "__main__":
    unittest.main()
