"""history, baseline and trend: real runs kept in a database, by several writers at once; a step in
an engine's delay is found, noise is not; files that are no history are refused in one sentence."""

import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import unittest

import jsonschema

from harness import DNDPROF, PYTHON, ROOT, environment, execute, require
from test_diff import LIST, Recorded

SCHEMA = os.path.join(ROOT, "analyzer", "render", "history.schema.json")
CI = {"GITHUB_ACTIONS": None, "GITLAB_CI": None, "JENKINS_URL": None, "TF_BUILD": None,
      "BUILDKITE": None, "CI": None}


class Kept(Recorded):
    def setUp(self):
        super().setUp()
        self.db = self.path("history.db")

    def json(self, *words):
        parsed = json.loads(self.run_dndprof(*words, "--db", self.db, "--format", "json")[0])
        with open(SCHEMA) as file:
            jsonschema.Draft202012Validator(json.load(file)).validate(parsed)
        return parsed

    def add(self, *words, env=None, cwd=None):
        done = execute([DNDPROF, "history", "add", "--db", self.db, *words],
                       env or environment(**CI), cwd=cwd or self.directory)
        self.assertEqual(done.status, 0, done)
        return done.stdout.decode()


class History(Kept):
    def test_add_list_remove(self):
        runs = self.record("runs", 3, 0.001)
        self.assertEqual(len(re.findall(r"^added run \d+: python3$", self.add(runs), re.M)), 3)
        self.assertEqual(self.add(runs).count("was there already"), 3)
        kept = self.json("history", "list")["runs"]
        self.assertEqual([run["id"] for run in kept], [3, 2, 1])
        self.assertEqual(sorted(run["start_realtime_ns"] for run in kept),
                         [run["start_realtime_ns"] for run in kept[::-1]])
        report = json.loads(execute([DNDPROF, "report", "--format", "json", runs]).stdout)
        self.assertEqual((kept[0]["wall_ns"], kept[0]["p95_ns"], kept[0]["operations"]),
                         (report["summary"]["wall_ns"],
                          report["timing"]["percentiles"]["p95"]["value_ns"],
                          report["summary"]["total_operations"]))
        self.assertEqual(stat.S_IMODE(os.stat(self.db).st_mode), 0o600)
        shutil.rmtree(runs)  # they are needed no more
        text = self.run_dndprof("history", "list", "--db", self.db, "--last", "1")[0]
        self.assertRegex(text, r"^Command +Run .*\npython3 +3 +20\d\d-\d\d-\d\d .*ms\n$")
        self.assertIn("removed 1 run\n",
                      self.run_dndprof("history", "rm", "--db", self.db, "2")[0])
        self.run_dndprof("history", "rm", "--db", self.db, "1", "2", status=3)
        self.assertEqual([run["id"] for run in self.json("history", "list")["runs"]], [3, 1])
        self.run_dndprof("history", "rm", "--db", self.db, "--keep", "1")
        self.assertEqual([run["id"] for run in self.json("history", "list")["runs"]], [3])
        with sqlite3.connect(self.db) as database:  # figures went with their runs
            self.assertEqual(database.execute("SELECT DISTINCT run FROM figures").fetchall(),
                             [(3,)])

    def test_default_place(self):
        """Beside the runs, in a directory of our own; the runs' reader leaves it alone."""
        home = self.path("home")
        env = environment(HOME=home, XDG_STATE_HOME=None, **CI)
        done = execute([DNDPROF, "run", "--report", "/dev/null", "--", PYTHON, self.client,
                        self.stub.path, "/info"], env)
        self.assertEqual(done.status, 0)
        os.umask(0o000)
        self.addCleanup(os.umask, 0o022)
        self.assertEqual(execute([DNDPROF, "history", "add"], env).status, 0)
        place = os.path.join(home, ".local/state/dndprof")
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(place, "history.db")).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(place).st_mode), 0o700)
        self.assertEqual(execute([DNDPROF, "report"], env).status, 0)
        self.assertIn(b"python3", execute([DNDPROF, "trend"], env).stdout)

    def test_where_it_was(self):
        """Branch and CI job by the environment, else the branch of .git/HEAD."""
        git = self.path("work/deep")
        os.makedirs(git)
        os.mkdir(self.path("work/.git"))
        self.write("work/.git/HEAD", "ref: refs/heads/topic/one\n")
        cases = (
            ({}, ("topic/one", None, None, None, None)),
            ({"GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "12/merge", "GITHUB_HEAD_REF": "fix",
              "GITHUB_SHA": "a" * 40, "GITHUB_RUN_ID": "77", "GITHUB_JOB": "build", "CI": "true"},
             ("fix", "a" * 40, "github", "77", "build")),
            ({"GITLAB_CI": "true", "CI_COMMIT_REF_NAME": "main", "CI_COMMIT_SHA": "b" * 40,
              "CI_PIPELINE_ID": "9", "CI_JOB_NAME": "test", "CI": "true"},
             ("main", "b" * 40, "gitlab", "9", "test")),
            ({"JENKINS_URL": "http://x", "GIT_BRANCH": "origin/main", "BUILD_NUMBER": "5",
              "JOB_NAME": "j\x1b[31m"}, ("origin/main", None, "jenkins", "5", "j\ufffd[31m")),
            ({"CI": "1", "BUILD_ID": "8"}, ("topic/one", None, "ci", "8", None)))
        for number, (variables, expected) in enumerate(cases):
            runs = self.record(f"runs{number}", 1, 0)
            self.add(runs, env=environment(**{**CI, **variables}), cwd=git)
            run = self.json("history", "list")["runs"][0]
            self.assertEqual(tuple(run[key] for key in
                                   ("branch", "revision", "ci", "build", "job")), expected)
        self.write("work/.git/HEAD", "c" * 40 + "\n")
        self.add(self.record("detached", 1, 0), cwd=git)
        run = self.json("history", "list")["runs"][0]
        self.assertEqual((run["branch"], run["revision"]), (None, "c" * 40))
        self.add("--branch", "mine", self.record("mine", 1, 0), cwd=git)
        found = self.json("history", "list", "--branch", "m*")["runs"]
        self.assertEqual([run["branch"] for run in found], ["mine", "main"])
        self.assertEqual(self.json("history", "list", "--command", "docker*")["runs"], [])

    def test_writers_at_once(self):
        """Eight that make the very file, and write it: none is lost, none fails."""
        runs = self.record("runs", 16, 0)
        paths = [os.path.join(runs, name) for name in sorted(os.listdir(runs))]
        writers = [subprocess.Popen([DNDPROF, "history", "add", "--db", self.db,
                                     *paths[first::8], *paths[:2]],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    env=environment(**CI)) for first in range(8)]
        for writer in writers:
            out, error = writer.communicate(timeout=120)
            self.assertEqual((writer.returncode, error), (0, b""), out)
        kept = self.json("history", "list")["runs"]
        self.assertEqual(sorted(os.path.basename(run["path"]) for run in kept),
                         [os.path.basename(path) for path in paths])
        with sqlite3.connect(self.db) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(database.execute("PRAGMA journal_mode").fetchall(), [("wal",)])
            self.assertEqual(database.execute("SELECT count(*), count(DISTINCT run) FROM figures "
                                              "WHERE metric = 'wall'").fetchall(), [(16, 16)])

    def test_only_where_it_is_needed(self):
        """What profiles a command loads no database."""
        require("strace", "readelf")
        needed = execute(["readelf", "-d", DNDPROF]).stdout
        self.assertNotIn(b"sqlite", needed)
        trace = self.path("trace")
        execute(["strace", "-f", "-o", trace, "-e", "trace=open,openat", DNDPROF, "run", "-o",
                 self.path("runs"), "--report", "/dev/null", "--", "true"])
        with open(trace) as file:
            self.assertNotIn("sqlite", file.read())
        execute(["strace", "-o", trace, "-e", "trace=open,openat", DNDPROF, "history", "add",
                 "--db", self.db, self.path("runs")])
        with open(trace) as file:
            self.assertIn("libsqlite3.so.0", file.read())


