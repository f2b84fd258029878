"""The scripts: the demo shows what it promises, the private engine leaves no trace and touches
nothing that is not its own, setup is quick when all is there."""

import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import harness
from go_programs import docker
from harness import Case, environment, execute, require_root


def script(name, *arguments, env=None):
    return execute([os.path.join(harness.ROOT, "scripts", name), *arguments], env)


def mounts(directory):
    with open("/proc/self/mountinfo") as file:
        return [line for line in file if f" {directory}/" in line]


def processes(directory):
    """Those whose command line names something in the directory."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if f"{directory}/".encode() in file.read():
                    found.append(pid)
        except OSError:
            pass
    return found


class Engine(Case):
    def test_life(self):
        harness.engine()  # skips where none can run
        place = self.path("e")
        self.assertEqual(script("engine", "status", "--dir", place).status, 1)
        temporary = self.path("t")
        os.mkdir(temporary)
        started = script("engine", "start", "--dir", place, env=environment(TMPDIR=temporary))
        self.assertEqual(started.status, 0, started.stderr)
        host = started.stdout.decode().strip().split("=", 1)[1]
        self.assertEqual(script("engine", "start", "--dir", place).stdout, started.stdout)
        self.assertEqual(script("engine", "status", "--dir", place).status, 0)
        run = execute(["docker", "-H", host, "run", "-d", "--pull", "never", "--network", "none",
                       "bb:1", "sleep", "600"])
        self.assertEqual(run.status, 0, run.stderr)
        for pid in processes(place):  # as dockerd asks it when it does not answer in time
            with open(f"/proc/{pid}/comm") as file:
                if file.read() == "containerd\n":
                    os.kill(int(pid), signal.SIGUSR1)
        dumped = os.path.join(place, "tmp", "containerd.*.stacks.log")
        until = time.monotonic() + 10
        while not glob.glob(dumped) and time.monotonic() < until:
            time.sleep(0.01)
        self.assertTrue(glob.glob(dumped))
        stopped = script("engine", "stop", "--dir", place)
        self.assertEqual(stopped.status, 0, stopped.stderr)
        self.assertFalse(os.path.exists(place))
        self.assertEqual(os.listdir(temporary), [])
        self.assertEqual((mounts(place), processes(place)), ([], []))
        self.assertEqual(script("engine", "stop", "--dir", place).status, 0)

    def test_after_a_crash(self):
        harness.engine()
        place = self.path("e")
        self.assertEqual(script("engine", "start", "--dir", place).status, 0)
        with open(os.path.join(place, "pid")) as file:
            os.kill(int(file.read()), 9)
        time.sleep(0.2)
        self.assertEqual(script("engine", "start", "--dir", place).status, 0)
        self.assertEqual(script("engine", "stop", "--dir", place).status, 0)
        self.assertEqual((mounts(place), processes(place)), ([], []))

    def test_leaves_others_alone(self):
        self.write("precious", "data")
        for command in ("start", "stop"):
            self.assertEqual(script("engine", command, "--dir", self.directory).status, 1)
        self.assertTrue(os.path.exists(self.path("precious")))

    def test_usage(self):
        for arguments in ([], ["nonsense"], ["start", "--dir"], ["start", "--nonsense"]):
            self.assertEqual(script("engine", *arguments).status, 2, arguments)

    def test_without_root(self):
        require_root()
        place = self.path("e")
        os.chmod(self.directory, 0o777)
        done = execute(["setpriv", "--reuid=65534", "--clear-groups", "bash",
                        os.path.join(harness.ROOT, "scripts", "engine"), "start", "--dir", place])
        if b"Permission denied" in done.stderr:
            raise unittest.SkipTest("another user cannot read this tree")
        self.assertEqual(done.status, 1)
        self.assertIn(b"root", done.stderr)


class Setup(Case):
    def test_nothing_to_do_when_all_is_there(self):
        """Neither a list of packages is asked for nor one installed."""
        os.mkdir(self.path("bin"))
        for tool in ("apt-get", "npm"):
            self.write(os.path.join("bin", tool), "#!/bin/sh\necho asked\nexit 1\n", 0o755)
        env = environment(PATH=self.path("bin") + ":" + os.environ["PATH"])
        for wanted in ("build", "demo", "check"):
            done = script("setup", wanted, env=env)
            self.assertEqual((done.status, done.stdout), (0, b""), done)

    def test_usage(self):
        for arguments in ([], ["nonsense"], ["build", "demo"]):
            self.assertEqual(script("setup", *arguments).status, 2, arguments)

    def test_another_distribution(self):
        bash = subprocess.run(["which", "bash", "dirname", "paste"], stdout=subprocess.PIPE,
                              text=True).stdout.split()
        os.mkdir(self.path("bin"))
        for tool in bash:
            os.symlink(tool, os.path.join(self.path("bin"), os.path.basename(tool)))
        done = script("setup", "build", env=environment(PATH=self.path("bin")))
        self.assertEqual(done.status, 1, done)
        self.assertIn(b"by hand", done.stderr)
        self.assertIn(b"libjansson-dev", done.stderr)


class Demo(Case):
    def has(self, linkage):
        try:
            return bool(docker(linkage))
        except unittest.SkipTest:
            return False

    def expected(self):
        """What is shown of what: each linkage of docker there is, before the others."""
        of_docker = {"docker, a {} Go program": ["GET /version"],
                     "docker run ({})": ["POST /containers/create", "POST /containers/{id}/start",
                                         "\nhi\n"],
                     "docker build ({})": ["POST /build"]}
        linkages = [linkage for linkage in ("static", "dynamic") if self.has(linkage)]
        expected = {heading.format(linkage): seen for heading, seen in of_docker.items()
                    for linkage in linkages}
        for heading in ("docker-compose: a Python program with threads", "the Python SDK", "curl",
                        "node and dockerode"):
            expected[heading] = ["/containers/json"]
        return expected

    def shown(self, env):
        done = script("demo", os.path.relpath(harness.BUILD, harness.ROOT), env=env)
        text = done.stdout.decode()
        self.assertEqual(done.status, 0, text + done.stderr.decode())
        self.assertNotIn("(exit status", text)
        parts = text.split("######## ")[1:]
        for part in parts:
            for title in ("COVERAGE", "EXECUTIVE SUMMARY", "TIMING ANALYSIS", "CATEGORY BREAKDOWN"):
                self.assertIn(title, part)
        shown = {part.split("\n", 1)[0]: part for part in parts}
        expected = self.expected()
        self.assertEqual(shown.keys(), expected.keys())
        for heading, seen in expected.items():
            for one in seen:
                self.assertIn(one, shown[heading], heading)
        self.assertTrue(parts[0].startswith("docker, a "))
        return text

    def test_private_engine(self):
        harness.engine()
        place = tempfile.mkdtemp(prefix="d", dir="/tmp")  # short: a socket is made below it
        self.addCleanup(shutil.rmtree, place, ignore_errors=True)
        text = self.shown(environment(DOCKER_HOST="unix:///nonexistent.sock", TMPDIR=place))
        self.assertIn("private", text)
        self.assertEqual(os.listdir(place), [])
        self.assertEqual((mounts(place), processes(place)), ([], []))

    def test_running_engine_is_only_asked(self):
        host = harness.engine()
        before = execute(["docker", "-H", host, "ps", "-aq"]).stdout
        self.assertNotIn("private", self.shown(environment(DOCKER_HOST=host)))
        self.assertEqual(execute(["docker", "-H", host, "ps", "-aq"]).stdout, before)


if __name__ == "__main__":
    unittest.main()
