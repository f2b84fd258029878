"""Call sites: the stacks of slow and failed calls are those the source has, and taking them is
nothing the program can notice."""

import json
import os
import re
import shutil
import socket
import unittest

import harness
import test_go
import test_go_versions
from go_programs import LINKAGES, SOURCES, docker, linked
from harness import DNDPROF, PYTHON, ROOT, SHIM, Case, environment, execute, program, require

DETAILED = ("--set", "DETAIL=detailed")
SOURCE = os.path.join(ROOT, "tests", "programs", "stacks.c")

FAILS = """
#include <sys/socket.h>
#include <sys/un.h>
#include <string.h>
#define KEEP __attribute__((noinline, noclone))
int result;
KEEP void inner_failure(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/x"};
	result = connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&a, sizeof(a));
}
KEEP void outer_failure(void) { inner_failure(); result++; }
int main(void) { outer_failure(); return result; }
"""


def line_of(text, source=SOURCE):
    with open(source) as file:
        return next(number for number, line in enumerate(file, 1) if text in line)


class Sites(Case):
    def sites(self, directory):
        """The rows of calls, each with its site's frames."""
        done = execute([DNDPROF, "report", "--stacks", "--format", "json", directory])
        self.assertEqual(done.status, 0, done.stderr)
        report = json.loads(done.stdout)
        frames = {site["site"]: [] for site in report["call_sites"]["sites"]}
        for frame in report["call_sites"]["frames"]:
            frames[frame["site"]].append(frame)
        return [dict(row, frames=frames[row["site"]]) for row in report["call_sites"]["calls"]]

    def profiled(self, command, **options):
        profile = self.profile(command, options=DETAILED, **options)
        return profile, self.sites(profile.directory)

    def functions(self, row):
        return [frame["function"] for frame in row["frames"]]

    def one(self, rows, call, error=None):
        found = [row for row in rows if row["call"] == call and row["error"] == error]
        self.assertEqual(len(found), 1, rows)
        return found[0]

    def build(self, name, *flags, source=FAILS, compiler="gcc"):
        require(compiler)
        file = self.write(name + (".cc" if compiler == "g++" else ".c"), source)
        done = execute([compiler, "-O1", "-fno-optimize-sibling-calls", *flags, file, "-o",
                        self.path(name)])
        self.assertEqual(done.status, 0, done.stderr)
        return self.path(name)


