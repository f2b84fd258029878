"""`make install` puts everything where it belongs and `make uninstall` takes all of it away; what was
installed works from there."""

import os
import re
import subprocess
import unittest

import harness
from harness import BUILD, ROOT, Case, environment, execute, program, require


def make(*arguments):
    env = environment(MAKEFLAGS=None, MAKELEVEL=None)
    done = execute(["make", "-s", "-C", ROOT, f"BUILD_DIR={os.path.relpath(BUILD, ROOT)}", *arguments], env)
    if done.status:
        raise AssertionError(done.stderr.decode())


def files(directory):
    return sorted(os.path.relpath(os.path.join(place, name), directory)
                  for place, _, names in os.walk(directory) for name in names)


class Install(Case):
    def setUp(self):
        super().setUp()
        require("make")
        if os.path.basename(BUILD) != "build":
            raise unittest.SkipTest("of the plain build only: others have other flags")
        make("install", f"DESTDIR={self.directory}")
        self.local = self.path("usr/local")
        self.library, = (os.path.dirname(os.path.join(self.directory, path))
                         for path in files(self.directory) if path.endswith("libdndprof.so"))

    def test_everything_is_there_and_goes(self):
        there = files(self.directory)
        for path in ("bin/dndprof", "include/dndprof/dndprof.h", "share/man/man1/dndprof-run.1",
                     "share/man/man1/dndprof-ci-init.1", "share/man/man5/dndprof-format.5",
                     "share/bash-completion/completions/dndprof", "share/zsh/site-functions/_dndprof",
                     "share/fish/vendor_completions.d/dndprof.fish", "share/doc/dndprof/ci.md",
                     "share/doc/dndprof/CHANGELOG.md", "share/dndprof/report.schema.json"):
            self.assertIn("usr/local/" + path, there)
        self.assertEqual([path for path in there if not path.startswith("usr/local/")], [])
        make("uninstall", f"DESTDIR={self.directory}")
        self.assertEqual(files(self.directory), [])

    def test_documents_lead_to_each_other(self):
        doc = self.local + "/share/doc/dndprof/"
        for name in ("README.md", "html.md"):
            with open(doc + name, encoding="utf-8") as file:
                links = re.findall(r"\]\(([^)#:]+)\)", file.read())
            self.assertGreater(len(links), 2)
            self.assertEqual([link for link in links if not os.path.exists(doc + link)], [])

    def test_it_runs_from_there(self):
        env = environment(PATH=self.local + "/bin:/usr/bin:/bin", DNDPROF_DIR=self.path("runs"))
        done = execute(["dndprof", "run", "--report", self.path("report"), "--", program("talk"),
                        "unix"], env)
        with open(self.path("report"), encoding="utf-8") as file:
            self.assertIn("COVERAGE", file.read())
        self.assertNotIn(b"dndprof: ", done.stderr)

    def test_a_bare_name(self):
        """As ld.so finds it in a directory it knows."""
        env = environment(LD_PRELOAD="libdndprof.so", LD_LIBRARY_PATH=self.library,
                          DNDPROF_DIR=self.path("runs"))
        done = execute(["sh", "-c", "true"], env)
        self.assertEqual((done.status, done.stderr), (0, b""))
        self.assertTrue([path for path in files(self.path("runs")) if path.endswith(".dndprof")])

    def test_ld_so_knows_the_directory(self):
        with open("/etc/ld.so.conf.d/x86_64-linux-gnu.conf", encoding="utf-8") as file:
            self.assertIn("/usr/local" + self.library[len(self.local):], file.read().split())

    def test_pkg_config(self):
        require("pkg-config", "gcc")
        env = environment(PKG_CONFIG_LIBDIR=self.library + "/pkgconfig",
                          PKG_CONFIG_SYSROOT_DIR=self.directory)
        flags = execute(["pkg-config", "--cflags", "dndprof"], env)
        self.assertEqual(flags.stdout.decode().split(), [f"-I{self.local}/include"], flags.stderr)
        self.write("main.c", "#include <dndprof/dndprof.h>\nint main(void) { return dndprof_stop(), 0; }\n")
        subprocess.run(["gcc", "-Wall", "-Werror", "-o", self.path("main"), self.path("main.c"),
                        *flags.stdout.decode().split()], check=True)
        version = execute(["pkg-config", "--modversion", "dndprof"], env).stdout.decode().strip()
        said = execute([self.local + "/bin/dndprof", "--version"]).stdout.decode()
        self.assertEqual(said, f"dndprof {version}\n")

    def test_man(self):
        require("man")
        done = execute(["man", "-M", self.local + "/share/man", "dndprof-run"],
                       environment(MANWIDTH="80", PAGER="cat"))
        self.assertEqual(done.status, 0, done)
        self.assertIn(b"SYNOPSIS", done.stdout)

    def test_versions_agree(self):
        with open(os.path.join(ROOT, "include", "dndprof", "version.h"), encoding="utf-8") as file:
            version = file.read().split('DNDPROF_VERSION "')[1].split('"')[0]
        with open(os.path.join(ROOT, "scripts/packaging/debian/changelog"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith(f"dndprof ({version}) "))
        with open(os.path.join(ROOT, "scripts/packaging/CHANGELOG.md"), encoding="utf-8") as file:
            self.assertIn(f"\n## {version}\n", file.read())


if __name__ == "__main__":
    unittest.main()
