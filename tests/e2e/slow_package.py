"""Debian packages by `make deb`'s script: built from a copy by debhelper, clean to lintian, working when
unpacked; and a real `make install` on this system, after which nothing is left."""

import glob
import os
import shutil
import unittest

import harness
from harness import ROOT, Case, environment, execute, require, require_root
from test_install import files, make

harness.LIMIT_SECONDS = 850  # two processors at work on other things


class Package(Case):
    def test_built_and_clean(self):
        require("dpkg-buildpackage", "dh", "lintian", "fakeroot")
        done = execute([os.path.join(ROOT, "scripts/packaging/deb"), self.directory])
        self.assertEqual(done.status, 0, done.stdout[-2000:] + done.stderr[-2000:])
        said = [line for line in done.stdout.decode().splitlines()
                if line[:3] in ("E: ", "W: ", "I: ", "P: ")]
        self.assertEqual(said, [])
        names = {os.path.basename(path).split("_")[0]: path
                 for path in glob.glob(self.path("deb/*.deb"))}
        self.assertIn("dndprof-dev", names)
        root = self.path("root")
        for name in ("dndprof", "dndprof-dev"):
            self.assertEqual(execute(["dpkg-deb", "-x", names[name], root]).status, 0)
        there = files(root)
        for path in ("usr/bin/dndprof", "usr/lib/x86_64-linux-gnu/libdndprof.so",
                     "usr/include/dndprof/dndprof.h", "usr/share/man/man1/dndprof-run.1.gz",
                     "usr/lib/x86_64-linux-gnu/pkgconfig/dndprof.pc",
                     "usr/share/zsh/vendor-completions/_dndprof"):
            self.assertIn(path, there)
        env = environment(DNDPROF_DIR=self.path("runs"))
        done = execute([root + "/usr/bin/dndprof", "run", "--", "true"], env)
        self.assertEqual(done.status, 0, done)
        self.assertIn(b"libc ", done.stderr)


class System(Case):
    def test_real_install(self):
        require_root()
        before = files("/usr/local")
        if any("dndprof" in path for path in before):
            raise unittest.SkipTest("/usr/local has a dndprof of somebody's")
        self.addCleanup(make, "uninstall")
        make("install")
        env = environment(LD_PRELOAD="libdndprof.so", DNDPROF_DIR=self.path("runs"))
        done = execute(["/bin/sh", "-c", "true"], env)
        self.assertEqual((done.status, done.stderr), (0, b""))
        self.assertTrue(glob.glob(self.path("runs/*/*.dndprof")))
        if shutil.which("man"):
            self.assertEqual(execute(["man", "-w", "dndprof-ci-init"], environment()).status, 0)
        make("uninstall")
        self.assertEqual(files("/usr/local"), before)


if __name__ == "__main__":
    unittest.main()