class C(Sites):
    def test_chains(self):
        profile, rows = self.profiled([program("stacks")])
        self.assertEqual(profile.outcome.status, 0)
        polls = [row for row in rows if row["call"] == "poll"]
        self.assertEqual(sum(row["count"] for row in polls), 3)
        for row in polls:
            self.assertEqual(self.functions(row)[:4],
                             ["innermost_poll", "middle_poll", "plain", "main"])
            self.assertEqual(row["frames"][0]["line"], line_of("int r = poll("))
            self.assertEqual(row["frames"][1]["line"], line_of("int r = innermost_poll("))
            self.assertEqual(os.path.realpath(row["frames"][0]["module"]),
                             os.path.realpath(program("stacks")))
            self.assertTrue(row["frames"][0]["file"].endswith("stacks.c"))
            self.assertGreaterEqual(row["max_ns"], 5_000_000)
        failed = self.one(rows, "connect", "ENOENT")
        self.assertEqual(self.functions(failed)[:3], ["refused_connect", "plain", "main"])
        waited = self.one(rows, "pthread_mutex_lock")
        self.assertEqual(self.functions(waited)[:3], ["wait_for_lock", "plain", "main"])
        self.assertGreaterEqual(waited["total_ns"], 25_000_000)
        lock, = profile.report["timing"]["locks"]
        self.assertEqual(lock["site"], f"wait_for_lock (stacks.c:{line_of('lock(&lock);')})")

    def test_text(self):
        profile, _ = self.profiled([program("stacks")])
        text = execute([DNDPROF, "report", "--stacks", profile.directory]).stdout.decode()
        sites = text[text.index("CALL SITES"):]
        place = rf"\(stacks.c:{line_of('int r = poll(')}\)"
        self.assertRegex(sites, rf"(?m)^ +\d+  innermost_poll {place} in stacks\+0x[0-9a-f]+$")
        self.assertRegex(sites, r"(?m)^Site +Call +Error +Program +Count +Total +Max$")
        self.assertRegex(sites, r"(?m)^\d+ +connect +ENOENT +stacks +1 ")
        self.assertIn("mutex 1 at wait_for_lock (stacks.c:", text)
        self.assertNotIn("CALL SITES", execute([DNDPROF, "report", profile.directory]
                                               ).stdout.decode())

    def test_none_by_default(self):
        profile = self.profile([program("stacks")])
        self.assertEqual(self.sites(profile.directory), [])
        text = execute([DNDPROF, "report", "--stacks", profile.directory]).stdout.decode()
        self.assertIn("DNDPROF_DETAIL=detailed", text[text.index("CALL SITES"):])

    def test_dump(self):
        profile, _ = self.profiled([program("stacks")])
        stacks = [record for record in self.dump(profile.directory) if "stack" in record]
        self.assertEqual({record["call"] for record in stacks} & {"poll", "pthread_mutex_lock"},
                         {"poll", "pthread_mutex_lock"})
        for record in stacks:
            self.assertGreaterEqual(len(record["stack"]), 3)
            self.assertTrue(record["error"] or record["duration_ns"] >= 900_000, record)

    def test_linkages(self):
        for flags in (["-g"], ["-g", "-no-pie"], ["-g", "-fomit-frame-pointer", "-O2"],
                      ["-g", "-gz"], ["-rdynamic", "-s"]):
            with self.subTest(flags):
                _, rows = self.profiled([self.build("fails", *flags)])
                names = self.functions(self.one(rows, "connect", "ENOENT"))
                self.assertEqual(names[:2], ["inner_failure", "outer_failure"])

    def test_stripped(self):
        """Nothing but where in the file it is: which is right, as the file's own symbols show."""
        _, rows = self.profiled([self.build("fails", "-s")])
        frames = self.one(rows, "connect", "ENOENT")["frames"]
        self.assertEqual(frames[0]["problem"], "no symbol")
        whole = execute(["nm", self.build("whole")]).stdout.decode()
        start = int(re.search(r"^(\w+) T inner_failure$", whole, re.M)[1], 16)
        self.assertTrue(start < frames[0]["offset"] < start + 0x100, frames[0])

    def test_files_that_are_no_longer_the_same(self):
        target = self.build("fails", "-g")
        profile, rows = self.profiled([target])
        self.assertEqual(self.functions(self.one(rows, "connect", "ENOENT"))[0], "inner_failure")
        self.build("other", "-g", source=FAILS.replace("result++", "result += 2"))
        for change, problem in ((lambda: shutil.copy(self.path("other"), target),
                                 "file changed since"),
                                (lambda: self.write("fails", "text"), "file changed since"),
                                (lambda: os.unlink(target), "file gone since"),
                                (lambda: os.mkfifo(target), "file changed since")):
            change()
            frame = self.one(self.sites(profile.directory), "connect", "ENOENT")["frames"][0]
            self.assertEqual((frame["function"], frame["problem"]), (None, problem))

    def test_code_in_no_file(self):
        """A stack ends where nobody can tell how it goes on."""
        source = FAILS.replace("int main(void) {", """#include <sys/mman.h>
int main(void) {
	static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
	void *p = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(p, code, sizeof(code));
	((void (*)(void (*)(void)))p)(outer_failure);
	return 0;
""")
        _, rows = self.profiled([self.build("jit", "-g", source=source)])
        frames = self.one(rows, "connect", "ENOENT")["frames"]
        self.assertEqual([frame["function"] for frame in frames],
                         ["inner_failure", "outer_failure", None])
        self.assertIsNone(frames[2]["module"])
        self.assertIn("in no file", frames[2]["problem"])

    def test_library_that_was_closed(self):
        """A file that is mapped no longer still has its names."""
        library = self.build("library.so", "-g", "-shared", "-fPIC",
                             source=FAILS.replace("int main(void)", "int unused(void)"))
        source = f"""#include <dlfcn.h>
int main(void) {{
	void *l = dlopen("{library}", RTLD_NOW);
	((void (*)(void))dlsym(l, "outer_failure"))();
	return dlclose(l);
}}
"""
        _, rows = self.profiled([self.build("opens", "-g", source=source)])
        names = self.functions(self.one(rows, "connect", "ENOENT"))
        self.assertEqual(names[:3], ["inner_failure", "outer_failure", "main"])

    def test_signal_handler(self):
        """From the handler through the kernel's frame to what it interrupted."""
        source = FAILS.replace("int main(void) {", """#include <signal.h>
#include <unistd.h>
void on_signal(int s) { (void)s; outer_failure(); }
KEEP void interrupted(void) { raise(SIGUSR1); result++; }
int main(void) { signal(SIGUSR1, on_signal); interrupted(); return 0;
""")
        _, rows = self.profiled([self.build("handler", "-g", source=source)])
        names = self.functions(self.one(rows, "connect", "ENOENT"))
        self.assertEqual(names[:3], ["inner_failure", "outer_failure", "on_signal"])
        self.assertIn("interrupted", names)
        self.assertEqual(names[names.index("interrupted") + 1], "main")

    def test_cpp(self):
        source = FAILS.replace("KEEP void outer_failure(void) { inner_failure(); result++; }", """
namespace engine { struct client {
	KEEP void ask(int times) { while (times--) inner_failure(); result++; } }; }
static void outer_failure(void) { engine::client c; c.ask(1); }""").replace(
            ".sun_family = AF_UNIX, .sun_path = ", "AF_UNIX, ")
        _, rows = self.profiled([self.build("cpp", "-g", "-fno-inline", source=source,
                                            compiler="g++")])
        names = self.functions(self.one(rows, "connect", "ENOENT"))
        self.assertEqual(names[:2], ["inner_failure()", "engine::client::ask(int)"])

    def test_python(self):
        _, rows = self.profiled([PYTHON, "-c", "import socket\n"
                                 "s = socket.socket(socket.AF_UNIX)\n"
                                 "try: s.connect('/nonexistent/x')\n"
                                 "except FileNotFoundError: pass\n"])
        names = self.functions(self.one(rows, "connect", "ENOENT"))
        self.assertTrue(any(name and re.match("_?PyEval", name) for name in names), names)

    def test_musl(self):
        profile = self.profile([program("hello_musl")], options=DETAILED)
        self.assertEqual(profile.outcome.status, 5)
        row, = profile.coverage("hello_musl")
        self.assertIn("stacks: none of C code", str(row))


