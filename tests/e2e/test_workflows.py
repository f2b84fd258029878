"""What people do with docker in several steps: builds by BuildKit, docker-compose up to down, exec,
networks, logs that are followed until somebody kills them. What is said is what is said natively,
and each request is seen; a relay between the client and the engine knows which there were."""

import os
import re
import unittest

import harness
from go_programs import GATES, docker
from harness import DNDPROF, SHIM, Case, asked, environment, execute, require
from stub import Tap

CANARY = "c4n4ry-5ecret-W7qZ"
DOCKERFILE = f"""FROM bb:1
COPY file /
RUN --mount=type=secret,id=it /bin/busybox wc -c /run/secrets/it && echo {CANARY} > /none
"""
COMPOSE = """version: "2.4"
services:
  web: {image: "bb:1", command: sh -c "echo said; exec sleep 60"}
"""
ENDING = """version: "2.4"
services:
  web: {image: "bb:1", command: sh -c "exit 5", network_mode: none}
"""


class Workflow(Case):
    def setUp(self):
        super().setUp()
        self.tap = Tap(self.directory, harness.engine())
        self.addCleanup(self.tap.close)
        self.env = environment(DOCKER_HOST=self.tap.unix_url, HOME=self.directory)

    def steps(self, steps, normalize, program, gate):
        """Runs steps natively, then observed; each must end the same, and its requests are those
        the relay saw. The profiles."""
        native = [execute(step, self.env) for step in steps]
        self.tap.taken()
        profiles = []
        for step, before in zip(steps, native):
            profile = self.profile(step, self.env)
            truth = asked(self.tap.taken())
            self.assertEqual(profile.outcome.status, before.status, (step, profile.outcome))
            self.assertEqual(normalize(profile.outcome.stdout), normalize(before.stdout), step)
            self.assertEqual(normalize(profile.outcome.stderr), normalize(before.stderr), step)
            self.assertTrue(truth, step)
            self.assertEqual(profile.transactions(), truth, step)
            row = profile.coverage(program)[0]
            self.assertEqual((row["gate"], row["reason"]), (gate, None))
            profiles.append(profile)
        return profiles

    def streams(self, profile):
        return {row["endpoint"] for row in profile.report["endpoints"] if row["stream"]}


def without_ids(text):
    return re.sub(rb"\b[0-9a-f]{12,64}\b", b"ID", text)


