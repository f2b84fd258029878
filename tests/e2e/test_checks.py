"""Checks of a network: the commands people check with, run for real, are known for what they check
and how it ended; what looks like one and is none is not; a label wins over both."""

import os
import re
import socket
import threading
import unittest

import harness
from go_programs import LINKAGES, docker, linked
from harness import DNDPROF, PYTHON, Case, environment, execute, require
from resolver import resolving
from stub import Answer, Stub

NETWORK_INFO = "network_info (bridge|isolation|overlap)"
SDK = """
import docker
client = docker.from_env()
client.ping()
web = client.containers.get("checks-web")
web.exec_run(["ping", "-c1", "localhost"])
web.exec_run("ping -c 1 127.0.0.1")
web.exec_run(["nslookup", "none.test"])
web.exec_run(["echo", "ping localhost"])
client.networks.list()
"""


class Checks(Case):
    def rows(self, profile):
        return {row["check"]: row for row in profile.report["checks"]}

    def ended(self, profile):
        """(count, succeeded, failed) by check."""
        return {name: (row["count"], row["succeeded"], row["failed"])
                for name, row in self.rows(profile).items()}

    def run_checks(self, command, env=None, status=0, **settings):
        profile = self.profile(command, env, **settings)
        self.assertEqual(profile.outcome.status, status, profile.outcome)
        return profile

    def inside(self, command, env=None, status=0):
        """The same in a network of our own."""
        runs, report = self.path("runs"), self.path("report.json")
        done = resolving(self, [DNDPROF, "run", "-o", runs, "--format", "json", "--report", report,
                                "--", *command], env)
        self.assertEqual(done.status, status, done)
        with open(report) as file:
            return harness.Profile(done, harness.json.load(file), runs)

    def listening(self):
        """A port of ours where connections are accepted."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        return server.getsockname()[1]

    def closed(self):
        """A port where nobody listens."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            return server.getsockname()[1]


class Kernel(Checks):
    """What is asked of the kernel, by the tools there are for it."""

    def test_ip_forwarding(self):
        require("sysctl")
        name = "/proc/sys/net/ipv4/ip_forward"
        for command in (["sysctl", "net.ipv4.ip_forward"], ["cat", name],
                        ["bash", "-c", f"read -r x <{name}"],
                        [PYTHON, "-c", f"open('{name}').read()"],
                        ["sh", "-c", "sysctl -n net.ipv4.ip_forward"]):
            with self.subTest(command=command):
                profile = self.run_checks(command)
                self.assertEqual(self.ended(profile), {"ip_forwarding": (1, 1, 0)})
                self.assertEqual(self.rows(profile)["ip_forwarding"]["recognised_by"], ["rule"])

    def test_not_ip_forwarding(self):
        require("sysctl")
        for command in (["sysctl", "net.ipv4.ip_default_ttl"], ["cat", "/proc/sys/kernel/ostype"],
                        [PYTHON, "-c", "import os; os.close(os.open('/proc/sys/net/ipv4/ip_forward',"
                                       " os.O_WRONLY))"]):
            with self.subTest(command=command):
                self.assertEqual(self.ended(self.profile(command)), {})

    def test_iptables(self):
        require("iptables")
        harness.require_root()
        for command in (["iptables", "--version"], ["sh", "-c", "iptables -V; true"],
                        [PYTHON, "-c", "import subprocess; subprocess.run(['ip6tables', '-V'])"]):
            with self.subTest(command=command):
                profile = self.run_checks(command)
                self.assertEqual(self.ended(profile), {"iptables": (1, 1, 0)})
        profile = self.run_checks(["sh", "-c", "iptables --no-such-option; true"])
        self.assertEqual(self.ended(profile), {"iptables": (1, 0, 1)})

    def test_mtu(self):
        require("ip")
        ask = ("import fcntl, socket; fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM),"
               " 0x8921, b'lo' + bytes(38))")
        for command in (["ip", "link"], ["sh", "-c", "ip -o addr | cat"], [PYTHON, "-c", ask]):
            with self.subTest(command=command):
                profile = self.run_checks(command)
                self.assertEqual(self.ended(profile), {"mtu_consistency": (1, 1, 0)})
        profile = self.profile([PYTHON, "-c", ask.replace("b'lo'", "b'no'")])
        self.assertEqual(self.ended(profile), {"mtu_consistency": (1, 0, 1)})

    def test_not_mtu(self):
        require("ip")
        for command in (["ip", "link", "show", "lo"], ["ip", "route"]):
            with self.subTest(command=command):
                self.assertEqual(self.ended(self.run_checks(command)), {})

    def test_go(self):
        """A Go program's own library asks the same, however the program is linked."""
        require("iptables")
        port, none = self.listening(), self.closed()
        for linkage in LINKAGES:
            with self.subTest(linkage=linkage):
                profile = self.same_outcome(
                    [linked("doctor", linkage), "forward", "write", "links", "tcp",
                     f"127.0.0.1:{port}", "firewall", "tcp", f"127.0.0.1:{none}"])
                self.assertEqual(self.ended(profile), {
                    "ip_forwarding": (1, 1, 0), "mtu_consistency": (1, 1, 0),
                    "iptables": (1, 1, 0), "port_binding": (2, 1, 1)})


