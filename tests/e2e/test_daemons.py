"""The engine's own daemons under the shim: dockerd, containerd, its shim and runc. Containers behave
as they always do, and nothing of us is in them."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

from go_programs import docker, static_runc
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

    def watched(self, path=os.environ["PATH"]):
        """The same containers of an engine with and without the variable, its programs found along
        that path; the report."""
        client = docker("dynamic")
        place = tempfile.mkdtemp(prefix="dndprof-daemons-", dir="/tmp")
        self.addCleanup(shutil.rmtree, place, ignore_errors=True)
        runs = os.path.join(place, "runs")
        found = []
        for name, variables in (("native", {}),
                                ("watched", {"ENGINE_PRELOAD": SHIM, "DNDPROF_DIR": runs})):
            engine = ["--dir", os.path.join(place, name)]
            started = subprocess.run([ENGINE, "start", *engine],
                                     env=environment(PATH=path, **variables),
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=120)
            self.addCleanup(subprocess.run, [ENGINE, "stop", *engine])
            self.assertEqual(started.returncode, 0)
            host = started.stdout.decode().strip().split("=", 1)[1]
            found.append(self.container(client, environment(DOCKER_HOST=host,
                                                            HOME=self.directory)))
            subprocess.run([ENGINE, "stop", *engine], check=True)
        for before, after in zip(*found):
            self.assertEqual(before, after)
        self.assertEqual(found[0][0][1], 11)
        done = execute([DNDPROF, "report", "--format", "json",
                        *[entry.path for entry in os.scandir(runs)]])
        return json.loads(done.stdout)

    @staticmethod
    def gates(report):
        gates = {}
        for row in report["coverage"]:
            gates.setdefault(row["program"], set()).add(row["gate"])
        return gates

    def test_static_runc(self):
        """runc as its own project builds it: injected at each exec, also where it starts itself from
        memory, and gone from what it becomes."""
        runc = os.path.dirname(static_runc())
        gates = self.gates(self.watched(runc + ":" + os.environ["PATH"]))
        self.assertEqual(gates["runc"], {"go"})
        self.assertIn("go", gates["exe"])
        self.assertNotIn("busybox", [program for program, seen in gates.items()
                                     if seen != {"unobserved"}])

    def test_daemons(self):
        report = self.watched()
        gates = self.gates(report)
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
