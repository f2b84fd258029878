"""No secret leaves the process: canaries are planted in headers, bodies, query values, environment
and arguments of every kind of client; no byte of anything we wrote has one, while the transactions
were recorded."""

import base64
import json
import os
import re
import unittest
import urllib.parse

from harness import DNDPROF, PYTHON, Case, bytes_written, environment, execute, require
from stub import Answer, Stub

CANARY = "c4n4ry-5ecret-W7qZ"
CREATED = b'{"Id": "' + b"0123456789ab" * 5 + b"0123" + b'", "Warnings": []}'
VERSION = b'{"Version": "20.10", "ApiVersion": "1.41", "Os": "linux", "Arch": "amd64"}'
FORMATS = {"report": ("text", "json", "csv", "markdown", "html", "openmetrics", "junit"),
           "dump": ("text", "jsonl"), "diff": ("text", "json", "markdown"),
           **{command: ("text", "json", "markdown") for command in
              ("check", "history list", "trend", "baseline list", "baseline compare")}}
# Commands that read no profile, or print no word of what they read; `run` is what is searched first.
WITHOUT = {"run", "history rm", "baseline rm", "doctor", "validate", "ci init", "ci wrap", "help"}


def disguises(canary):
    """The canary as it could stand in a file."""
    text = canary.encode()
    plain = [text, text[:12], text[6:], text.hex().encode(), urllib.parse.quote(canary).encode(),
             text[::-1], canary.encode("utf-16-le")]
    encoded = []
    for shift in range(3):  # base64 of a text that holds the canary anywhere
        middle = base64.b64encode(b"x" * shift + text)
        encoded.append(middle[4:-4])
    return plain + encoded