class Names(Checks):
    def test_dns(self):
        require("nslookup", "getent")
        for command, result in ((["nslookup", "fast.test"], (1, 1, 0)),
                                (["getent", "ahosts", "fast.test"], (1, 1, 0)),
                                ([PYTHON, "-c", "import socket; socket.getaddrinfo('fast.test', 1)"],
                                 (1, 1, 0)),
                                (["sh", "-c", "getent ahosts gone.test; true"], (1, 0, 1))):
            with self.subTest(command=command):
                profile = self.inside(command)
                self.assertEqual(self.ended(profile), {"dns_resolution": result})
        profile = self.inside(["nslookup", "slow.test"])
        self.assertGreater(self.rows(profile)["dns_resolution"]["max_ns"], 200_000_000)

    def test_numbers_are_no_names(self):
        ask = "import socket; socket.getaddrinfo('127.0.0.1', 80); socket.getaddrinfo('::1', 80)"
        self.assertEqual(self.ended(self.run_checks([PYTHON, "-c", ask])), {})


class Ports(Checks):
    def test_port(self):
        require("nc")
        port, none = self.listening(), self.closed()
        connect = "import socket; socket.create_connection(('127.0.0.1', %d)).close()"
        for command, result in ((["nc", "-z", "127.0.0.1", str(port)], (1, 1, 0)),
                                (["sh", "-c", f"nc -z 127.0.0.1 {none}; true"], (1, 0, 1)),
                                ([PYTHON, "-c", connect % port], (1, 1, 0)),
                                (["bash", "-c", f": </dev/tcp/127.0.0.1/{port}"], (1, 1, 0))):
            with self.subTest(command=command):
                self.assertEqual(self.ended(self.run_checks(command)), {"port_binding": result})

    def test_bytes_are_no_check(self):
        """An ordinary request, a greeting that is read, a datagram."""
        stub = Stub(self.directory, {("GET", "/"): Answer(b"hello")})
        self.addCleanup(stub.close)
        greeter = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(greeter.close)
        threading.Thread(target=lambda: greeter.accept()[0].sendall(b"220 hello\r\n"),
                         daemon=True).start()
        host, port = re.search(r"(127\.0\.0\.1):(\d+)", stub.tcp_url).groups()
        read = ("import socket; socket.create_connection(('127.0.0.1', %d)).recv(9)"
                % greeter.getsockname()[1])
        datagram = "import socket; s = socket.socket(2, 2); s.connect(('127.0.0.1', 99)); s.close()"
        for command in (["curl", "-s", f"http://{host}:{port}/"], [PYTHON, "-c", read],
                        [PYTHON, "-c", datagram],
                        [linked("doctor", "static"), "http", f"{host}:{port}"]):
            with self.subTest(command=command):
                self.assertEqual(self.ended(self.run_checks(command)), {})


