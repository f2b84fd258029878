"""The C API: programs that mark what they do (tests/programs/api*), with and without dndprof, in
every kind of executable; what the report says of them; the README's example."""

import glob
import os
import re
import shutil
import subprocess
import unittest

import harness
from harness import SHIM, Case, environment, execute, program, require

INCLUDE = os.path.join(harness.ROOT, "include")

# Says whether it was recorded, in all of the ways a program may be built.
SMALL = """
#include <dndprof/dndprof.h>

int other(void);

static int works(void *unused)
{
	(void)unused;
	return 3;
}

int main(void)
{
	struct dndprof_metrics m;
	int error = dndprof_get_metrics(&m);

	if (dndprof_profile_operation("small", "builds", works, NULL) != 3 || other() != error)
		return 1;
	dndprof_get_metrics(&m);
	printf("%d %d %d\\n", error, (int)m.operations.count, (int)m.operations.errors);
	return 0;
}
"""
OTHER = """
#include <dndprof/dndprof.h>

int other(void);
int other(void)
{
	struct dndprof_metrics m;

	return dndprof_get_metrics(&m);
}
"""
LIBRARY = """
#include <dndprof/dndprof.h>

int plugin(void)
{
	dndprof_begin_check(&(struct dndprof_region){0}, "never ended");
	return dndprof_stop() == 0 ? dndprof_start() : 99;
}
"""
LOADER = """
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	void *library = dlopen(argv[argc - 1], RTLD_NOW | RTLD_LOCAL);
	int (*plugin)(void) = (int (*)(void))dlsym(library, "plugin");

	printf("%d\\n", plugin());
	return 0;
}
"""
ENDS = """
#include <dndprof/dndprof.h>

int main(int argc, char **argv)
{
	dndprof_stop();
	if (argc > 1)
		execv(argv[1], argv + 1);
	execv("/nowhere/at/all", argv);
	_exit(3);
}
"""
STRICT = ("-Wall", "-Wextra", "-Werror", "-Wpedantic", "-Wshadow", "-Wstrict-prototypes",
          "-Wmissing-prototypes", "-Wredundant-decls", "-Wcast-qual")
BUILDS = (
    ("gcc",), ("gcc", "-O0"), ("gcc", "-O3", "-fPIE", "-pie"), ("gcc", "-O2", "-fno-pie", "-no-pie"),
    ("gcc", "-O2", "-fno-plt"), ("gcc", "-O2", "-fno-plt", "-fno-pie", "-no-pie"),
    ("gcc", "-O2", "-flto"), ("gcc", "-O2", "-ffunction-sections", "-Wl,--gc-sections", "-s"),
    ("gcc", "-Wl,-z,now,-z,relro"), ("gcc", "-rdynamic"), ("gcc", "-std=c99", *STRICT),
    ("gcc", "-std=c17", "-D_FORTIFY_SOURCE=2", "-O2", *STRICT), ("gcc", "-fsanitize=undefined"),
    ("clang",), ("clang", "-O2", "-no-pie"), ("clang", "-std=c99", *STRICT),
    ("clang", "-O2", "-fuse-ld=lld"), ("gcc", "-fuse-ld=gold"), ("musl-gcc", "-O2"),
)
STATIC = (("gcc", "-static"), ("gcc", "-static-pie"), ("musl-gcc", "-static"))


