"""A whole CI job as one run: the examples of analyzer/docs/ci.md as they stand there, GitLab's run by
gitlab-ci-local, GitHub's as its runner does it; what the report leaves for whom."""

import glob
import os
import re
import shlex
import shutil
import subprocess
import textwrap
import unittest
import xml.dom.minidom

import go_programs
import harness
from harness import BUILD, DNDPROF, ROOT, SHIM, Case, environment, execute, program, require
from stub import Answer, Stub

GITLAB = os.path.join(ROOT, "build", "gitlab", "node_modules", ".bin", "gitlab-ci-local")
FILES = ["junit.xml", "metrics.txt", "report.html", "report.json", "report.md", "report.txt"]
VERSION = (b'{"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "GitCommit": "x",'
           b'"GoVersion": "go1.19", "Os": "linux", "Arch": "amd64", "KernelVersion": "6",'
           b'"Components": []}')
SAMPLE = re.compile(r'^[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? '
                    r'-?[0-9.]+(e[-+]?[0-9]+)?$')
FENCES = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def example(language, number=0):
    with open(os.path.join(ROOT, "analyzer", "docs", "ci.md"), encoding="utf-8") as file:
        found = [text for name, text in FENCES.findall(file.read()) if name == language]
    return found[number]


class Surroundings(unittest.TestCase):
    def test_the_tests_own_ci_does_not_show_through(self):
        """The tests themselves run in CI systems: nothing analyzer/ci reads there reaches a job."""
        with open(os.path.join(ROOT, "analyzer", "ci", "platform.c"), encoding="utf-8") as file:
            variables = set(re.findall(r'"([A-Z][A-Z_]+)"', file.read()))
        self.assertIn("GITHUB_RUN_ID", variables)
        self.assertEqual({name for name in variables if not harness.OUTER.match(name)}, set())