class Hostile(Kept):
    """Whatever the file is: one sentence, status 3, and it is as it was."""

    def refused(self, said, *words):
        words = words or ("history", "list")
        before = open(self.db, "rb").read() if os.path.isfile(self.db) else None
        done = execute([DNDPROF, *words, "--db", self.db])
        self.assertEqual(done.status, 3, (said, done))
        self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
        self.assertIn(said, done.stderr.decode())
        self.assertEqual(done.stdout, b"")
        if before is not None:
            with open(self.db, "rb") as file:
                self.assertEqual(file.read(), before)

    def history(self):
        """A good one with runs and a baseline, as bytes, all in one file."""
        self.add(self.record("runs", 2, 0))
        self.run_dndprof("baseline", "save", "--db", self.db, "b")
        with sqlite3.connect(self.db) as database:
            database.execute("PRAGMA journal_mode = DELETE")
        with open(self.db, "rb") as file:
            return file.read()

    def replace(self, data):
        for end in ("", "-wal", "-shm", "-journal"):
            if os.path.exists(self.db + end):
                os.unlink(self.db + end)
        with open(self.db, "wb") as file:
            file.write(data)

    def test_no_history(self):
        self.refused("there is no history")
        self.replace(b"text, and nothing else\n" * 100)
        self.refused("is no history")
        os.unlink(self.db)
        os.symlink(self.path("other"), self.db)
        self.refused("is a link")
        self.refused("is a link", "history", "add", self.record("runs", 1, 0))
        os.unlink(self.db)
        os.mkfifo(self.db)
        self.refused("is no file")
        os.unlink(self.db)
        os.mkdir(self.db)
        self.refused("cannot be opened")

    def test_other_databases(self):
        with sqlite3.connect(self.db) as database:
            database.execute("CREATE TABLE runs (id)")
        self.refused("is no history")
        self.refused("is no history", "history", "add", self.record("runs", 1, 0))

    def test_tampered(self):
        good = self.history()
        for sql, said in (
                ("PRAGMA user_version = 99", "newer dndprof"),
                ("PRAGMA user_version = 0", "is no history"),
                ("PRAGMA application_id = 7", "is no history"),
                ("CREATE TABLE more (x)", "other tables"),
                ("CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END",
                 "other tables"),
                ("DROP TABLE runs; CREATE VIEW runs AS WITH RECURSIVE r(id) AS (SELECT 1 UNION ALL "
                 "SELECT id + 1 FROM r) SELECT id FROM r", "other tables"),
                ("DROP TABLE figures", "other tables"),
                ("ALTER TABLE runs ADD COLUMN more TEXT", "other tables")):
            with self.subTest(sql):
                self.replace(good)
                database = sqlite3.connect(self.db)
                database.executescript(sql)
                database.close()
                self.refused(said)
                self.refused(said, "trend")
                self.refused(said, "baseline", "compare", "b", self.path("runs"))

    def test_damaged(self):
        """Bytes changed or cut off anywhere: an answer or a sentence, never more."""
        good = self.history()
        said = 0
        for step in range(60):
            data = bytearray(good)
            if step % 3 == 0:
                data = data[:len(data) * step // 60]
            else:
                at = 100 + (step * 7919) % (len(data) - 200)
                data[at:at + 40] = bytes((step * 37 + i * 11) % 256 for i in range(40))
            self.replace(bytes(data))
            for words in (("history", "list"), ("trend", "--all"), ("baseline", "list"),
                          ("baseline", "compare", "b", self.path("runs"))):
                done = execute([DNDPROF, *words, "--db", self.db])
                self.assertIn(done.status, (0, 3), (step, words, done))
                if done.status:
                    self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
                    said += 1
        self.assertGreater(said, 20)

    def test_hostile_values(self):
        """Control characters, far numbers and unknown keys within tables that are ours."""
        good = self.history()
        self.replace(good)
        database = sqlite3.connect(self.db)
        database.executescript(
            "UPDATE runs SET program = 'p' || char(27) || '[31m' || char(10), host = char(8238), "
            "start_ns = 9223372036854775807 WHERE id = 1; "
            "UPDATE runs SET start_ns = -9223372036854775808, branch = hex(zeroblob(100000)) "
            "WHERE id = 2;"
            "UPDATE figures SET value = 1e308; "
            "INSERT INTO figures VALUES (1, 'run', '', 'wall2', 1), (1, 'moon', 'x', 'p50', 1), "
            "(1, 'endpoint', char(27) || '<b>|`', 'p50', -1e308), (2, 'endpoint', 'n', 'p50', 9e999)")
        database.close()
        for words in (("history", "list"), ("trend", "--all", "--command", "*"),
                      ("baseline", "compare", "b", "--all", self.path("runs")),
                      ("baseline", "compare", "b", "--format", "markdown", self.path("runs"))):
            done = execute([DNDPROF, *words, "--db", self.db])
            self.assertEqual(done.status, 0, done)
            self.assertNotIn(b"\x1b", done.stdout)
        self.json("history", "list")
        self.json("trend", "--command", "*")
        self.run_dndprof("history", "rm", "--db", self.db, "--force", "1", "2")


class Baseline(Kept):
    def test_save_and_compare(self):
        paths = ("/containers/json",) * 6
        self.add(self.record("before", 8, 0.01, paths, between=(("after", 0.05), ("same", 0.01))))
        self.assertIn("saved baseline main: 8 runs",
                      self.run_dndprof("baseline", "save", "--db", self.db, "main")[0])
        self.assertEqual([(row["name"], row["runs"]) for row in
                          self.json("baseline", "list")["baselines"]], [("main", 8)])
        one = os.path.join(self.path("after"), os.listdir(self.path("after"))[0])
        slow = ("baseline", "compare", "--db", self.db, "main", "--format", "json", "--fail-on",
                f"p50 {LIST}>+100%")
        for new, tested in ((self.path("after"), "runs"), (one, "spread")):
            compared = json.loads(self.run_dndprof(*slow, new, status=1)[0])
            row = self.row(compared, "endpoint", LIST, "p50")
            self.assertEqual((row["verdict"], row["tested"]), ("rose", tested), row)
            self.assertEqual(row["base_operations"], 48)
        same = json.loads(self.run_dndprof(*slow, self.path("same"))[0])
        self.assertIn(self.row(same, "endpoint", LIST, "p50")["verdict"], ("noise", "same"))
        # the runs of a baseline stay
        self.assertIn("belongs to the baseline main",
                      self.run_dndprof("history", "rm", "--db", self.db, "1", status=3)[1])
        self.run_dndprof("history", "rm", "--db", self.db, "1", "--force")
        self.assertEqual(self.json("baseline", "list")["baselines"][0]["runs"], 7)
        self.assertEqual(self.json("history", "list", "--last", "1")["runs"][0]["baselines"],
                         "main")
        self.run_dndprof("baseline", "save", "--db", self.db, "main", "3", "4")
        self.assertEqual(self.json("baseline", "list")["baselines"][0]["runs"], 2)
        # without its baseline a run may go; of several baselines all go, or none
        self.run_dndprof("baseline", "save", "--db", self.db, "other", "4")
        said = self.run_dndprof("baseline", "rm", "--db", self.db, "main", "none", status=3)[1]
        self.assertIn("there is no baseline none in ", said)
        self.assertIn("dndprof baseline list", said)
        self.assertEqual(len(self.json("baseline", "list")["baselines"]), 2)
        self.assertEqual(self.run_dndprof("baseline", "rm", "--db", self.db, "main", "other")[0],
                         "removed 2 baselines; the runs are kept\n")
        self.assertEqual(self.json("baseline", "list")["baselines"], [])
        self.assertEqual(len(self.json("history", "list")["runs"]), 7)
        self.run_dndprof("history", "rm", "--db", self.db, "4")

    def test_mistakes(self):
        runs = self.record("runs", 1, 0)
        self.add(runs)
        for words, status, said in (
                (["baseline", "compare", "none", runs], 3, "dndprof baseline save none"),
                (["baseline", "compare"], 2, "which baseline?"),
                (["baseline", "save"], 2, "what shall it be called?"),
                (["baseline", "save", "x", "nine"], 2, "dndprof history list"),
                (["baseline", "save", "x", "9"], 3, "there is no run 9"),
                (["baseline", "save", "x", "--branch", "no"], 3, "no run is chosen"),
                (["history", "rm"], 2, "which runs?"),
                (["baseline", "rm"], 2, "dndprof baseline list"),
                (["history", "add", self.path("none")], 3, "does not exist"),
                (["trend", "--command", "no"], 3, "dndprof history add"),
                (["trend", "--metric", "p96"], 2, "there is no metric p96")):
            with self.subTest(words):
                done = execute([DNDPROF, *words, "--db", self.db])
                self.assertEqual(done.status, status, done)
                self.assertIn(said, done.stderr.decode())


class Trend(Kept):
    def test_step(self):
        """The engine became slower after the ninth of eighteen runs; other requests did not."""
        self.add(self.record("fast", 9, 0.005))
        self.add(self.record("slow", 9, 0.05))
        trend = self.json("trend")
        self.assertEqual(len(trend["runs"]), 18)
        series = {(row["subject"], row["name"], row["metric"]): row for row in trend["series"]}
        row = series["endpoint", LIST, "p50"]
        self.assertEqual(row["runs"], list(range(1, 19)))
        self.assertEqual([step["run"] for step in row["steps"]], [10])
        self.assertAlmostEqual(row["steps"][0]["after"], 50e6, delta=20e6)
        self.assertLess(row["steps"][0]["before"], 30e6)
        self.assertEqual(series["endpoint", LIST, "count"]["steps"], [])
        text = self.run_dndprof("trend", "--db", self.db, "--of", LIST, "--metric", "p50")[0]
        self.assertRegex(text, r"\nGET /containers/json\nP50 +18 +.*ms  [▁-█]{18}\n"
                               r" +step \+[\d.]+%: [\d.]+ms to [\d.]+ms since run 10, 20")
        ascii_text = self.run_dndprof("trend", "--db", self.db, "--ascii")[0]
        self.assertTrue(ascii_text.isascii())
        self.assertRegex(ascii_text, r"^18 runs since 20\S+ \S+ UTC; the newest: python3 on ")
        markdown = self.run_dndprof("trend", "--db", self.db, "--format", "markdown")[0]
        self.assertRegex(markdown, r"\| `GET /containers/json` \| `P50` \| 18 \|")


if __name__ == "__main__":
    unittest.main()