class Builds(Case):
    """How a program is linked does not matter, but that a static one is left alone."""

    def build(self, flags, name="small", sources=(("small.c", SMALL), ("other.c", OTHER))):
        require(flags[0])
        files = [self.write(file, text) for file, text in sources]
        done = execute([*flags, "-I", INCLUDE, *files, "-o", self.path(name)])
        if done.status and ("-static" in " ".join(flags) or "-fuse-ld" in " ".join(flags)):
            raise unittest.SkipTest(f"{' '.join(flags)} does not work here")
        self.assertEqual(done.status, 0, done.stderr.decode())
        self.assertEqual(done.stderr, b"")
        return self.path(name)

    def preloaded(self, command, **settings):
        return execute(command, environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"),
                                            **settings))

    def says(self, target, native, preloaded, **settings):
        self.assertEqual(execute([target]).stdout.decode().strip(), native)
        self.assertEqual(self.preloaded([target], **settings).stdout.decode().strip(), preloaded)

    def test_off(self):
        """A setting that switches recording off makes the API do nothing."""
        target = self.build(("gcc",))
        self.says(target, "-38 0 0", "-38 0 0", DNDPROF_ENABLED="0")
        self.says(target, "-38 0 0", "-38 0 0", DNDPROF_SKIP="small")
        self.says(target, "-38 0 0", "0 1 1", DNDPROF_ENABLED="1")

    def test_library_loaded_later(self):
        library = self.build(("gcc", "-shared", "-fPIC"), "plugin.so", [("plugin.c", LIBRARY)])
        target = self.build(("gcc",), "loader", [("loader.c", LOADER)])
        self.assertEqual(execute([target, library]).stdout, b"99\n")
        self.assertEqual(self.preloaded([target, library]).stdout, b"0\n")

    def test_cxx_standards(self):
        source = SMALL.replace("int other(void);", 'extern "C" int other(void);')
        other = OTHER.replace("int other(void);", 'extern "C" int other(void);') + \
            "#if __cplusplus >= 201103L\nvoid lambda();\nvoid lambda()\n{\n" \
            '\tdndprof::profile_operation("l", "c", [] { return 1; });\n}\n#endif\n'
        for compiler in ("g++", "clang++"):
            for standard in ("c++98", "c++11", "c++14", "c++17", "c++20"):
                with self.subTest(compiler=compiler, standard=standard):
                    target = self.build((compiler, "-std=" + standard, "-Wall", "-Wextra", "-Werror"),
                                        sources=[("small.cc", source), ("other.cc", other)])
                    self.says(target, "-38 0 0", "0 1 1")
        self.says(self.build(("g++", "-fno-exceptions", "-fno-rtti", "-O2"),
                             sources=[("small.cc", source), ("other.cc", other)]),
                  "-38 0 0", "0 1 1")


def add_builds(builds, preloaded):
    for flags in builds:
        def test(self, flags=flags):
            self.says(self.build(flags), "-38 0 0", preloaded)
        test.__doc__ = " ".join(flags)
        setattr(Builds, "test_" + re.sub(r"\W+", "_", " ".join(flags)), test)


add_builds(BUILDS, "0 1 1")
add_builds(STATIC, "-38 0 0")


class Same(Case):
    """The programs check themselves; natively and recorded they say the same."""


def add_programs(words):
    for name in words:
        def test(self, name=name):
            first, *rest = name.split()
            profile = self.same_outcome([program(first), *rest])
            self.assertEqual(profile.outcome.status, 0, profile.outcome.stderr)
        setattr(Same, "test_" + re.sub(r"\W+", "_", name), test)


add_programs(("api regions", "api cycles", "api metrics", "api processes", "api handlers",
              "api jumps", "api report", "api many", "api_cc", "api_pool", "api_pool 20 200"))