class Engine(Checks):
    """What is asked of an engine, by docker of both linkages, docker-compose and the SDK."""

    def setUp(self):
        super().setUp()
        require("docker")
        self.engine = harness.engine()
        self.env = environment(DOCKER_HOST=self.engine, HOME=self.directory)

    def dockers(self):
        return [docker("dynamic"), docker("static")]

    def container(self, name="checks-web"):
        execute(["docker", "rm", "-f", name], self.env)
        self.addCleanup(execute, ["docker", "rm", "-f", name], self.env)
        done = execute(["docker", "run", "-d", "--name", name, "--pull", "never", "--network",
                        "none", "bb:1", "/bin/busybox", "sleep", "600"], self.env)
        self.assertEqual(done.status, 0, done.stderr)
        return name

    def checks(self, command, status=0, env=None):
        """Without the ping that each docker command begins with."""
        ended = self.ended(self.run_checks(command, env or self.env, status))
        self.assertEqual(ended.pop("daemon_connectivity", None), (1, 1, 0))
        return ended

    def test_daemon(self):
        for path in self.dockers():
            self.assertEqual(self.checks([path, "version"]), {})
        path = self.engine.replace("unix://", "")
        profile = self.run_checks(["curl", "-s", "--unix-socket", path, "http://x/_ping"])
        self.assertEqual(self.ended(profile), {"daemon_connectivity": (1, 1, 0)})
        self.assertEqual(self.rows(profile)["daemon_connectivity"]["operation_count"], 2)

    def test_not_daemon(self):
        path = self.engine.replace("unix://", "")
        for target in ("info", "version"):
            profile = self.run_checks(["curl", "-s", "--unix-socket", path, f"http://x/{target}"])
            self.assertEqual(self.ended(profile), {})

    def test_no_daemon(self):
        for path in self.dockers():
            for url in (f"unix://{self.directory}/docker.sock", f"tcp://127.0.0.1:{self.closed()}"):
                profile = self.run_checks([path, "ps"], dict(self.env, DOCKER_HOST=url), status=1)
                self.assertEqual(self.ended(profile), {"daemon_connectivity": (1, 0, 1)}, url)

    def test_networks(self):
        execute(["docker", "network", "rm", "checks-net"], self.env)
        self.addCleanup(execute, ["docker", "network", "rm", "checks-net"], self.env)
        for path in self.dockers():
            self.assertEqual(self.checks([path, "network", "ls"]), {NETWORK_INFO: (1, 1, 0)})
            self.assertEqual(self.checks([path, "network", "inspect", "none"]),
                             {NETWORK_INFO: (1, 1, 0)})
            # this engine was started without it
            self.assertEqual(self.checks([path, "network", "inspect", "bridge"], status=1),
                             {"bridge_network": (1, 0, 1)})
            self.assertEqual(self.checks([path, "ps"]), {})

    def test_docker0(self):
        """After the engine was asked for networks, a look-up of docker0 tells which was meant."""
        for path in self.dockers():
            script = f"{path} network ls >/dev/null; ip link show docker0"
            self.assertEqual(self.ended(self.inside(["sh", "-c", script], self.env)),
                             {"daemon_connectivity": (1, 1, 0), "bridge_network": (1, 1, 0)})
        script = "docker network ls >/dev/null; sysctl net.ipv4.ip_forward; ip link show docker0"
        self.assertIn(NETWORK_INFO, self.ended(self.profile(["sh", "-c", script], self.env)))
        script = "docker network ls >/dev/null; ip link show docker0"
        ended = self.ended(self.profile(["unshare", "-n", "sh", "-c", script], self.env))
        self.assertEqual(ended["bridge_network"], (1, 0, 1))  # it is not there

    def test_exec(self):
        web = self.container()
        for path in self.dockers():
            for words, status, ended in (
                    (["ping", "-c", "1", "localhost"], 0, {"internal_dns": (1, 1, 0)}),
                    (["ping", "-c1", "no-such-name"], 1, {"internal_dns": (1, 0, 1)}),
                    (["ping", "-c1", "127.0.0.1"], 0, {"container_connectivity": (1, 1, 0)}),
                    (["ping", "-c1", "-W1", "10.9.9.9"], 1, {"container_connectivity": (1, 0, 1)}),
                    (["/bin/nslookup", "none.test"], 1, {"dns_resolution": (1, 0, 1)}),
                    (["echo", "ping", "localhost"], 0, {}),
                    (["sh", "-c", "ping -c1 localhost"], 0, {})):
                self.assertEqual(self.checks([path, "exec", "-e", "A=b", web, *words], status),
                                 ended, words)
            self.assertEqual(self.checks([path, "exec", "-d", web, "ping", "-c1", "127.0.0.1"]),
                             {"container_connectivity": (1, 0, 0)})
            self.assertEqual(self.checks([path, "exec", "checks-gone", "ping", "127.0.0.1"], 1),
                             {"container_connectivity": (1, 0, 1)})

    def test_compose(self):
        require("docker-compose")
        self.write("docker-compose.yml", 'version: "2.4"\nservices:\n  web: {image: "bb:1", '
                                         'network_mode: none, command: /bin/busybox sleep 600}\n')
        compose = ["docker-compose", "--project-directory", self.directory, "-f",
                   self.path("docker-compose.yml"), "-p", "checks"]
        self.addCleanup(execute, [*compose, "down", "-t", "0"], self.env)
        done = execute([*compose, "up", "-d"], self.env)
        self.assertEqual(done.status, 0, done.stderr)
        for no_cli in ("", "1"):  # by docker, and by docker-compose itself
            env = dict(self.env, COMPOSE_INTERACTIVE_NO_CLI=no_cli)
            for words, check in ((["ping", "-c1", "localhost"], "internal_dns"),
                                 (["ping", "-c1", "127.0.0.1"], "container_connectivity")):
                profile = self.run_checks([*compose, "exec", "-T", "web", *words], env)
                self.assertEqual(self.ended(profile)[check], (1, 1, 0), (no_cli, words))

    def test_sdk(self):
        self.container()
        profile = self.run_checks([PYTHON, "-c", SDK], self.env)
        # how they ended stands in a body that nobody reads
        self.assertEqual(self.ended(profile), {
            "daemon_connectivity": (1, 1, 0), "internal_dns": (1, 0, 0),
            "container_connectivity": (1, 0, 0), "dns_resolution": (1, 0, 0),
            NETWORK_INFO: (1, 1, 0)})

    def test_daemon_itself(self):
        """An engine's own netlink, firewall and settings are no checks."""
        profile = self.profile(["dockerd", "--validate"], self.env)
        self.assertEqual(self.ended(profile), {})