class Secrets(Case):
    searched = [0, 0]  # files and bytes, of all tests

    @classmethod
    def tearDownClass(cls):
        print(f"{cls.searched[1]:,} bytes of {cls.searched[0]:,} profiles and outputs searched")

    def setUp(self):
        super().setUp()
        ok = Answer(b"{}")
        self.stub = Stub(self.directory, {
            ("GET", "/_ping"): Answer(b"OK"), ("HEAD", "/_ping"): Answer(b"OK"),
            ("GET", "/info"): ok, ("POST", "/auth"): Answer(b'{"Status": "Login Succeeded"}'),
            ("GET", "/version"): Answer(VERSION), ("POST", "/build"): Answer(b"{}"),
            ("POST", "/containers/create"): Answer(CREATED, "201 Created"),
            ("POST", "/images/create"): ok, ("GET", "/containers/json"): Answer(b"[]"),
            ("POST", "/containers/web/exec"): Answer(b'{"Id": "0123456789ab"}', "201 Created"),
            ("POST", "/containers/0123456789ab/attach"):
                Answer(status="101 UPGRADED", hijack=lambda connection: connection.recv(65536)),
        })
        self.addCleanup(self.stub.close)

    def check(self, command, env=None, stdin=b"", options=(), least=1):
        """Runs; searches all that was written, printed by report and printed by dump."""
        base = env if env is not None else environment()
        base = dict(base, DND_PASSWORD=CANARY, AWS_SECRET_ACCESS_KEY=CANARY)
        profile = self.profile(command, base, stdin, options)
        self.assertTrue(self.stub.requests or not least, profile.outcome)
        total = sum(profile.transactions().values())
        self.assertEqual(total, len(self.stub.requests) if least else total,
                         (profile.transactions(), self.stub.requests))
        self.assertGreaterEqual(total, least)
        summary = os.path.join(profile.directory, "summary")
        job = environment(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=summary)  # annotations
        for number, arguments in enumerate(self.outputs(profile.directory)):
            done = execute([DNDPROF, *arguments], job)
            self.assertEqual(done.status, 0, (arguments, done.stderr))
            with open(os.path.join(profile.directory, f"printed.{number}"), "wb") as file:
                file.write(done.stdout + done.stderr)
        with open(os.path.join(profile.directory, "report.json"), "w") as file:
            file.write(repr(profile.report))
        self.clean(profile.directory)
        self.stub.taken()
        return profile

    def outputs(self, directory):
        """Every command that prints what is in profiles, in each of its formats."""
        budget = self.write("budget", "wall < 3600s\n")
        history, out = os.path.join(directory, "history.db"), os.path.join(directory, "ci")
        for name in FORMATS["report"]:
            yield ["report", "--stacks", "--trends", "--format", name, directory]
        for name in FORMATS["dump"]:
            yield ["dump", "--format", name, directory]
            yield ["dump", "--anonymize", "--format", name, directory]
        for name in FORMATS["diff"]:
            yield ["diff", "--format", name, directory, directory]
        yield ["top", "--once", directory]
        for name in FORMATS["check"]:
            yield ["check", "--format", name, "--budget", budget, "--junit",
                   os.path.join(directory, "junit"), directory]
        yield ["ci", "report", "-o", out, directory]
        yield ["history", "add", "--db", history, directory]
        for name in FORMATS["trend"]:
            yield ["history", "list", "--db", history, "--format", name]
            yield ["trend", "--all", "--db", history, "--format", name]
        yield ["baseline", "save", "--db", history, "main", "1"]
        for name in FORMATS["baseline list"]:
            yield ["baseline", "list", "--db", history, "--format", name]
        for name in FORMATS["baseline compare"]:
            yield ["baseline", "compare", "--all", "--db", history, "--format", name, "main", directory]

    def test_all_formats_are_searched(self):
        for command, names in FORMATS.items():
            usage = execute([DNDPROF, "help", *command.split()]).stdout.decode()
            self.assertEqual(re.findall(r"--format ([a-z|]+)", usage)[0], "|".join(names), command)
        listed = execute([DNDPROF, "help"]).stdout.decode().split("\nCommands:\n")[1]
        commands = set(re.findall(r"^  ([a-z]+(?: [a-z]+)?)(?:  |$)", listed, re.M))
        searched = {" ".join(words[:2 if words[0] in ("history", "baseline", "ci") else 1])
                    for words in self.outputs("directory")}
        self.assertEqual(searched, commands - WITHOUT)

    def clean(self, directory):
        searched = 0
        for path, data in bytes_written(directory):
            searched += len(data)
            self.searched[0] += 1
            self.searched[1] += len(data)
            for disguise in disguises(CANARY):
                at = data.find(disguise)
                self.assertEqual(at, -1, f"{path} has the canary at {at}: "
                                         f"{data[max(0, at - 80):at + 40]!r}")
        self.assertGreater(searched, 1000)

    def test_the_search_finds(self):
        """The search itself: each disguise is found."""
        for number, text in enumerate([CANARY.encode(), base64.b64encode(b"ab" + CANARY.encode()),
                                       b"user:" + CANARY.encode() + b"@" + b"x" * 1000]):
            directory = self.path(f"planted{number}")
            os.mkdir(directory)
            with open(os.path.join(directory, "file"), "wb") as file:
                file.write(b"\0" * 5000 + text + b"\0" * 5000)
            with self.assertRaises(AssertionError):
                self.clean(directory)

    def test_curl(self):
        require("curl")
        self.write("body", f'{{"password": "{CANARY}"}}')
        base = ["curl", "-s", "--unix-socket", self.stub.path, "-H", f"X-Registry-Auth: {CANARY}",
                "-H", f"Authorization: Bearer {CANARY}", "-b", f"session={CANARY}",
                "-A", CANARY, "-e", f"http://x/{CANARY}"]
        self.check([*base, f"http://engine/v1.41/info?token={CANARY}"],
                   options=("--set", "DETAIL=full"))
        self.check([*base, "-d", f"@{self.path('body')}", "http://engine/v1.41/auth"])
        self.check([*base, "-u", f"user:{CANARY}", f"http://user2:{CANARY}@engine/v1.41/info"])
        self.check([*base, "-F", f"file=@{self.path('body')}", "http://engine/v1.41/build?x=1"])
        large = self.write("large", f"{CANARY}\nGET /{CANARY} HTTP/1.1\r\n" * 20000)
        self.check([*base, "-T", large, "-X", "POST", "http://engine/v1.41/build"])

    def test_curl_through_a_proxy(self):
        """The request line of a proxied request has the whole URL, user information included."""
        require("curl")
        self.stub.routes[("GET", "http://engine/v1.41/info")] = Answer(b"{}")
        self.check(["curl", "-s", "-x", f"http://user:{CANARY}@127.0.0.1:{self.stub.port}",
                    f"http://user:{CANARY}@engine/v1.41/info?a={CANARY}"])

    def test_netcat(self):
        require("nc")
        for line in (f"GET http://user:{CANARY}@engine/info HTTP/1.0",
                     f"GET /info?{CANARY} HTTP/1.0", f"GET /info?a=b&c={CANARY} HTTP/1.0"):
            text = f"{line}\r\nHost: {CANARY}\r\nConnection: close\r\n\r\n"
            self.check(["nc", "-N", "-U", self.stub.path], stdin=text.encode())

    def test_python_sdk(self):
        self.check([PYTHON, "-c", f"""
import docker, os
client = docker.from_env()
client.api.create_container("bb:1", ["sh", "-c", "echo {CANARY}"], environment={{"P": "{CANARY}"}},
                            labels={{"l": "{CANARY}"}}, name="{CANARY}")
client.login("user", "{CANARY}", registry="http://127.0.0.1:1")
client.api.exec_create("web", ["ping", "-c1", "{CANARY}"])
client.api.containers(filters={{"label": "{CANARY}"}})
client.api.pull("bb", tag="1", auth_config={{"username": "u", "password": "{CANARY}"}})
""", CANARY], environment(DOCKER_HOST=self.stub.unix_url, HOME=self.directory), least=4)

    def test_docker_compose(self):
        require("docker-compose")
        self.write("docker-compose.yml", 'version: "2.4"\nservices:\n  web:\n    image: "bb:1"\n'
                   f'    command: echo {CANARY}\n    environment: {{PASSWORD: {CANARY}}}\n')
        self.check(["docker-compose", "-f", self.path("docker-compose.yml"), "-p", "demo", "run",
                    "-T", "--rm", "-e", f"PASSWORD={CANARY}", "web", "echo", CANARY],
                   environment(DOCKER_HOST=self.stub.unix_url, HOME=self.directory))

    def test_node(self):
        require("node")
        self.check(["node", "-e", f"""
const docker = new (require('dockerode'))();
docker.createContainer({{Image: 'bb:1', name: '{CANARY}', Env: ['P={CANARY}'],
	Labels: {{l: '{CANARY}'}}}})
	.then(() => docker.listContainers({{filters: {{label: ['{CANARY}']}}}}))
	.then(() => docker.checkAuth({{username: 'u', password: '{CANARY}'}}))
	.catch((error) => {{ console.error(error); process.exit(1); }});
""", CANARY], environment(DOCKER_HOST=self.stub.unix_url), least=3)

    def test_other_clients(self):
        """Whatever speaks HTTP through the C library, each with a header and a query of its own."""
        self.write("body", f"password={CANARY}")
        url = f"http://127.0.0.1:{self.stub.port}/v1.41/auth?token={CANARY}"
        for command in (
                ["wget", "-q", "-O", "-", "--header", f"X-Registry-Auth: {CANARY}", "--post-file",
                 self.path("body"), "--user", "u", "--password", CANARY, "--auth-no-challenge", url],
                ["ruby", "-rnet/http", "-e", f"""
uri = URI("{url}")
request = Net::HTTP::Post.new(uri, "Authorization" => "Bearer {CANARY}")
request.basic_auth "u", "{CANARY}"
request.body = "{CANARY}"
Net::HTTP.start(uri.host, uri.port) {{ |http| http.request(request) }}""", CANARY],
                ["perl", "-MIO::Socket::INET", "-e", f"""
my $s = IO::Socket::INET->new("127.0.0.1:{self.stub.port}");
print $s "POST /v1.41/auth?{CANARY} HTTP/1.0\\r\\nCookie: {CANARY}\\r\\nConnection: close\\r\\nContent-Length: 18\\r\\n\\r\\n";
print $s "{CANARY}"; 1 while <$s>;""", CANARY],
                ["sh", "-c", f"""printf 'POST /v1.41/auth?%s HTTP/1.0\\r\\nConnection: close\\r\\nX: %s\\r\\n\\r\\n' {CANARY} """
                 f"{CANARY} | socat -t 5 - UNIX-CONNECT:{self.stub.path}", CANARY]):
            with self.subTest(command=command[0]):
                require("socat" if command[0] == "sh" else command[0])
                self.check(command)

    def test_podman(self):
        """A password goes out for a token, the token with what follows; every call is recorded."""
        require("podman", "skopeo")
        place = f"127.0.0.1:{self.stub.port}"
        self.stub.routes[("GET", "/v2/")] = Answer(b"{}", "401 Unauthorized", headers=[
            f'WWW-Authenticate: Bearer realm="http://{place}/token",service="x"'])
        self.stub.routes[("GET", "/token")] = Answer(json.dumps({"token": CANARY}).encode())
        env = environment(HOME=self.directory, XDG_RUNTIME_DIR=self.directory)
        for command in (["podman", "login", "--tls-verify=false", "-u", "user", "-p", CANARY, place],
                        ["skopeo", "inspect", "--tls-verify=false", "--creds", f"user:{CANARY}",
                         f"docker://{place}/x"]):
            self.asked(command, env, "/token?", options=("--set", "DETAIL=full"))

    def test_credential_helper(self):
        """What a helper hands to docker, and docker to the engine."""
        require("docker")
        os.mkdir(self.path("bin"))
        helper = self.write("bin/docker-credential-canary", "#!/bin/sh\nread server\nprintf "
                            f"'{{\"Username\": \"u\", \"Secret\": \"{CANARY}\"}}'\n", 0o755)
        os.mkdir(self.path(".docker"))
        self.write(".docker/config.json", json.dumps({"credsStore": "canary"}))
        self.asked(["docker", "-H", self.stub.unix_url, "pull", "registry.example/bb:1"],
                   environment(HOME=self.directory, DOCKER_BUILDKIT="0",
                               PATH=os.path.dirname(helper) + ":" + os.environ["PATH"]),
                   "/images/create")

    def raw(self, *pieces):
        """Sends pieces, each in a call of its own, reading nothing but the end."""
        code = "import socket, sys, time\n" \
               "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n" \
               f"for piece in {[piece.encode() for piece in pieces]!r}:\n" \
               "    s.sendall(piece); time.sleep(0.02)\n" \
               "s.shutdown(socket.SHUT_WR)\n" \
               "while s.recv(65536): pass\n"
        return [PYTHON, "-c", code, self.stub.path]

    def test_head_cut_in_pieces(self):
        end = f" HTTP/1.1\r\nAuthorization: {CANARY}\r\nConnection: close\r\n\r\n"
        for cut in (["GET /info?tok", f"en={CANARY}{end}"], ["GET /info", f"?{CANARY}{end}"],
                    [f"GET /info HTTP/1.1\r\nX: {CANARY[:9]}", f"{CANARY[9:]}\r\nConnection: "
                     "close\r\n\r\n"], list(f"GET /info?{CANARY} HTTP/1.0\r\n\r\n")):
            with self.subTest(cut=cut[:2]):
                self.check(self.raw(*cut), least=0)

    def test_body_that_looks_like_a_head(self):
        """A body in a call of its own that begins as a request does is a body all the same."""
        body = f"GET /{CANARY} HTTP/1.1\r\nHost: x\r\n\r\n"
        self.check(self.raw("POST /v1.41/build HTTP/1.1\r\nConnection: close\r\n"
                            f"Content-Length: {len(body)}\r\n\r\n", body))
        self.check(self.raw("POST /v1.41/build HTTP/1.1\r\nConnection: close\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n", f"{len(body):x}\r\n",
                            body, "\r\n0\r\n\r\n"))

    def test_stream_that_looks_like_a_head(self):
        self.check(self.raw("POST /containers/0123456789ab/attach?stream=1 HTTP/1.1\r\nUpgrade: "
                            "tcp\r\nConnection: Upgrade\r\n\r\n",
                            f"POST /{CANARY} HTTP/1.1\r\n\r\n"))

    def test_body_that_looks_like_an_answer(self):
        self.stub.routes[("GET", "/info")] = Answer(
            headers=[f"Set-Cookie: {CANARY}"],
            pieces=[(0, b"{}"), (0.02, f"HTTP/1.1 200 {CANARY}\r\n".encode())])
        self.check(self.raw("GET /info HTTP/1.1\r\nConnection: close\r\n\r\n"))

    def test_no_http_at_all(self):
        self.check(self.raw(f"PASS {CANARY}\r\n", f"{CANARY}\r\n", "\r\n"), least=0)

    def test_docker(self):
        require("docker")
        home = environment(HOME=self.directory, DOCKER_HOST=self.stub.unix_url)
        for arguments in (["login", "-u", "user", "-p", CANARY, "127.0.0.1:1"],
                          ["run", "--pull", "never", "-e", f"P={CANARY}", "bb:1", "echo", CANARY],
                          ["exec", "web", "sh", "-c", CANARY], ["-l", CANARY, "ps"],
                          ["--tlscacert", CANARY, "swarm", "join", "--token", CANARY, "127.0.0.1:1"],
                          ["-H", f"tcp://user:{CANARY}@127.0.0.1:1", "volume", "ls"],
                          ["--config", self.path(CANARY), "ps"], [CANARY]):
            self.check(["docker", *arguments], home, least=0)

    def test_docker_registry_auth(self):
        """What docker login leaves in config.json goes out with pull, push and build."""
        require("docker")
        auth = base64.b64encode(f"user:{CANARY}".encode()).decode()
        os.mkdir(self.path(".docker"))
        self.write(".docker/config.json", json.dumps({"auths": {
            "registry.example": {"auth": auth}, "registry.example:5000": {
                "auth": auth, "identitytoken": CANARY}}, "HttpHeaders": {"X-Meta-Team": CANARY}}))
        self.write("Dockerfile", f"FROM scratch\nARG TOKEN\nENV OTHER={CANARY}\n")
        self.write("env", f"SECRET={CANARY}\n")
        home = environment(HOME=self.directory, DOCKER_BUILDKIT="0", TOKEN=CANARY)
        self.stub.routes[("POST", "/images/registry.example/bb/push")] = Answer(b"{}")
        for arguments, wanted in (
                (["pull", "registry.example/bb:1"], "/images/create"),
                (["push", "registry.example/bb:1"], "/push"),
                (["build", "--build-arg", f"TOKEN={CANARY}", "--build-arg", "TOKEN", "--label",
                  f"l={CANARY}", "-q", self.directory], "/build"),
                (["create", "--env-file", self.path("env"), "-e", "TOKEN", "--label", CANARY,
                  "--hostname", CANARY, "-v", f"/{CANARY}:/x", "bb:1", CANARY],
                 "/containers/create")):
            with self.subTest(arguments=arguments[0]):
                self.stub.taken()
                self.asked(["docker", "-H", self.stub.unix_url, *arguments], home, wanted)

    def asked(self, command, env, wanted, options=()):
        """As check, of a command that is known to have come to ask for this."""
        asked = []
        taken = self.stub.taken
        self.stub.taken = lambda: asked.extend(taken())
        try:
            self.check(command, env, options=options, least=2)
        finally:
            self.stub.taken = taken
        self.assertTrue(any(wanted in str(request) for request in asked), asked)

    def test_docker_password_from_stdin(self):
        require("docker")
        self.check(["docker", "-H", self.stub.unix_url, "login", "-u", "user", "--password-stdin",
                    "127.0.0.1:1"], environment(HOME=self.directory), stdin=CANARY.encode(), least=0)

    def test_docker_compose_build(self):
        require("docker-compose")
        self.write("Dockerfile", "FROM scratch\nARG TOKEN\n")
        self.write("docker-compose.yml", 'version: "2.4"\nservices:\n  web:\n    build:\n'
                   f'      context: .\n      args: {{TOKEN: {CANARY}}}\n')
        self.check(["docker-compose", "-f", self.path("docker-compose.yml"), "-p", "demo", "build",
                    "--build-arg", f"OTHER={CANARY}"],
                   environment(DOCKER_HOST=self.stub.unix_url, HOME=self.directory,
                               DOCKER_BUILDKIT="0"))

    def texts(self, value):
        """Every text of a dump's record that is the profile's own."""
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key not in ("exec_class", "flags", "query", "routine", "stack", "link"):
                    yield from self.texts(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from self.texts(inner)

    def test_anonymize(self):
        """An anonymous dump has no part of any text the plain one has, but words of our tables; and
        the same text is the same label throughout."""
        require("curl")
        stack = self.write("private-tool", "#!/bin/sh\ncurl -s --unix-socket \"$1\" -o /dev/null "
                           "http://engine/v1.41/containers/billing-db-7/json "
                           "http://engine/v1.41/images/acme%2fbilling:9/json\n"
                           "curl -s -m 2 http://vault.acme.invalid:4711/x; true\n", 0o755)
        profile = self.profile([stack, self.stub.path])
        outputs = {form: execute([DNDPROF, "dump", "--anonymize", "--format", form,
                                  profile.directory]) for form in ("text", "jsonl")}
        plain = self.dump(profile.directory)
        words = set()
        for record in plain:
            for name in ("request", "response", "address", "name", "dns", "program", "path",
                         "thread", "region", "extra"):
                for text in self.texts(record.get(name)):
                    words.update(part for part in re.split(r"[/ :?&=@%\[\]]", text) if len(part) > 2)
        for planted in ("billing-db-7", "private-tool", "vault.acme.invalid", "2fbilling"):
            self.assertIn(planted, words)
        ours = {"GET", "HTTP", "http", "v1.41", "containers", "images", "json", "curl", "200", "404",
                "1.1", "invalid", "unnamed", "sh", "env", "python3", "docker", "name", "path"}
        ports = {part for part in words if part.isdigit()}
        for form, done in outputs.items():
            self.assertEqual((done.status, done.stderr), (0, b""))
            self.assertEqual(len(done.stdout.splitlines()), len(plain))
            text = done.stdout.decode()
            for word in words - ours - ports:
                self.assertNotIn(word, text, form)
            self.assertNotIn(self.directory, text)
        anonymous = [json.loads(line) for line in outputs["jsonl"].stdout.splitlines()]
        labels = {}
        for before, after in zip(plain, anonymous):
            for left, right in zip(self.texts(before.get("name")), self.texts(after.get("name"))):
                self.assertEqual(labels.setdefault(left, right), right)
            for key in ("time_ns", "duration_ns", "pid", "tid", "call", "fd", "result", "error"):
                self.assertEqual(before[key], after[key])
        self.assertEqual(len(set(labels.values())), len(labels))

    def test_other_programs(self):
        self.check(["sh", "-c", f"true {CANARY}; /bin/echo {CANARY}", CANARY], least=0)
        self.check(["env", f"X={CANARY}", "/bin/true", CANARY], least=0)
        os.mkdir(self.path(CANARY))
        for command in (["cp", self.write(f"{CANARY}/file", CANARY), self.path(f"{CANARY}/copy")],
                        ["bash", "-c", f"exec -a {CANARY} sleep 0"]):
            self.check(command, options=("--set", "DETAIL=full"), least=0)


if __name__ == "__main__":
    unittest.main()