class Job(Case):
    """A project with a docker of either kind on PATH, and an engine that answers."""
    linkage, gate = "static", "go"

    def setUp(self):
        super().setUp()
        self.stub = Stub(self.directory, {
            ("HEAD", "/_ping"): Answer(b"OK", headers=["Api-Version: 1.41", "OSType: linux"]),
            ("GET", "/_ping"): Answer(b"OK", headers=["Api-Version: 1.41", "OSType: linux"]),
            ("GET", "/version"): Answer(VERSION, delay=0.02),
            ("GET", "/containers/json"): Answer(b"[]\n", delay=0.02)})
        self.addCleanup(self.stub.close)
        os.mkdir(self.path("bin"))
        os.mkdir(self.path("project"))
        os.symlink(DNDPROF, self.path("bin/dndprof"))
        os.symlink(go_programs.docker(self.linkage), self.path("bin/docker"))
        self.project = self.path("project")

    def job_environment(self, **more):
        return environment(PATH=self.path("bin") + ":/usr/bin:/bin", DOCKER_HOST=self.stub.unix_url,
                           HOME=self.directory, DNDPROF_DIR=self.path("runs"), **more)

    def report(self, *arguments):
        done = execute([DNDPROF, "report", "--format", "json", *arguments])
        self.assertEqual(done.status, 0, done)
        return harness.json.loads(done.stdout)

    def check_report(self, report):
        counts = {(row["method"], row["endpoint"]): row["count"] for row in report["endpoints"]}
        self.assertEqual(counts.get(("GET", "/version")), 1, report["coverage"])
        self.assertEqual(counts.get(("GET", "/containers/json")), 1)
        gates = [row["gate"] for row in report["coverage"] if row["program"] == "docker"]
        self.assertEqual(gates, [self.gate, self.gate])
        for row in report["coverage"]:
            if row["program"] == "dndprof":
                self.assertIn("not to be recorded", row["reason"])
        self.assertEqual(harness.schema_errors(report), [])

    def check_files(self, place):
        self.assertEqual(sorted(os.listdir(place)), FILES)
        with open(os.path.join(place, "junit.xml"), "rb") as file:
            cases = xml.dom.minidom.parseString(file.read()).getElementsByTagName("testcase")
        names = [case.getAttribute("name") for case in cases]
        self.assertIn("GET /version", names)
        self.assertIn("daemon_connectivity", names)
        with open(os.path.join(place, "metrics.txt"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(lines[-1], "# EOF")
        self.assertEqual([line for line in lines if not line.startswith("# ") and
                          not SAMPLE.match(line)], [])
        # GitLab takes what is left of each line before a # for words of a shell: name and value
        self.assertEqual({len(shlex.split(line)) for line in lines if not line.startswith("#")}, {2})
        self.assertIn('dndprof_endpoint_seconds_count{method="GET",endpoint="/version",'
                      'role="client"} 1', lines)
        with open(os.path.join(place, "report.json"), encoding="utf-8") as file:
            return harness.json.load(file)


class Shell(Job):
    def test_example(self):
        done = execute(["sh", "-ec", example("sh", 0)], self.job_environment(), cwd=self.project)
        self.assertEqual((done.status, done.stderr), (0, b""))
        report = self.check_files(os.path.join(self.project, "dndprof-report"))
        self.check_report(report)
        self.assertEqual((report["run"]["program"], report["run"]["subcommand"]), ("shell job", None))
        self.assertGreater(report["run"]["wall_ns"], 40e6)

    def test_it_fails_without_a_trace(self):
        """What cannot begin prints nothing to be evaluated: the job goes on as it is."""
        self.write("file", "no directory")
        done = execute(["sh", "-ec", 'eval "$(dndprof ci init)"; echo $DNDPROF_RUN done'],
                       dict(self.job_environment(), DNDPROF_DIR=self.path("file/below")))
        self.assertEqual((done.status, done.stdout), (0, b"done\n"))
        self.assertEqual(done.stderr.count(b"\n"), 1)

    def test_silent_elsewhere(self):
        env = self.job_environment()
        done = execute(["sh", "-ec", 'eval "$(dndprof ci init)"; dndprof ci report'], env,
                       cwd=self.project)
        self.assertEqual((done.status, done.stdout, done.stderr), (0, b"", b""))
        self.assertEqual(os.listdir(self.project), [])

    def test_names_that_shells_obey(self):
        place = self.path("it's $(touch here) \"so\"")
        script = 'eval "$(dndprof ci init -o "$PLACE")"; docker ps -q; echo "$DNDPROF_RUN"'
        done = execute(["sh", "-ec", script], self.job_environment(PLACE=place), cwd=self.project)
        self.assertEqual((done.status, done.stderr), (0, b""))
        self.assertTrue(done.stdout.decode().startswith(place + "/run-"), done.stdout)
        self.assertEqual(os.listdir(self.project), [])
        self.assertTrue(glob.glob(glob.escape(place) + "/*/*.dndprof"))

    def test_variables_that_were_there_stay(self):
        env = self.job_environment(LD_PRELOAD="", DNDPROF_SKIP="curl")
        done = execute(["sh", "-ec", 'eval "$(dndprof ci init)"; eval "$(dndprof ci init)"; env'],
                       env)
        variables = dict(line.split("=", 1) for line in done.stdout.decode().splitlines())
        self.assertEqual(variables["LD_PRELOAD"], SHIM)
        self.assertEqual(variables["DNDPROF_SKIP"], "dndprof,curl")


class DynamicShell(Job):
    linkage, gate = "dynamic", "libc+go"

    def test_example(self):
        done = execute(["sh", "-ec", example("sh", 0)], self.job_environment(), cwd=self.project)
        self.assertEqual((done.status, done.stderr), (0, b""))
        self.check_report(self.report(self.path("runs")))
        self.assertEqual(glob.glob(self.path("runs/*/wrap/docker")), [])


class Wrap(Job):
    def wrapped(self, command, **more):
        env = self.job_environment(**more)
        done = execute([DNDPROF, "ci", "wrap", self.path("wrap")], env)
        self.assertEqual(done.status, 0, done)
        self.assertIn(b"docker: ", done.stdout)
        env["PATH"] = self.path("wrap") + ":" + env["PATH"]
        native = execute(["sh", "-c", command.replace("LD_PRELOAD=libdndprof.so ", "")],
                         self.job_environment())
        self.assertEqual(execute(["sh", "-c", command], env), native)
        return self.report(self.path("runs"))

    def test_preloaded_by_name(self):
        """The literal line of the README, a bare name found by ld.so."""
        report = self.wrapped("LD_PRELOAD=libdndprof.so docker ps -q; exit 3",
                              LD_LIBRARY_PATH=BUILD)
        self.assertEqual([row["endpoint"] for row in report["endpoints"] if row["method"] == "GET"],
                         ["/containers/json"])

    def test_not_preloaded(self):
        report = self.wrapped("docker ps -q; exit 3")
        self.assertEqual([row["program"] for row in report["coverage"]], ["docker"])
        self.assertEqual(report["coverage"][0]["gate"], self.gate)

    def test_arguments_and_status(self):
        for command in ("docker nonsense 'a b' \"\"", "printf x | docker version --format '{{.Client.Arch}}'"):
            self.wrapped(command)

    def test_long_names(self):
        """The first line of a script is short in old kernels: a shell does it then."""
        place = self.path("/".join(["p" * 50] * 3))
        os.makedirs(place)
        os.rename(self.path("bin/docker"), place + "/docker")
        for variables in ({}, {"LD_PRELOAD": SHIM}):
            env = dict(self.job_environment(), PATH=place + ":/usr/bin:/bin", **variables)
            self.assertEqual(execute([DNDPROF, "ci", "wrap", self.path("wrap"), "docker"],
                                     env).status, 0)
            with open(self.path("wrap/docker"), encoding="utf-8") as file:
                self.assertEqual(file.readline(), "#!/bin/sh\n")
            env["DNDPROF_DIR"] = self.path("long" + "".join(variables))
            self.assertEqual(execute([self.path("wrap/docker"), "ps", "-q"], env).status, 0)
            report = self.report(env["DNDPROF_DIR"])
            self.assertIn(("docker", self.gate), [(row["program"], row["gate"])
                                                  for row in report["coverage"]])

    def test_foreign_files_stay(self):
        os.mkdir(self.path("wrap"))
        self.write("wrap/docker", "#!/bin/sh\necho mine\n", 0o755)
        done = execute([DNDPROF, "ci", "wrap", self.path("wrap")], self.job_environment())
        self.assertEqual(done.status, 3)
        with open(self.path("wrap/docker"), encoding="utf-8") as file:
            self.assertIn("mine", file.read())

    def test_twice(self):
        for _ in range(2):
            done = execute([DNDPROF, "ci", "wrap", self.path("wrap"), "docker"],
                           dict(self.job_environment(),
                                PATH=f"{self.path('wrap')}:{self.path('bin')}:/usr/bin:/bin"))
            self.assertEqual(done.stdout.decode(), f"docker: {self.path('bin/docker')}\n", done)


class DynamicWrap(Wrap):
    linkage, gate = "dynamic", "libc+go"


class GitHub(Job):
    def steps(self):
        text = example("yaml", 0)
        return re.findall(r"run: (.*)$", text, re.M)

    def run_steps(self, steps, **more):
        """As the runner does: a shell a step, variables from GITHUB_ENV between them."""
        env = self.job_environment(GITHUB_ACTIONS="true", GITHUB_JOB="build", CI="true",
                                   GITHUB_WORKSPACE=self.project, **more)
        env.pop("DNDPROF_DIR")
        outcomes = []
        for number, step in enumerate(steps):
            files = {"GITHUB_ENV": self.path(f"env{number}"),
                     "GITHUB_STEP_SUMMARY": self.path(f"summary{number}")}
            for path in files.values():
                open(path, "w").close()
            script = self.write(f"step{number}.sh", step)
            outcomes.append(execute(["bash", "-e", script], dict(env, **files), cwd=self.project))
            with open(files["GITHUB_ENV"], encoding="utf-8") as file:
                env.update(line.split("=", 1) for line in file.read().splitlines())
        return env, outcomes

    def test_example(self):
        steps = self.steps()
        self.assertEqual(len(steps), 4)
        env, outcomes = self.run_steps(steps)
        self.assertEqual([outcome.status for outcome in outcomes], [0] * 4, outcomes)
        self.check_report(self.report(env["DNDPROF_RUN"]))
        self.assertEqual(outcomes[0].stderr.decode(), f"::add-mask::{env['DNDPROF_RUN_KEY']}\n")
        with open(self.path("summary3"), encoding="utf-8") as file:
            summary = file.read()
        self.assertTrue(summary.startswith("# dndprof: `GitHub Actions job build`"), summary[:200])
        self.assertIn("`/version`", summary)
        self.assertEqual(os.listdir(self.project), [])
        lines = outcomes[3].stdout.decode().splitlines()
        self.assertNotIn("not observed", outcomes[3].stdout.decode())  # of dndprof itself: no loss
        self.assertNotIn("not observed", summary)
        for line in lines:
            self.assertRegex(line, r"^::warning title=dndprof%3A \w+::[^:]")

    def test_ten_annotations_and_a_full_summary(self):
        """Many findings, hostile names: commands stay whole, and the summary within its limit."""
        env, _ = self.run_steps(self.steps()[:1])
        names = [f"a{letter}\n::error::x,y:%z" for letter in "abcdefghijklmno"]
        for name in names:
            shutil.copy(program("talk"), self.path(name))
        script = "; ".join(f"'{self.path(name)}' sleep; true" for name in names)
        execute(["bash", "-c", script], env)
        summary = self.write("summary", "x" * (1048576 - 40000))
        env.update(GITHUB_STEP_SUMMARY=summary)
        done = execute([DNDPROF, "ci", "report", "-t", "bound=1ns", "-t", "child-share=0.0001%"], env)
        self.assertEqual(done.status, 0, done)
        lines = done.stdout.decode().splitlines()
        self.assertEqual(len(lines), 10)
        for line in lines:
            self.assertRegex(line, r"^::(warning|notice) title=dndprof%3A \w+::")
        self.assertLessEqual(os.path.getsize(summary), 1048576)
        self.assertGreater(os.path.getsize(summary), 1048576 - 40000)
        full = self.write("full", "x" * 1048570)
        done = execute([DNDPROF, "ci", "report"], dict(env, GITHUB_STEP_SUMMARY=full))
        self.assertEqual((done.status, os.path.getsize(full)), (0, 1048570))


class Jenkins(Job):
    def script(self):
        return textwrap.dedent(re.search(r"sh '''\n(.*?)'''", example("groovy"), re.S)[1])

    def run_script(self, script):
        env = self.job_environment(JENKINS_URL="http://localhost/", JOB_NAME="images",
                                   WORKSPACE=self.project)
        return execute(["sh", "-xe", self.write("script.sh", script)], env, cwd=self.project)

    def test_example(self):
        done = self.run_script(self.script())
        self.assertEqual(done.status, 0, done)
        report = self.check_files(os.path.join(self.project, "dndprof-report"))
        self.check_report(report)
        self.assertEqual(report["run"]["program"], "Jenkins job")
        self.assertIn(b"dndprof-report/report.txt", done.stdout)
        self.assertNotIn(b"DNDPROF_RUN_KEY", done.stderr)

    def test_a_failed_step_is_reported(self):
        done = self.run_script(self.script().replace("docker ps", "docker version && false"))
        self.assertEqual(done.status, 1)
        self.assertTrue(os.path.exists(os.path.join(self.project, "dndprof-report/junit.xml")))


class GitLab(Job):
    def test_example(self):
        require("git", "rsync", "node")
        if not os.path.exists(GITLAB):
            raise unittest.SkipTest("gitlab-ci-local is not installed: scripts/setup check")
        with open(os.path.join(self.project, ".gitlab-ci.yml"), "w", encoding="utf-8") as file:
            file.write(example("yaml", 1).replace("/tmp/", self.directory + "/"))
        env = self.job_environment(GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b", GIT_COMMITTER_NAME="a",
                                   GIT_COMMITTER_EMAIL="a@b")
        env.pop("DNDPROF_DIR")
        env["PATH"] = f"{env['PATH']}:{os.path.dirname(shutil.which('node'))}"
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "Build"],
                      ["remote", "add", "origin", "git@gitlab.example:group/project.git"]):
            subprocess.run(["git", "-C", self.project, *words], env=env, check=True)
        done = execute([GITLAB, "--home", self.path("home"), "build"], env, cwd=self.project)
        text = done.stdout.decode()
        self.assertEqual(done.status, 0, done)
        self.assertEqual(len(glob.glob(self.path("dndprof-*/run-*"))), 1)
        self.check_report(self.check_files(os.path.join(self.project, "dndprof-report")))
        place, = glob.glob(os.path.join(self.project, ".gitlab-ci-local/artifacts/build/**/junit.xml"),
                           recursive=True)
        self.assertTrue(os.path.getsize(place))
        self.assertRegex(text, r"dndprof: \d+ operations in .*; the report is .*/report.txt")


if __name__ == "__main__":
    unittest.main()