class BuildKit(Workflow):
    """The client speaks HTTP/2 backwards over an upgraded POST /session: the engine is its client."""

    def build(self, path, *options):
        self.write("file", f"GET /{CANARY} HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        self.write("it", f"POST /{CANARY} HTTP/1.1\r\n\r\n")
        self.write("Dockerfile", DOCKERFILE)
        env = dict(self.env, DOCKER_BUILDKIT="1")
        command = [path, "build", "--network", "none", "--no-cache", "--secret",
                   f"id=it,src={self.path('it')}", *options, self.directory]
        native = execute(command, env)
        self.tap.taken()
        return native, self.profile(command, env)

    @staticmethod
    def said(text):
        """The steps: their order, sizes sent and times differ from build to build."""
        kept = [re.sub(r"^#\d+ |sha256:\w+|\b\d+\.\d+s?\b|\bDONE\b|\bdone\b|\bCACHED\b", "", line)
                for line in text.decode().splitlines() if "transferring" not in line]
        return sorted(set(line.strip() for line in kept))

    def test_build(self):
        path = docker("dynamic")
        native, profile = self.build(path, "--progress", "plain")
        self.assertEqual((native.status, profile.outcome.status), (0, 0), profile.outcome)
        self.assertEqual(self.said(profile.outcome.stdout), self.said(native.stdout))
        self.assertEqual(self.said(profile.outcome.stderr), self.said(native.stderr))
        truth = asked(self.tap.taken())
        self.assertEqual(truth, {("HEAD", "/_ping"): 1, ("POST", "/session"): 1,
                                 ("POST", "/build"): 1})
        self.assertEqual(profile.transactions(), truth)
        self.assertEqual(self.streams(profile), {"/session"})
        row, = profile.coverage("docker")
        self.assertEqual((row["gate"], row["reason"]), ("libc+go", None))
        searched = 0
        for place, data in harness.bytes_written(profile.directory):
            searched += len(data)
            self.assertNotIn(CANARY.encode(), data, place)
        self.assertGreater(searched, 1000)

    def test_failing_build(self):
        """A step that fails: its status is the client's."""
        native, profile = self.build(docker("dynamic"), "--progress", "plain", "--build-arg", "x=y",
                                     "--target", "nothing")
        self.assertEqual((native.status, profile.outcome.status), (1, 1))
        self.assertEqual(self.said(profile.outcome.stderr), self.said(native.stderr))
        self.assertEqual(profile.transactions(), asked(self.tap.taken()))

    def test_without_buildx(self):
        """Upstream's client builds by a plugin alone; without one it says so, as ever."""
        path = docker("static")
        native, profile = self.build(path)
        if not native.status:
            self.skipTest("this docker has its buildx")
        self.assertEqual(profile.outcome, native)
        self.assertEqual(profile.coverage("docker")[0]["gate"], "go")


class Compose(Workflow):
    def setUp(self):
        super().setUp()
        require("docker-compose")
        harness.require_root()

    @staticmethod
    def said(text):
        """Threads tell their progress in any order."""
        return sorted(set(re.sub(rb"\x1b\[\d*[a-zA-Z]", b"", without_ids(text)).splitlines()))

    def test_up_and_down(self):
        file = self.write("docker-compose.yml", COMPOSE)
        compose = ["docker-compose", "-f", file, "-p", "flow"]
        self.addCleanup(execute, [*compose, "down", "-t", "0"], self.env)
        profiles = self.steps([[*compose, *step] for step in (
            ["up", "-d"], ["ps", "-q"], ["exec", "-T", "web", "sh", "-c", "echo in web; exit 3"],
            ["logs", "--no-color"], ["kill"], ["down", "-t", "0"])],
            self.said, "docker-compose", "libc")
        self.assertEqual([profile.outcome.status for profile in profiles], [0, 0, 3, 0, 0, 0])
        up, _, inside, _, _, down = [profile.transactions() for profile in profiles]
        for endpoint in ("/networks/create", "/containers/create", "/containers/{id}/start"):
            self.assertEqual(up[("POST", endpoint)], 1)
        self.assertEqual(inside[("POST", "/exec/{id}/start")], 1)
        self.assertEqual(self.streams(profiles[2]), {"/exec/{id}/start"})
        self.assertEqual(down[("DELETE", "/containers/{id}")], 1)
        self.assertEqual(down[("DELETE", "/networks/{id}")], 1)

    def test_attached(self):
        """up in the foreground: streams of events and output, until the container ends."""
        file = self.write("docker-compose.yml", ENDING)
        compose = ["docker-compose", "-f", file, "-p", "ends"]
        self.addCleanup(execute, [*compose, "down", "-t", "0"], self.env)
        up, _ = self.steps([[*compose, "up", "--abort-on-container-exit"],
                            [*compose, "down", "-t", "0"]], self.said, "docker-compose", "libc")
        self.assertEqual(up.outcome.status, 5)
        self.assertIn("/events", self.streams(up))


class Client:
    """docker's client of one linkage."""

    linkage = None

    def setUp(self):
        super().setUp()
        self.docker = docker(self.linkage)
        self.addCleanup(execute, [self.docker, "rm", "-f", "flow"], self.env)
        done = execute([self.docker, "run", "-d", "--pull", "never", "--network", "none", "--name",
                        "flow", "bb:1", "sh", "-c", "echo first; exec sleep 600"], self.env)
        self.assertEqual(done.status, 0, done.stderr)
        self.tap.taken()

    def client(self, *steps):
        return self.steps([[self.docker, *step] for step in steps], without_ids, "docker",
                          GATES[self.linkage])

    def test_exec(self):
        found, failed, _, _ = self.client(
            ["exec", "flow", "sh", "-c", "echo out; echo err >&2; exit 4"],
            ["exec", "flow", "/nonexistent"], ["exec", "-d", "flow", "true"],
            ["exec", "nothing", "true"])
        self.assertEqual((found.outcome.status, found.outcome.stdout, found.outcome.stderr),
                         (4, b"out\n", b"err\n"))
        self.assertIn(failed.outcome.status, (126, 127))
        self.assertEqual(self.streams(found), {"/exec/{id}/start"})

    def test_network(self):
        execute([self.docker, "network", "rm", "flow-net"], self.env)
        profiles = self.client(["network", "create", "flow-net"],
                               ["network", "inspect", "-f", "{{.Driver}}", "flow-net"],
                               ["network", "ls", "-q", "-f", "name=flow-net"],
                               ["network", "rm", "flow-net"], ["network", "inspect", "flow-net"])
        self.assertEqual([profile.outcome.status for profile in profiles][-1], 1)
        self.assertEqual(profiles[1].outcome.stdout, b"bridge\n")

    def test_killed_logs(self):
        """logs -f ended by each signal: status as natively, the stream is there."""
        script = ('"$0" logs -f flow > "$1" 2> /dev/null & until [ -s "$1" ]; do sleep 0.05; done; '
                  'kill -$2 $!; wait $!; echo "ended $?"; cat "$1"')
        numbers = re.compile(rb" *\d+ (?=Killed|Hangup|Terminated)")
        for name in ("KILL", "TERM", "HUP"):
            with self.subTest(signal=name):
                out = self.path("out")
                command = ["bash", "-c", script, self.docker, out, name]
                native = execute(command, self.env)
                self.tap.taken()
                os.unlink(out)
                runs = self.path("runs-" + name)
                watched = execute(command, dict(self.env, LD_PRELOAD=SHIM, DNDPROF_DIR=runs))
                os.unlink(out)
                self.assertEqual((watched.status, watched.stdout), (native.status, native.stdout))
                self.assertEqual(numbers.sub(b"", watched.stderr), numbers.sub(b"", native.stderr))
                self.assertTrue(native.stdout.endswith(b"\nfirst\n"), native.stdout)
                report = harness.json.loads(
                    execute([DNDPROF, "report", "--format", "json", runs]).stdout)
                profile = harness.Profile(watched, report, runs)
                self.assertEqual(profile.transactions(), asked(self.tap.taken()))
                self.assertEqual(self.streams(profile), {"/containers/{id}/logs"})


class Dynamic(Client, Workflow):
    linkage = "dynamic"


class Static(Client, Workflow):
    linkage = "static"


if __name__ == "__main__":
    unittest.main()
