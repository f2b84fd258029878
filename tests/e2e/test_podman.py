"""podman, buildah, skopeo and docker-registry, all dynamic Go: what they do is what they do natively,
with their helpers (conmon, runc) followed and their containers untouched. podman's service is a
second engine, the registry a server; what clients asked them is seen on both sides.

Everything of them lies in one directory. No network: images come from a tar file, containers have
no network. Limits are named, for podman's own defaults want more than some machines allow.
"""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
import unittest

import harness
from go_programs import GATES, docker
from harness import DNDPROF, SHIM, Case, asked, environment, execute, require
from stub import Tap

IMAGE = "localhost/bb:1"
LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"]
RUN = ["run", "--pull", "never", "--network", "none", "--hostname", "box", *LIMITS]
INSIDE = ("/bin/busybox id; /bin/busybox env; echo /proc/1/fd/*; "
          "/bin/busybox grep -E '^(Seccomp|NoNewPrivs|TracerPid|SigIgn|SigBlk)' /proc/1/status; "
          "/bin/busybox grep -c dndprof /proc/1/maps; exit 11")
CONFIG = """version: 0.1
log: {{level: error, accesslog: {{disabled: false}}}}
storage: {{filesystem: {{rootdirectory: {place}/registry}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""
ACCESS = re.compile(r'"([A-Z]+) (/v2/\S*) HTTP/1\.1" (\d+) ')


def without_ids(text):
    """Ids, times and the names podman makes up."""
    text = re.sub(rb"\b[0-9a-f]{12,64}\b", b"ID", text)
    text = re.sub(rb"\d{4}-\d\d-\d\d[T ][\d:.]+\S*", b"DATE", text)
    return re.sub(rb"(?m)HOSTNAME=.*", b"", text)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Storage(Case):
    """A place with one image in it, for the tests of a class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        harness.require_root()
        require("podman", "buildah", "skopeo", "docker-registry", "busybox", "conmon", "runc")
        cls.place = tempfile.mkdtemp(prefix="dndprof-pod-", dir="/tmp")  # short: sockets lie in it
        cls.addClassCleanup(shutil.rmtree, cls.place, ignore_errors=True)
        storage = ["--root", f"{cls.place}/root", "--runroot", f"{cls.place}/run",
                   "--storage-driver", "vfs"]
        cls.podman = ["podman", *storage, "--tmpdir", f"{cls.place}/tmp", "--cgroup-manager",
                      "cgroupfs", "--events-backend", "file"]
        cls.buildah = ["buildah", *storage]
        cls.store = f"containers-storage:[vfs@{cls.place}/root+{cls.place}/run]{IMAGE}"
        cls.env = environment(HOME=cls.place, TMPDIR=cls.place)
        with tarfile.open(f"{cls.place}/image.tar", "w") as tar:
            tar.add(shutil.which("busybox"), "bin/busybox")
            for name in ("sh", "echo", "sleep", "cat"):
                link = tarfile.TarInfo(f"bin/{name}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(link)
        done = execute([*cls.podman, "import", f"{cls.place}/image.tar", IMAGE], cls.env)
        if done.status:
            raise AssertionError(f"podman import: {done.stderr.decode()}")
        done = execute([*cls.podman, *RUN, "--rm", IMAGE, "echo", "hi"], cls.env)
        if done.status:
            raise unittest.SkipTest(f"podman runs no container here: {done.stderr.decode()}")

    def gates(self, profile, *programs):
        """The programs' own processes are observed, by both gates."""
        for program in programs:
            rows = [row for row in profile.coverage(program) if "forked" not in (row["reason"] or "")]
            self.assertTrue(rows, (program, profile.report["coverage"]))
            self.assertEqual({row["gate"] for row in rows}, {"libc+go"}, rows)


class Tools(Storage):
    def test_run(self):
        profile = self.same_outcome([*self.podman, *RUN, "--rm", IMAGE, "sh", "-c", INSIDE],
                                    self.env)
        self.assertEqual(profile.outcome.status, 11)
        self.assertNotIn(b"dndprof", profile.outcome.stdout.lower())
        self.gates(profile, "podman", "runc")
        self.assertEqual({row["gate"] for row in profile.coverage("conmon")}, {"libc"})

    def test_failing(self):
        for command in (["run", "--rm", *LIMITS, "--network", "none", IMAGE, "/nonexistent"],
                        ["inspect", "nothing"], ["nonsense"]):
            with self.subTest(command=command[0]):
                profile = self.same_outcome([*self.podman, *command], self.env,
                                            normalize=without_ids)
                self.assertNotEqual(profile.outcome.status, 0)

    def test_below_a_shell(self):
        """A script of all of them, under the variable."""
        self.write("Dockerfile", f"FROM {IMAGE}\nCOPY file /\nRUN cat /file > /copy\n")
        self.write("file", "contents\n")
        self.write("script", f"""
{' '.join(self.podman)} {' '.join(RUN)} -d --name one {IMAGE} sleep 60 > "$1/id" || exit 1
{' '.join(self.podman)} exec one sh -c 'echo in one; exit 4'; echo "exec $?"
{' '.join(self.podman)} ps --format '{{{{.Names}}}} {{{{.Image}}}}'
{' '.join(self.podman)} kill -s KILL one; {' '.join(self.podman)} wait one
{' '.join(self.podman)} logs one; {' '.join(self.podman)} rm one | wc -l
{' '.join(self.podman)} images --format '{{{{.Repository}}}}' | sort | uniq | wc -l
{' '.join(self.buildah)} bud -q --no-cache --pull-never --isolation chroot --network host \\
	-t built "$1" > /dev/null; echo "build $?"
{' '.join(self.buildah)} images --format '{{{{.Name}}}}' localhost/built
{' '.join(self.podman)} {' '.join(RUN)} --rm localhost/built cat /copy
skopeo copy {self.store} oci:$1/oci:1 | wc -l
{' '.join(self.buildah)} rmi localhost/built > /dev/null; echo "rmi $?"
skopeo inspect --format '{{{{.Os}}}}' oci:$1/oci:1; rm -r "$1/oci"
exit 9
""")
        command = ["bash", self.path("script"), self.directory]
        native = execute(command, self.env)
        runs = self.path("runs")
        watched = execute(command, dict(self.env, LD_PRELOAD=SHIM, DNDPROF_DIR=runs))
        self.assertEqual(without_ids(native.stdout).decode(), without_ids(watched.stdout).decode())
        self.assertEqual(without_ids(native.stderr), without_ids(watched.stderr))
        self.assertEqual((native.status, watched.status), (9, 9))
        for said in (b"in one\nexec 4\n", b"build 0\n", b"contents\n", b"linux\n"):
            self.assertIn(said, native.stdout)
        report = harness.json.loads(
            execute([DNDPROF, "report", "--format", "json", runs]).stdout)
        self.gates(harness.Profile(watched, report, runs), "podman", "buildah", "skopeo", "runc")


class Registry(Storage):
    def start(self, env):
        port = free_port()
        config = self.write("config.yml", CONFIG.format(place=self.directory, port=port))
        log = open(self.path("log"), "w")
        self.addCleanup(log.close)
        server = subprocess.Popen(["docker-registry", "serve", config], env=env, stdout=log,
                                  stderr=log, stdin=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return server, port
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the registry did not start")

    def conversations(self, port):
        """Pushes and asks, natively and observed; the profiles of the latter."""
        place = f"docker://127.0.0.1:{port}/"
        profiles = []
        for command in (["copy", "--dest-tls-verify=false", self.store, place + "bb:NAME"],
                        ["copy", "--src-tls-verify=false", place + "bb:NAME", "dir:NAME"],
                        ["inspect", "--tls-verify=false", "--format", "{{.Os}} {{.Layers}}",
                         place + "bb:NAME"],
                        ["delete", "--tls-verify=false", place + "nothing:NAME"]):
            def named(name, command=command):
                return ["skopeo", *(word.replace("dir:NAME", f"dir:{self.path(name)}")
                                    .replace(":NAME", ":" + name) for word in command)]
            native = execute(named("native"), self.env)
            profile = self.profile(named("watched"), self.env)
            self.assertEqual(profile.outcome.status, native.status, profile.outcome.stderr)
            self.assertEqual(profile.outcome.stdout, native.stdout)
            self.assertEqual(native.status == 0, command[0] != "delete", native.stderr)
            self.gates(profile, "skopeo")
            profiles.append(profile)
        return profiles

    def test_both_sides(self):
        runs = self.path("runs")
        server, port = self.start(dict(self.env, LD_PRELOAD=SHIM, DNDPROF_DIR=runs))
        # A dynamic program: the variable is all it takes. Its profile is whole when it was killed.
        profiles = self.conversations(port)
        server.kill()
        server.wait()
        with open(self.path("log")) as file:
            answered = ACCESS.findall(file.read())
        self.assertGreater(len(answered), 10)
        report = harness.json.loads(
            execute([DNDPROF, "report", "--format", "json", runs]).stdout)
        self.assertEqual({row["category"] for row in report["endpoints"]}, {"registry"})
        served = {}
        for row in report["endpoints"]:
            self.assertEqual(row["role"], "server")
            count, errors = served.get(row["method"], (0, 0))
            served[row["method"]] = (count + row["count"], errors + row["errors"])
        truth = {}
        for method, _, status in answered:
            count, errors = truth.get(method, (0, 0))
            truth[method] = (count + 1, errors + (int(status) >= 400))
        self.assertEqual(served, truth)
        seen = [profile.transactions() for profile in profiles]
        self.assertEqual(seen[0][("PUT", "/v2/{name}/manifests/{id}")], 1)
        self.assertEqual(seen[1][("GET", "/v2/{name}/manifests/{id}")], 1)
        self.assertEqual(seen[2][("GET", "/v2/{name}/tags/list")], 1)
        for path, data in harness.bytes_written(runs, *[p.directory for p in profiles]):
            self.assertNotIn(b"_state=", data, path)  # of the query in which uploads go on


class Service(Storage):
    """podman's service as the engine of other clients."""

    def start(self, env):
        path = f"{self.place}/{len(os.listdir(self.place))}.sock"
        server = subprocess.Popen([*self.podman, "system", "service", "--time", "0",
                                   f"unix://{path}"], env=env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(server.communicate)
        self.addCleanup(server.kill)
        for _ in range(300):
            if server.poll() is not None:
                raise AssertionError(server.stderr.read().decode())
            try:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.connect(path)
                return server, f"unix://{path}"
            except OSError:
                time.sleep(0.1)
        raise AssertionError("podman's service did not start")

    def talk(self, tap):
        """Clients of all kinds: the same as natively, their requests exact."""
        clients = [["podman", "--url", tap.unix_url, "images", "--format", "{{.Repository}}"],
                   ["podman", "--url", tap.unix_url, *RUN, "--rm", IMAGE, "sh", "-c", "exit 3"],
                   ["podman", "--url", tap.unix_url, "inspect", "nothing"],
                   ["curl", "-s", "--unix-socket", tap.path,
                    "http://d/v4.0.0/libpod/_ping",
                    f"http://d/v4.0.0/libpod/images/{IMAGE}/exists",
                    "http://d/v4.0.0/libpod/containers/nothing/json",
                    "http://d/v1.40/containers/json?all=1"]]
        for linkage in GATES:
            if linkage in ("static", "dynamic"):
                try:
                    path = docker(linkage)
                except unittest.SkipTest:
                    continue  # test_docker.py says so
                clients += [[path, "-H", tap.unix_url, "ps", "-q"],
                            [path, "-H", tap.unix_url, *RUN, "--rm", IMAGE, "echo", "hi"]]
        for command in clients:
            with self.subTest(command=command):
                native = execute(command, self.env)
                truth = asked(tap.taken())
                profile = self.profile(command, self.env)
                self.assertEqual(profile.outcome.status, native.status, profile.outcome.stderr)
                self.assertEqual(without_ids(profile.outcome.stdout), without_ids(native.stdout))
                self.assertEqual(asked(tap.taken()), truth, "another conversation than natively")
                self.assertTrue(truth)
                self.assertEqual(profile.transactions(), truth)
                self.assertEqual({row["category"] for row in profile.report["endpoints"]},
                                 {"docker_api"})

    def test_native(self):
        _, url = self.start(self.env)
        tap = Tap(self.directory, url)
        self.addCleanup(tap.close)
        self.talk(tap)

    def test_watched(self):
        """The service itself under the variable: what it answered is what it was asked."""
        runs = self.path("service")
        server, url = self.start(dict(self.env, LD_PRELOAD=SHIM, DNDPROF_DIR=runs))
        path = url[len("unix://"):]
        wanted = [("GET", "/v4.0.0/libpod/_ping"), ("GET", "/v4.0.0/libpod/info"),
                  ("GET", "/v1.40/containers/json"), ("GET", "/v4.0.0/libpod/containers/x/json")]
        connection = http.client.HTTPConnection("d")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(path)
        statuses = []
        for method, target in wanted:
            connection.request(method, target)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()
        self.assertEqual(statuses, [200, 200, 200, 404])
        done = execute(["podman", "--url", url, *RUN, "--rm", IMAGE, "sh", "-c", INSIDE], self.env)
        self.assertEqual(done.status, 11)
        self.assertNotIn(b"dndprof", done.stdout.lower())
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
        report = harness.json.loads(
            execute([DNDPROF, "report", "--format", "json", runs]).stdout)
        profile = harness.Profile(done, report, runs)
        self.gates(profile, "podman", "runc")
        served = {(row["method"], row["endpoint"]): row["count"] for row in report["endpoints"]
                  if row["role"] == "server"}
        for expected in (("GET", "/libpod/info"), ("GET", "/containers/json"),
                         ("POST", "/libpod/containers/create"),
                         ("POST", "/libpod/containers/{id}/start")):
            self.assertEqual(served.get(expected), 1, (expected, served))


if __name__ == "__main__":
    unittest.main()
