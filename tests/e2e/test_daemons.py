"""The engine's own daemons under the shim: dockerd, containerd, its shim and runc. Containers behave
as they always do, and nothing of us is in them."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

import harness
from go_programs import docker
from harness import DNDPROF, ROOT, SHIM, Case, environment, execute

ENGINE = os.path.join(ROOT, "scripts", "engine")
INSIDE = ("/bin/busybox id; /bin/busybox env; /bin/busybox ps -o args; "
          "echo /proc/1/fd/*; "
          "/bin/busybox grep -c . /proc/1/status; "
          "/bin/busybox grep -E '^(Seccomp|NoNewPrivs|TracerPid|SigIgn|SigBlk)' /proc/1/status; "
          "/bin/busybox cat /proc/1/maps | /bin/busybox grep -c -i dndprof; exit 11")


class Daemons(Case):
    def container(self, client, env):
        """What a container finds, run, exec'd into, logged and removed: (status, output) of each."""
        run = ["run", "--pull", "never", "--network", "none", "--hostname", "box", "--env", "A=b"]
        steps = [
            [*run, "--rm", "bb:1", "/bin/busybox", "sh", "-c", INSIDE],
            [*run, "-d", "--name", "one", "bb:1", "/bin/busybox", "sleep", "60"],
            ["exec", "one", "/bin/busybox", "sh", "-c", INSIDE],
            ["top", "one", "-o", "args"],
            ["kill", "one"],
            ["wait", "one"],
            ["logs", "one"],
            ["rm", "one"],
            [*run, "--rm", "bb:1", "/nonexistent"],
        ]
        results = []
        for step in steps:
            done = execute([client, *step], env)
            output = done.stdout if "-d" not in step else b""
            results.append((step[0], done.status, output))
        return results

    def test_daemons(self):
        client = docker("dynamic")
        native = self.container(client, environment(DOCKER_HOST=harness.engine(),
                                                    HOME=self.directory))
        place = tempfile.mkdtemp(prefix="dndprof-daemons-", dir="/tmp")
        self.addCleanup(shutil.rmtree, place, ignore_errors=True)
        engine = ["--dir", os.path.join(place, "engine")]
        env = environment(ENGINE_PRELOAD=SHIM, DNDPROF_DIR=os.path.join(place, "runs"))
        started = subprocess.run([ENGINE, "start", *engine], env=env, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, timeout=120)
        self.addCleanup(subprocess.run, [ENGINE, "stop", *engine])
        self.assertEqual(started.returncode, 0)
        host = started.stdout.decode().strip().split("=", 1)[1]
        watched = self.container(client, environment(DOCKER_HOST=host, HOME=self.directory))
        for before, after in zip(native, watched):
            self.assertEqual(before, after)
        self.assertEqual(native[0][1], 11)
        subprocess.run([ENGINE, "stop", *engine], check=True)

        done = execute([DNDPROF, "report", "--format", "json",
                        *[entry.path for entry in os.scandir(os.path.join(place, "runs"))]])
        report = json.loads(done.stdout)
        gates = {}
        for row in report["coverage"]:
            gates.setdefault(row["program"], set()).add(row["gate"])
        for program in ("dockerd", "containerd", "containerd-shim-runc-v2", "runc"):
            self.assertIn("libc+go", gates.get(program, set()), (program, gates))
        self.assertNotIn("busybox", [row["program"] for row in report["coverage"]
                                     if row["gate"] != "unobserved"])
        self.assertEqual({row["lost_slots"] for row in report["coverage"]
                          if row["program"] in ("dockerd", "containerd")
                          and not row["forked"]}, {0})
        served = {(row["method"], row["endpoint"]): row["count"] for row in report["endpoints"]
                  if row["role"] == "server"}
        self.assertEqual(served.get(("POST", "/containers/create")), 3)
        self.assertEqual(served.get(("POST", "/containers/{id}/start")), 3)
        self.assertEqual(served.get(("POST", "/containers/{id}/exec")), 1)


if __name__ == "__main__":
    unittest.main()