class Reported(Case):
    """What the report makes of what was marked."""

    def categories(self, profile):
        return {row["category"]: row for row in profile.report["categories"]}

    def regions(self, profile):
        return [record for record in self.dump(profile.directory)
                if record["call"] in ("region", "check", "job")]

    def test_regions(self):
        profile = self.profile([program("api"), "regions"])
        rows = self.categories(profile)
        self.assertEqual(profile.report["summary"]["total_operations"], 12)
        self.assertEqual(profile.report["summary"]["errors"], 4)
        self.assertEqual({name: row["count"] for name, row in rows.items() if row["count"]},
                         {"web": 2, "database": 4, "check": 2, "worker": 3, "user": 1})
        # each outer one holds two inner ones of 4 and 5 ms, and 2 ms of its own
        self.assertGreaterEqual(rows["database"]["total_ns"], 18e6)
        self.assertGreaterEqual(rows["web"]["self_ns"], 4e6)
        self.assertAlmostEqual(rows["database"]["self_ns"], rows["database"]["total_ns"], delta=1e5)
        self.assertAlmostEqual(rows["web"]["self_ns"],
                               rows["web"]["total_ns"] - rows["database"]["total_ns"], delta=1e5)
        # no time twice: the sum of all is what the outermost took
        outer = sum(row["total_ns"] for name, row in rows.items()
                    if name in ("web", "check", "worker", "user"))
        self.assertAlmostEqual(profile.report["summary"]["total_duration_ns"], outer, delta=1e5)
        jobs = [record["region"] for record in self.regions(profile) if record["call"] == "job"]
        self.assertEqual(jobs, [{"category": "worker", "name": "fetch", "worker": "pool-1"}] * 3)

    def test_cycles(self):
        profile = self.profile([program("api"), "cycles"])
        notes = profile.coverage("api")[0]["notes"]
        self.assertEqual(len([note for note in notes if "stopped by the program from" in note]), 5)
        recordings = [note for note in notes if note.startswith("recording ")]
        self.assertEqual([re.search(r"(\d+) operation", note)[1] for note in recordings],
                         ["0", "1", "2", "1", "0"])
        self.assertNotIn("not to be seen", str(self.dump(profile.directory)))
        self.assertEqual([record["region"]["name"] for record in self.regions(profile)],
                         ["cycle 1", "cycle 2", "cycle 2", "across a stop"])
        self.assertGreaterEqual(profile.spent("stopped"), 12)

    def test_stopped_in_basic_detail(self):
        """Without records the sum of all stops is told."""
        profile = self.profile([program("api"), "many"], options=["--set", "DETAIL=basic"])
        self.assertIn("stopped by the program 200 times",
                      " ".join(profile.coverage("api")[0]["notes"]))

    def test_many_stops(self):
        profile = self.profile([program("api"), "many"])
        notes = profile.coverage("api")[0]["notes"]
        self.assertLess(len(notes), 30)
        self.assertIn("stopped by the program", " ".join(notes))

    def test_exec_and_exit_while_stopped(self):
        """How a program that stopped recording ended is known, and what it became is recorded."""
        source = self.write("ends.c", ENDS)
        subprocess.run(["gcc", "-I", INCLUDE, source, "-o", self.path("ends")], check=True)
        profile = self.profile([self.path("ends")])
        row, = profile.coverage("ends")
        self.assertEqual((row["running"], row["exit_status"]), (False, 3))
        profile = self.profile([self.path("ends"), program("api"), "jumps"])
        self.assertFalse(profile.coverage("ends")[0]["running"])
        self.assertEqual(profile.coverage("api")[0]["operations"], 1)
        self.assertEqual(profile.coverage("api")[0]["pid"], profile.coverage("ends")[0]["pid"])

    def test_processes(self):
        profile = self.profile([program("api"), "processes"])
        by_process = {}
        for record in self.regions(profile):
            by_process.setdefault(record["pid"], []).append(record["region"]["name"])
        self.assertEqual(sorted(by_process.values()),
                         [["around a fork"], ["in a child"], ["started in a child"]])

    def test_killed(self):
        profile = self.profile([program("api"), "hang"])
        self.assertEqual(profile.outcome.status, 137)
        self.assertEqual([record["region"]["name"] for record in self.regions(profile)],
                         ["before the end"])

    def test_exceptions(self):
        profile = self.profile([program("api_cc")])
        failed = {record["region"]["name"]: record["result"] for record in self.regions(profile)
                  if record["result"]}
        canceled = dict.fromkeys(("C function throws", "lambda throws", "outer throws",
                                  "check within", "cancelled", "exits"), 125)
        self.assertEqual(failed, {**canceled, "told to fail": -1, "int": 9})

    def test_pool(self):
        profile = self.profile([program("api_pool"), "3", "12"])
        workers = {}
        for record in self.regions(profile):
            workers.setdefault(record["region"]["worker"], set()).add(record["tid"])
        self.assertEqual({name: len(tids) for name, tids in workers.items()},
                         {"pool-0": 1, "pool-1": 1, "pool-2": 1})
        self.assertEqual(len(set.union(*workers.values())), 3)

    def test_label(self):
        """--check reaches the whole run: every process of it, and what `dndprof run` wrote."""
        profile = self.profile(["sh", "-c", f"{program('api')} jumps; {program('api')} jumps"],
                               options=["--check", "bridge_network"])
        self.assertEqual(len(profile.files()), 3)
        for path in profile.files():
            with open(path, "rb") as file:
                self.assertIn(b"\ncheck=bridge_network\n", file.read(8192))
        run, = glob.glob(os.path.join(profile.directory, "*", "run.json"))
        with open(run) as file:
            self.assertIn('"check": "bridge_network"', file.read())