class Labels(Checks):
    def test_variable(self):
        """A dynamic program, a static one that leaves no profile, both kinds of docker, several."""
        harness.require_root()
        require("busybox", "docker")
        engine = harness.engine()
        script = """
            DNDPROF_CHECK=internal_dns /bin/true
            DNDPROF_CHECK=internal_dns /bin/false
            DNDPROF_CHECK=container_connectivity busybox false
            DNDPROF_CHECK=subnet_overlap docker network ls
            DNDPROF_CHECK=network_isolation /usr/bin/docker network ls
            DNDPROF_CHECK="not a label" /bin/true
        """
        profile = self.run_checks(["bash", "-c", script],
                                  environment(DOCKER_HOST=engine, HOME=self.directory))
        self.assertEqual(self.ended(profile), {
            "internal_dns": (2, 1, 1), "container_connectivity": (1, 0, 1),
            "subnet_overlap": (1, 1, 0), "network_isolation": (1, 1, 0)})
        rows = self.rows(profile)
        self.assertEqual({tuple(row["recognised_by"]) for row in rows.values()}, {("label",)})
        operations = rows["network_isolation"]["operations"]
        self.assertTrue([line for line in operations if line.startswith("GET /networks (http")])

    def test_run(self):
        """`dndprof run --check`, of a program that leaves a profile and of one that does not."""
        require("busybox")
        for command in (["sh", "-c", "cat /proc/sys/net/ipv4/ip_forward; exit 3"],
                        ["busybox", "sh", "-c", "exit 3"]):
            for options, env in ((["--check", "my.check"], None),
                                 ([], environment(DNDPROF_CHECK="my.check"))):
                profile = self.run_checks(command, env, 3, options=options)
                self.assertEqual(self.ended(profile), {"my.check": (1, 0, 1)}, (command, options))
        outcome = execute([DNDPROF, "run", "--check", "two words", "--", "true"])
        self.assertEqual(outcome.status, 2)


    def test_regions(self):
        """What a program itself marks as a check, by the C API."""
        profile = self.run_checks([harness.program("api"), "regions"])
        row = self.rows(profile)["bridge"]
        self.assertEqual((row["count"], row["succeeded"], row["failed"]), (2, 0, 2))
        self.assertEqual((row["by_rule"], row["by_label"]), (0, 2))