class Go(Sites):
    """Stripped, position-independent, dynamic or not: by Go's own tables."""

    def assertChain(self, row, expected, source):
        names = self.functions(row)
        first = names.index(expected[0])
        self.assertEqual(names[first:first + len(expected)], expected, names)
        for frame in row["frames"]:
            if frame["function"] and frame["function"].startswith("main."):
                self.assertTrue(frame["file"].endswith(".go"), frame)
        return {frame["function"]: frame for frame in row["frames"]}

    def test_chains(self):
        source = os.path.join(SOURCES, "fails.go")
        for linkage in LINKAGES:
            with self.subTest(linkage):
                _, rows = self.profiled([linked("fails", linkage)])
                failed = self.one(rows, "connect", "ENOENT")
                frames = self.assertChain(failed, ["main.innermost", "main.middle", "main.main",
                                                   "runtime.main", "runtime.goexit"], source)
                self.assertIn("net.(*sysDialer).dialUnix", frames)
                self.assertEqual(frames["main.innermost"]["line"], line_of("net.Dial(", source))
                self.assertEqual(frames["main.middle"]["line"], line_of("innermost()\n", source))
                self.assertEqual(os.path.basename(frames["main.middle"]["file"]), "fails.go")
                waits = [row for row in rows if row["call"] in ("wait4", "waitid") and
                         row["max_ns"] > 40_000_000]
                self.assertEqual(len(waits), 1, rows)
                frames = self.assertChain(waits[0], ["main.slow", "main.main", "runtime.main"],
                                          source)
                self.assertEqual(frames["main.slow"]["line"], line_of("exec.Command(", source))

    def test_docker(self):
        for linkage in ("dynamic", "static"):
            with self.subTest(linkage):
                _, rows = self.profiled([docker(linkage), "-H", "unix:///nonexistent/x.sock",
                                         "ps"])
                names = self.functions(self.one(rows, "connect", "ENOENT"))
                self.assertIn("net.(*sysDialer).dialUnix", names)
                self.assertIn("net/http.(*Transport).dialConn", names)
                self.assertEqual(names[-1], "runtime.goexit")

    def test_versions(self):
        """A server whose port is taken, and children that are waited for."""
        seen = set()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            for version, path in test_go_versions.programs("esbuild"):
                with self.subTest(version=version):
                    _, rows = self.profiled(
                        ["sh", "-c", 'sleep 2 | "$@"', "sh", path,  # it ends with its input
                         f"--servedir={self.directory}",
                         f"--serve=127.0.0.1:{taken.getsockname()[1]}"])
                    row, = [row for row in rows if row["error"] == "EADDRINUSE"]
                    names = self.functions(row)
                    self.assertIn("net.socket", names)
                    self.assertIn("net.Listen", names)
                    seen.add(version)
        harness.require("git")
        execute(["git", "init", "-q", self.directory])
        self.write("lefthook.yml", "pre-commit:\n  commands:\n    first: {run: sleep 0.1}\n")
        for version, path in test_go_versions.programs("lefthook"):
            with self.subTest(version=version):
                _, rows = self.profiled([path, "run", "pre-commit", "--force", "--no-tty"],
                                        cwd=self.directory)
                names = {name for row in rows if row["call"] in ("wait4", "waitid")
                         for name in self.functions(row)}
                self.assertIn("os/exec.(*Cmd).Wait", names)
                seen.add(version)
        self.assertLessEqual({"go1.19", "go1.20", "go1.22", "go1.23", "go1.21", "go1.24",
                              "go1.25", "go1.27"}, seen)

    def test_none_by_default(self):
        profile = self.profile([linked("fails", "static")])
        self.assertEqual(self.sites(profile.directory), [])