class Installed(Case):
    """The report of a running program is made by the dndprof that was installed with the shim."""

    def test_places(self):
        for library in ("lib", "lib/x86_64-linux-gnu"):
            with self.subTest(library=library):
                root = self.path("root-" + os.path.basename(library))
                for name in ("bin", library):
                    os.makedirs(os.path.join(root, name))
                shutil.copy(SHIM, os.path.join(root, library))
                env = environment(LD_PRELOAD=os.path.join(root, library, "libdndprof.so"),
                                  DNDPROF_DIR=self.path("profiles"), PATH="/nowhere")
                without = execute([program("api"), "report"], env)
                self.assertIn(b"gave -2", without.stderr)  # ENOENT
                shutil.copy(harness.DNDPROF, os.path.join(root, "bin"))
                done = execute([program("api"), "report"], env)
                self.assertEqual((done.status, done.stderr), (0, b""), done)

    def test_in_path(self):
        shutil.copy(SHIM, self.path("libdndprof.so"))
        os.mkdir(self.path("tools"))
        shutil.copy(harness.DNDPROF, self.path("tools"))
        env = environment(LD_PRELOAD=self.path("libdndprof.so"), DNDPROF_DIR=self.path("profiles"),
                          PATH="/nowhere:" + self.path("tools"))
        done = execute([program("api"), "report"], env)
        self.assertEqual((done.status, done.stderr), (0, b""), done)


class Checked(Case):
    """No memory error on the header's side."""

    def test_sanitizers(self):
        target = self.path("api")
        for sanitizer in ("address,undefined", "thread"):
            with self.subTest(sanitizer=sanitizer):
                done = execute(["gcc", "-g", "-O1", "-fsanitize=" + sanitizer, "-pthread", "-I",
                                INCLUDE, os.path.join(harness.ROOT, "tests/programs/api.c"), "-o",
                                target])
                if done.status:
                    self.skipTest(f"gcc -fsanitize={sanitizer} does not work here")
                for name in ("regions", "cycles", "processes", "many"):
                    done = execute([target, name])
                    self.assertEqual((done.status, done.stdout), (0, b"all as expected\n"), done)

    def test_valgrind(self):
        require("valgrind")
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"))
        for name in ("regions", "cycles", "jumps"):
            done = execute(["valgrind", "-q", "--error-exitcode=9", program("api"), name], env)
            self.assertEqual((done.status, done.stdout), (0, b"all as expected\n"), done)


class Readme(Case):
    def test_example(self):
        """The example of the README compiles as it stands there, and is reported as it says."""
        with open(os.path.join(harness.ROOT, "README.md")) as file:
            section = file.read().split("\n## C API\n")[1].split("\n## ")[0]
        source, = re.findall(r"```c\n(.*?)```", section, re.S)
        target = self.path("example")
        done = subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-I", INCLUDE,
                               self.write("example.c", source), "-o", target],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        native = execute([target])
        self.assertEqual((native.status, native.stderr), (0, b""))
        profile = self.profile([target])
        self.assertEqual(profile.outcome.status, 0, profile.outcome.stderr)
        names = [record["region"]["name"] for record in self.dump(profile.directory)
                 if "region" in record]
        self.assertEqual(len(names), len(set(names)))
        for name in names:
            self.assertIn(f'"{name}"', source)
        self.assertEqual(len(names), source.count("dndprof_profile_") +
                         source.count("dndprof_begin_"))


if __name__ == "__main__":
    unittest.main()