class Doctor(Checks):
    """All eleven in one script."""

    SCRIPT = """
        docker version >/dev/null
        docker network ls >/dev/null
        ip link show docker0
        sysctl net.ipv4.ip_forward
        iptables --version
        ip link
        DNDPROF_CHECK=network_isolation docker network inspect none
        nslookup fast.test
        docker exec checks-doctor ping -c1 localhost
        docker exec checks-doctor ping -c1 127.0.0.1
        nc -z 127.0.0.1 7
        DNDPROF_CHECK=subnet_overlap docker network inspect none host
    """
    ENDED = {
        "daemon_connectivity": (4, 4, 0), "bridge_network": (1, 1, 0), "ip_forwarding": (1, 1, 0),
        "iptables": (1, 1, 0), "mtu_consistency": (1, 1, 0), "network_isolation": (1, 1, 0),
        "dns_resolution": (1, 1, 0), "internal_dns": (1, 1, 0),
        "container_connectivity": (1, 1, 0), "port_binding": (1, 0, 1),
        "subnet_overlap": (1, 1, 0)}

    container = Engine.container

    def test_doctor(self):
        require("docker", "ip", "sysctl", "iptables", "nslookup", "nc")
        self.env = environment(DOCKER_HOST=harness.engine(), HOME=self.directory)
        self.container("checks-doctor")
        profile = self.inside(["sh", "-c", self.SCRIPT], self.env)
        self.assertEqual(self.ended(profile), self.ENDED)
        done = execute([DNDPROF, "report", profile.directory])
        section = re.search(r"CHECK PERFORMANCE\n-{79}\n(.*?)\n\n", done.stdout.decode(), re.S)[1]
        lines = section.splitlines()
        self.assertEqual(lines[0], "%-30s %10s %12s %12s %12s %8s" % (
            "Check Name", "Count", "Avg", "Min", "Max", "Success%"))
        self.assertEqual({line.split()[0] for line in lines[1:]}, set(self.ENDED))
        averages = [row["average_ns"] for row in profile.report["checks"]]
        self.assertEqual(averages, sorted(averages, reverse=True))
        by_name = {line.split()[0]: line.split()[-1] for line in lines[1:]}
        self.assertEqual(by_name["port_binding"], "0.0%")
        self.assertEqual(by_name["bridge_network"], "100.0%")


if __name__ == "__main__":
    unittest.main()