class GoUnnoticed:
    """What the Go gate must leave alone, with stacks of what is slow or fails."""

    def profile(self, command, env=None, stdin=b"", options=(), **settings):
        return super().profile(command, env, stdin, options=(*options, *DETAILED), **settings)

    def test_garbage_signals_and_stacks(self):
        super().test_garbage_signals_and_stacks()

    def test_killed_at_any_moment(self):
        """Nothing of it depends on the level."""


class StaticGo(GoUnnoticed, test_go.StaticStress):
    pass


class DynamicGo(GoUnnoticed, test_go.DynamicStress):
    pass


class GoVersions(GoUnnoticed, test_go_versions.Versions):
    def test_garbage_signals_and_stacks(self):
        """Of the stress program only."""


class Unnoticed(Sites):
    """Threads with small stacks, signals, cancelled and forked ones, libraries that come and go."""

    def test_storm(self):
        profile = self.profile([program("stacks"), "storm", "4"], options=DETAILED)
        self.assertEqual((profile.outcome.status, profile.outcome.stderr), (0, b""))
        rows = self.sites(profile.directory)
        self.assertTrue(any(row["call"] == "connect" for row in rows))

    def test_memory(self):
        """Some thousands of stacks later it is no larger."""
        source = FAILS.replace("int main(void) {", """#include <stdio.h>
#include <time.h>
#include <unistd.h>
static long rss(void)
{
	long pages = 0, all;
	FILE *f = fopen("/proc/self/statm", "r");
	if (fscanf(f, "%ld %ld", &all, &pages) != 2) return -1;
	fclose(f);
	return pages;
}
KEEP void deeper(int n) { volatile char room[64]; room[0] = 1; if (n) deeper(n - 1);
	else inner_failure(); room[1] = 1; }
int main(void) {
	long before = 0;
	struct timespec t, s;
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	clock_gettime(CLOCK_MONOTONIC, &s);
	for (int i = 0; ; i++) {
		deeper(i % 40);
		clock_gettime(CLOCK_MONOTONIC, &t);
		if (!before && t.tv_sec > s.tv_sec + 1) before = rss();
		if (t.tv_sec > s.tv_sec + 4) break;
	}
	usleep(100000); /* the ring may hold the calls of the last moment alone: one deserves a stack */
	inner_failure();
	printf("%ld\\n", rss() - before);
	return 0;
""").replace("connect(socket(AF_UNIX, SOCK_STREAM, 0)", "connect(fd").replace("int result;", "int result, fd;"
        ).replace("outer_failure(); return result;", "return 0;")
        profile, rows = self.profiled([self.build("many", source=source)])
        self.assertTrue(rows)
        self.assertLess(int(profile.outcome.stdout), 100)

    def test_without_libunwind(self):
        """No stacks, and the report says why."""
        source = 'void *dlopen(const char *name, int flags) { return 0; }'
        hide = self.build("hide.so", "-shared", "-fPIC", source=source)
        env = environment(LD_PRELOAD=f"{SHIM}:{hide}", DNDPROF_DETAIL="detailed",
                          DNDPROF_DIR=self.path("profiles"))
        self.assertEqual(execute([self.build("fails")], env).status, 0)
        self.assertEqual(self.sites(self.path("profiles")), [])
        text = execute([DNDPROF, "report", self.path("profiles")]).stdout.decode()
        self.assertIn("libunwind-x86_64.so.8", re.sub(r"\s+", " ", text))


if __name__ == "__main__":
    unittest.main()
