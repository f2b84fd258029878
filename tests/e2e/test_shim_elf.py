"""The shim as a file: it exports what it interposes and no more, needs libc alone, and loads into
every program or stays out of it."""

import os
import re
import shutil
import subprocess
import unittest

import harness
from harness import DNDPROF, SHIM, Case, environment, execute, program, require, require_root

NEWEST_SYMBOL_VERSION = (2, 17)  # of glibc that the shim may need


def lines(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          text=True).stdout.splitlines()


def interposed():
    """The symbols of calls.h, by the preprocessor."""
    source = ('#include "dndprof/calls.h"\n#define ROW(id, ...) =id=\n'
              "DNDPROF_INTERPOSED_CALLS(ROW)\n")
    done = subprocess.run(["gcc", "-E", "-P", "-I", os.path.join(harness.ROOT, "include"), "-"],
                          input=source, check=True, stdout=subprocess.PIPE, text=True)
    return set(re.findall(r"=\s*(\w+)\s*=", done.stdout))


class File(Case):
    def symbols(self):
        """(name, version, binding, defined) of the dynamic symbols."""
        for line in lines("readelf", "-W", "--dyn-syms", SHIM):
            match = re.match(r"\s*\d+: \S+\s+\d+ \w+\s+(\w+)\s+\w+\s+(\w+) (\w+)(?:@+(\S+))?", line)
            if match:
                binding, section, name, version = match.groups()
                yield name, version or "", binding, section != "UND"

    def test_exports(self):
        exported = {name for name, _, _, defined in self.symbols() if defined}
        self.assertEqual(exported, interposed())

    def test_exports_have_no_version(self):
        for name, version, _, defined in self.symbols():
            if defined:
                self.assertEqual(version, "", name)

    def test_needs_libc_alone(self):
        needed = [line for line in lines("readelf", "-d", SHIM) if "(NEEDED)" in line]
        self.assertEqual([re.search(r"\[(.*)\]", line)[1] for line in needed], ["libc.so.6"])
        self.assertIn("[libdndprof.so]", "".join(line for line in lines("readelf", "-d", SHIM)
                                                 if "(SONAME)" in line))

    def test_symbol_versions(self):
        for name, version, _, defined in self.symbols():
            match = re.match(r"GLIBC_(\d+)\.(\d+)", version)
            if not defined and match:
                self.assertLessEqual((int(match[1]), int(match[2])), NEWEST_SYMBOL_VERSION, name)
            elif not defined:
                self.assertEqual(version, "", name)

    def test_musl_has_what_it_needs(self):
        loader = re.search(r"interpreter: (\S+)\]",
                           "\n".join(lines("readelf", "-l", program("hello_musl"))))[1]
        has = {line.split()[-1] for line in lines("nm", "-D", "--defined-only", loader)}
        for name, _, binding, defined in self.symbols():
            if not defined and name and name not in has:
                self.assertEqual(binding, "WEAK", f"{name} is not in musl")

    def test_no_text_relocations_and_no_executable_stack(self):
        dynamic = "\n".join(lines("readelf", "-d", SHIM))
        self.assertNotIn("TEXTREL", dynamic)
        self.assertIn("NODELETE", dynamic)
        stack = [line for line in lines("readelf", "-W", "-l", SHIM) if "GNU_STACK" in line]
        self.assertNotIn("RWE", stack[0])


