"""Go programs whose files are odd, corrupt or cut short: they do, or fail to do, under dndprof what
they do without, in a preloaded shell too; and what was not understood is refused with its reason."""

import os
import re
import struct
import unittest

import go_programs
from harness import Case, execute

FUNCTION = "runtime/internal/syscall.Syscall6"
HEAD = bytes.fromhex("4989f24889fa4889ce4889df0f05483d01f0ffff")
HEADER = "<16sHHIQQQIHHHHHH"
SEGMENT = "<IIQQQQQQ"
NULL, LOAD, NOTE, PHDR, RELRO = 0, 1, 4, 6, 0x6474e552
TYPE, FLAGS, OFFSET, ADDRESS, _, FILE_SIZE, MEMORY_SIZE, _ = range(8)


class Elf:
    """The bytes of a program, to be changed."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.bytes = bytearray(file.read())
        header = struct.unpack_from(HEADER, self.bytes)
        self.segments = [64 + i * 56 for i in range(header[10])]
        assert header[5] == 64 and self.bytes.count(HEAD) == 1
        self.function = self.bytes.index(HEAD)

    def change(self, kind, field, value):
        """A field of every segment of a kind."""
        found = False
        for at in self.segments:
            fields = list(struct.unpack_from(SEGMENT, self.bytes, at))
            if fields[TYPE] == kind:
                fields[field] = value
                struct.pack_into(SEGMENT, self.bytes, at, *fields)
                found = True
        assert found, kind

    def write(self, path):
        with open(path, "wb") as file:
            file.write(self.bytes)
        os.chmod(path, 0o755)


def note_nowhere(elf):
    elf.change(NOTE, ADDRESS, 0xdead0000)


def note_huge(elf):
    elf.change(NOTE, FILE_SIZE, 1 << 40)


def note_in_a_hole(elf):
    elf.change(NOTE, ADDRESS, 0)


def header_of_headers_gone(elf):
    elf.change(PHDR, TYPE, NULL)


def header_of_headers_lies(elf):
    elf.change(PHDR, ADDRESS, 0x7000_0000_0000)


def sections_gone(elf):
    fields = list(struct.unpack_from(HEADER, elf.bytes))
    fields[6] = fields[12] = fields[13] = 0
    struct.pack_into(HEADER, elf.bytes, 0, *fields)


def version_gone(elf):
    at = elf.bytes.index(b"\xff Go buildinf:")
    elf.bytes[at:at + 32] = bytes(32)


def version_unknown(elf):
    at = elf.bytes.index(b"\xff Go buildinf:") + 33
    elf.bytes[at:at + 6] = b"go1.99"


def padding_changed(elf):
    elf.bytes[elf.function + 63] = 0x90


def garbage_behind(elf):
    elf.bytes += os.urandom(5000)


def function_twice(elf):
    """A second one, on one that is never called where there is no C."""
    names = execute(["go", "tool", "nm", elf.path]).stdout.decode().splitlines()
    addresses = {line.split()[2]: int(line.split()[0], 16) for line in names
                 if line.split()[1] in "Tt"}
    at = elf.function + addresses["runtime.cgoCheckTypedBlock"] - addresses[FUNCTION]
    elf.bytes[at:at + 64] = elf.bytes[elf.function:elf.function + 64]


# What is done to a static program; what coverage says then: its gate, and a part of the reason
# (`dndprof run` looks for the version itself, and takes what has none for a program of C).
ODDITIES = {
    note_nowhere: ("unobserved", "no gate"),
    note_huge: ("go", None),
    note_in_a_hole: ("unobserved", "no gate"),
    header_of_headers_gone: ("go", None),
    header_of_headers_lies: ("unobserved", "no gate"),
    sections_gone: ("go", None),
    version_gone: ("unobserved", "build information|static program"),
    version_unknown: ("unobserved", "newer Go"),
    padding_changed: ("unobserved", "not as known"),
    function_twice: ("unobserved", "more than one"),
    garbage_behind: ("go", None),
}


# Bytes, or parts of the file, that are left of it.
CUTS = (0, 32, 64, 300, 4096, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.99)


def from_shell(path):
    return ["sh", "-c", '"$1"; echo "status $?"', "sh", path]


class Odd(Case):
    def made(self, name, change, linkage="static"):
        elf = Elf(go_programs.linked("show", linkage))
        change(elf)
        path = os.path.join(self.path(name + linkage), "show")
        os.mkdir(os.path.dirname(path))
        elf.write(path)
        return path

    def same(self, command):
        """Who started it is another one, where that is us."""
        return self.same_outcome(command, normalize=lambda text: re.sub(
            rb"\nparent (?!sh\n).*\n", b"\n", text))

    def test_oddities(self):
        for change, (gate, reason) in ODDITIES.items():
            path = self.made(change.__name__, change)
            for command in ([path], from_shell(path)):
                with self.subTest(change.__name__, command=command[0]):
                    profile = self.same(command)
                    self.assertIn(b"exe " + path.encode(), profile.outcome.stdout)
                    row, = profile.coverage("show")
                    self.assertEqual(row["gate"], gate)
                    if reason:
                        self.assertRegex(row["reason"], reason)
                    else:
                        self.assertIsNone(row["reason"])

    def test_oddities_of_dynamic_programs(self):
        """Some of these no loader starts; that, too, stays as it is."""
        for change in ODDITIES:
            if change is not function_twice:
                with self.subTest(change.__name__):
                    self.same(from_shell(self.made(change.__name__, change, "dynamic")))

    def test_cut_short(self):
        ends = set()
        for linkage in ("static", "static-pie", "pie", "dynamic"):
            for cut in CUTS:
                def change(elf):
                    del elf.bytes[int(cut if isinstance(cut, int) else cut * len(elf.bytes)):]

                with self.subTest(linkage=linkage, cut=cut):
                    profile = self.same(from_shell(self.made(f"cut{cut}", change, linkage)))
                    ends.add(profile.outcome.stdout.split()[-1])
        self.assertEqual(ends, {b"0", b"126", b"139"})  # whole, refused, killed


if __name__ == "__main__":
    unittest.main()