class Loading(Case):
    """What the shim does, natively and preloaded, to programs of other kinds."""

    def both(self, command, stdin=b"", **changes):
        native = execute(command, environment(**changes), stdin)
        preloaded = execute(command, environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"),
                                                 **changes), stdin)
        return native, preloaded

    def untouched(self, command, **changes):
        native, preloaded = self.both(command, **changes)
        self.assertEqual(preloaded, native)
        return native

    def profiles(self):
        return [name for _, _, names in os.walk(self.path("profiles")) for name in names
                if name.endswith(".dndprof")]

    def build(self, name, *flags, compiler="gcc", source=None):
        require(compiler)
        file = self.write(name + ".c", source or
                          '#include <stdio.h>\n#include <sys/socket.h>\n#include <unistd.h>\n'
                          'int main(void)\n{\n\tint fds[2];\n\tchar c = 0;\n\n'
                          '\tif (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) || '
                          'send(fds[0], "x", 1, 0) != 1 || recv(fds[1], &c, 1, 0) != 1)\n'
                          '\t\treturn 1;\n\tprintf("%c\\n", c);\n\treturn 5;\n}\n')
        done = execute([compiler, *flags, file, "-o", self.path(name)])
        if done.status:
            raise unittest.SkipTest(f"{compiler} {' '.join(flags)} does not work here")
        return self.path(name)

    def test_glibc(self):
        native = self.untouched([self.build("plain")])
        self.assertEqual((native.status, native.stdout), (5, b"x\n"))
        self.assertEqual(len(self.profiles()), 1)

    def test_musl(self):
        native = self.untouched([program("hello_musl")])
        self.assertEqual(native.status, 5)
        self.assertEqual(len(self.profiles()), 1)

    def test_bind_now(self):
        self.untouched([self.build("now", "-Wl,-z,now")])
        self.untouched([self.build("lazy", "-Wl,-z,lazy")])
        self.untouched([self.build("plain")], LD_BIND_NOW="1")
        self.assertEqual(len(self.profiles()), 3)

    def test_clang_build(self):
        self.untouched([self.build("clang", compiler="clang")])

    def test_static(self):
        self.untouched([self.build("static", "-static")])
        self.untouched([self.build("pie", "-static-pie")])
        require("busybox")
        self.untouched(["busybox", "echo", "x"])
        self.assertEqual(self.profiles(), [])

    def test_opened_later(self):
        """By a program that runs already, and called by a handle: libc's own calls, unrecorded; also
        where the process is recorded by another of us."""
        command = [program("opened_late")]
        another = shutil.copy(SHIM, self.path("another.so"))
        for way in ("local", "global", "namespace"):
            native = execute([*command, "libc.so.6", way])
            if native.status and way == "namespace":
                raise unittest.SkipTest(f"no namespaces of libraries here: {native.stderr}")
            self.assertEqual(native.status, 0, native)
            env = environment(DNDPROF_DIR=self.path("profiles"))
            self.assertEqual(execute([*command, SHIM, way], env), native)
            self.assertEqual(self.profiles(), [])
            env = environment(DNDPROF_DIR=self.path(way), LD_PRELOAD=SHIM)
            self.assertEqual(execute([*command, another, way], env), native)
            self.assertEqual(execute([DNDPROF, "report", self.path(way)]).status, 0)

    def test_loader_called_by_name(self):
        target = self.build("plain")
        loader = re.search(r"interpreter: (\S+)\]", "".join(lines("readelf", "-lW", target)))[1]
        self.assertEqual(self.untouched([loader, target]).status, 5)
        self.assertEqual(len(self.profiles()), 1)

    def test_setuid(self):
        """ld.so itself leaves the shim out: LD_PRELOAD with a slash is ignored in secure mode."""
        require_root()
        source = '#include <stdio.h>\n#include <unistd.h>\n' \
                 'int main(void)\n{\n\tprintf("%d %d\\n", getuid(), geteuid());\n\treturn 3;\n}\n'
        target = self.build("setuid", source=source)
        os.chmod(self.directory, 0o755)
        os.chmod(target, 0o4755)
        require("setpriv")
        native, preloaded = self.both(["setpriv", "--reuid=65534", "--clear-groups", target])
        if native.stdout != b"65534 0\n":
            raise unittest.SkipTest("setuid programs do not work here")
        self.assertEqual(preloaded, native)
        self.assertEqual([name for name in self.profiles() if "setuid" in name], [])

    def test_32_bit_child(self):
        """Under `dndprof run` a 32-bit child prints what it prints natively: nothing of ours."""
        target = self.build("narrow", "-m32")
        profile = self.same_outcome([target])
        self.assertEqual(profile.outcome.status, 5)
        rows = profile.coverage("narrow")
        self.assertTrue(rows and rows[0]["gate"] == "unobserved" and rows[0]["reason"],
                        profile.report["coverage"])
        profile = self.same_outcome(["sh", "-c", f"{target}; echo $?"])
        self.assertEqual(profile.outcome.stdout, b"x\n5\n")

    def test_address_sanitizer(self):
        """Its runtime ends the program where a preloaded library comes before it."""
        target = self.build("asan", "-fsanitize=address")
        runtime = execute(["gcc", "-print-file-name=libasan.so"]).stdout.decode().strip()
        spawn = f"import os; print(os.waitpid(os.posix_spawn({target!r}, ['x'], os.environ), 0)[1])"
        for command in ([target], ["sh", "-c", f"{target}; echo $?"], ["python3", "-c", spawn],
                        ["sh", "-c", f"env -i {target}; echo $?"],
                        ["bash", "-c", f"exec -a other {target}"]):
            with self.subTest(command=command):
                profile = self.same_outcome(command)
                self.assertIn(b"x\n", profile.outcome.stdout)
                row, = [row for row in profile.coverage("asan")]
                self.assertEqual(row["gate"], "unobserved")
                self.assertIn("address sanitizer", row["reason"])
        profile = self.same_outcome(["sh", "-c", f"env -i LD_PRELOAD={runtime} /bin/echo hi"])
        self.assertEqual(profile.outcome.stdout, b"hi\n")
        self.same_outcome(["/bin/echo", "hi"], env=environment(LD_PRELOAD=runtime,
                                                               ASAN_OPTIONS="detect_leaks=0"))

    def test_libraries_listed(self):
        """ldd says what it says natively: nothing of ours."""
        where = re.compile(rb"\(0x[0-9a-f]+\)")
        for command in (["ldd", "/bin/ls", "/bin/sh"],
                        ["sh", "-c", "LD_TRACE_LOADED_OBJECTS=1 /bin/ls"]):
            native, preloaded = self.both(command)
            self.assertIn(b"libc.so.6", native.stdout)
            self.assertEqual([where.sub(b"", text) for text in preloaded[1:]],
                             [where.sub(b"", text) for text in native[1:]])
            self.assertEqual(preloaded.status, native.status)

    def test_others_preloaded_are_not_handed_on(self):
        """A child with an environment of its own gets us, by a name that is found everywhere, and
        none of what else is preloaded into its parent."""
        one = self.build("one.so", "-shared", "-fPIC", source="int nothing;\n")
        place = os.path.dirname(SHIM)
        script = 'cd /; env -i env; env -i LD_PRELOAD="$ONE" env'
        for own in (SHIM, "libdndprof.so"):
            env = environment(LD_PRELOAD=f"{one}:{own}", LD_LIBRARY_PATH=place, ONE=one,
                              DNDPROF_DIR=self.path("profiles"))
            done = execute(["sh", "-c", script], env)
            self.assertEqual((done.status, done.stderr), (0, b""))
            self.assertEqual([line for line in done.stdout.decode().splitlines()
                              if line.startswith("LD_PRELOAD")],
                             [f"LD_PRELOAD={SHIM}", f"LD_PRELOAD={one}:{SHIM}"])

    def test_valgrind(self):
        """It has nothing to say of what we do."""
        require("valgrind")
        native = self.untouched(["valgrind", "-q", "--error-exitcode=9", self.build("plain")])
        self.assertEqual((native.status, native.stderr), (5, b""))
        self.assertGreater(len(self.profiles()), 0)

    def test_name_that_cannot_be_preloaded(self):
        """A space ends a name in LD_PRELOAD: said by us beforehand, not by ld.so in the program."""
        for name in ("a b", "a:b", "a$LIB"):
            os.mkdir(self.path(name))
            for source in (SHIM, harness.DNDPROF):
                shutil.copy(source, self.path(name))
            dndprof = os.path.join(self.path(name), "dndprof")
            done = execute([dndprof, "run", "-o", self.path("p"), "--", "/bin/echo", "x"])
            self.assertEqual((done.status, done.stdout), (3, b""))
            self.assertIn(b"LD_PRELOAD cannot have", done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done)
            self.assertIn(b"unobserved", execute([dndprof, "doctor", "echo"]).stdout)
            self.assertEqual(execute([dndprof, "ci", "init"]).status, 3)

    def test_preloaded_twice(self):
        copy = self.path("copy.so")
        subprocess.run(["cp", SHIM, copy], check=True)
        target = self.build("plain")
        native = execute([target], environment())
        for preload in (f"{SHIM} {SHIM}", f"{SHIM}:{copy}"):
            twice = execute([target], environment(LD_PRELOAD=preload,
                                                  DNDPROF_DIR=self.path("profiles")))
            self.assertEqual(twice, native)

    def test_environment_and_descriptors(self):
        """A target sees the environment it was given and no descriptor of ours."""
        require("ls")
        native, preloaded = self.both(["/bin/ls", "/proc/self/fd"])
        self.assertEqual(preloaded, native)
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"))
        output = execute(["/usr/bin/env"], env).stdout.decode().splitlines()
        names = {line.split("=", 1)[0] for line in output}
        self.assertLessEqual(names - set(env), {"DNDPROF_RUN", "DNDPROF_RUN_KEY", "_"})
        self.assertLessEqual(set(env), names)

    def test_missing_shim(self):
        """A build that lost its shim says so instead of an empty report."""
        alone = self.path("dndprof")
        subprocess.run(["cp", harness.DNDPROF, alone], check=True)
        done = execute([alone, "run", "-o", self.path("p"), "--", "/bin/true"])
        if done.status == 0:
            raise unittest.SkipTest("a shim is installed on this machine")
        self.assertEqual(done.status, 3, done)
        self.assertIn(b"libdndprof.so", done.stderr)


if __name__ == "__main__":
    unittest.main()
