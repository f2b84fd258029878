"""Pools of workers that count and time themselves (tests/programs/pool.c, and the same in Python)
against the report's. Counts are exact; times only as good as a busy machine lets them be."""

import json
import os
import re

import harness

ALONE = True
SECTION = re.compile(r"\nWORKER PERFORMANCE\n-+\n(.*?)\n\nCATEGORY", re.S)

QUEUE = """
import json, queue, threading, time
jobs, truth = queue.Queue(), []
def work():
    count = 0
    while jobs.get() is not None:
        time.sleep(0.01)
        count += 1
    truth.append({"tid": threading.get_native_id(), "jobs": count, "busy": count * 0.01})
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads: thread.start()
time.sleep(0.1)
for number in range(30):
    jobs.put(number)
    time.sleep(0.02)
time.sleep(0.1)
for _ in threads: jobs.put(None)
for thread in threads: thread.join()
for line in truth: print(json.dumps(line))
"""

EXECUTOR = """
import collections, json, threading, time
from concurrent.futures import ThreadPoolExecutor
truth = collections.Counter()
def job():
    time.sleep(0.01)
    truth[threading.get_native_id()] += 1
with ThreadPoolExecutor(4) as pool:
    for number in range(30):
        pool.submit(job)
        time.sleep(0.02)
    time.sleep(0.1)
for tid, count in truth.items():
    print(json.dumps({"tid": tid, "jobs": count, "busy": count * 0.01}))
"""
TRIES = 6

BURST = """
import time
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    list(pool.map(time.sleep, [0.02] * 20))
    time.sleep(0.5)
"""


class Workers(harness.Case):
    def pool(self, *command, **settings):
        """Profiles a pool; the truth by thread, the rows by thread, the section."""
        profile = self.profile(command, **settings)
        self.assertEqual(profile.outcome.status, 0, profile.outcome.stderr)
        truth = {row["tid"]: row for row in map(json.loads, profile.outcome.stdout.splitlines())}
        section = profile.report["workers"]
        return truth, {row["tid"]: row for row in section["workers"]}, section

    def in_c(self, text):
        return self.pool(harness.program("pool"), *text.split())

    def check(self, truth, rows, section, tolerance=0.25):
        self.assertEqual({tid: row["jobs"] for tid, row in rows.items()},
                         {tid: row["jobs"] for tid, row in truth.items()})
        for tid, row in rows.items():
            busy = row["busy_ns"] / 1e9
            self.assertGreaterEqual(busy, truth[tid]["busy"] * 0.98)
            self.assertLess(busy, truth[tid]["busy"] + tolerance)
            self.assertAlmostEqual(row["utilization"],
                                   row["busy_ns"] / (row["busy_ns"] + row["idle_ns"]), 6)
        for key in ("jobs", "busy_ns", "idle_ns", "blocked_ns"):
            self.assertEqual(section["total"][key], sum(row[key] for row in rows.values()), key)
        utilizations = [row["utilization"] for row in section["workers"]]
        self.assertEqual(utilizations, sorted(utilizations, reverse=True))

    def test_condition(self):
        for text in ("cond sleep 4 60 2000 3000", "cond sleep 4 100 1000 0",
                     "both sleep 3 60 2000 3000", "both sleep 4 100 1000 0",
                     "broadcast sleep 4 60 2000 3000"):
            with self.subTest(text):
                truth, rows, section = self.in_c(text)
                self.check(truth, rows, section)
                self.assertEqual([pool["pool"] for pool in section["pools"]], ["consume"])
                self.assertEqual({row["worker"] for row in rows.values()},
                                 {f"consume-{i + 1}" for i in range(len(rows))})

    def test_semaphore(self):
        for text in ("sem sleep 4 60 2000 3000", "sem sleep 4 100 1000 0"):
            with self.subTest(text):
                self.check(*self.in_c(text))

    def test_barrier(self):
        self.check(*self.in_c("barrier sleep 3 60 1000 0"))

    def test_queue_delay(self):
        for kind in ("cond", "sem"):
            with self.subTest(kind):
                for _ in range(TRIES):  # jobs that queue up on a busy machine wake nobody
                    pool, = self.in_c(f"{kind} sleep 4 50 1000 5000")[2]["pools"]
                    if pool["wakes"] >= 45:
                        break
                self.assertGreaterEqual(pool["wakes"], 45)
                self.assertLessEqual(pool["wakes"], 50)
                self.assertGreater(pool["p50_delay_ns"], 0)
                self.assertLess(pool["p50_delay_ns"], 5e6)

    def test_what_busy_is(self):
        """Receiving is blocked in a call, spinning is CPU, sleeping is neither."""
        expected = {"recv": "blocked_ns", "spin": "cpu_ns", "sleep": "other_ns"}
        for job, key in expected.items():
            with self.subTest(job):
                truth, _, section = self.in_c(f"cond {job} 2 40 4000 5000")
                total = section["total"]
                busy = sum(row["busy"] for row in truth.values()) * 1e9
                others = {"blocked_ns", "cpu_ns"} - {key}
                # spinning, it shares the CPU with who else is here
                self.assertGreater(total[key], busy * (0.1 if job == "spin" else 0.8))
                for other in others - ({"cpu_ns"} if job == "spin" else set()):
                    self.assertLess(total[other], busy * 0.3, other)

    def test_imbalance(self):
        """Nine of ten jobs go to whom they find; the tenth is ten times as long."""
        truth, rows, section = self.in_c("cond uneven 4 40 1000 3000")
        self.check(truth, rows, section)
        pool, = section["pools"]
        self.assertEqual(pool["highest_utilization"],
                         max(row["utilization"] for row in rows.values()))
        self.assertEqual(pool["lowest_utilization"],
                         min(row["utilization"] for row in rows.values()))
        self.assertGreaterEqual(pool["max_job_ns"], 10e6)
        self.assertGreaterEqual(pool["p95_job_ns"], 10e6)

    def test_life_is_a_job(self):
        """Threads that never wait for work."""
        truth, rows, section = self.in_c("none recv 4 20 2000 0")
        self.assertEqual(set(rows), set(truth))
        for row in rows.values():
            self.assertEqual((row["jobs"], row["idle_ns"], row["utilization"]), (1, 0, 1))

    def test_ends(self):
        """Workers that nobody ends wait until the process does; cancelled ones until they are."""
        for end in ("leave", "cancel"):
            for kind in ("cond", "sem"):
                with self.subTest(end, kind=kind):
                    truth, rows, section = self.in_c(f"{kind} sleep 3 30 2000 3000 {end}")
                    self.check(truth, rows, section)
                    for row in rows.values():
                        self.assertEqual(row["active"], 0)
                        self.assertGreater(row["idle_ns"], 100e6)

    def test_kinds(self):
        """Threads of one routine whose names differ in more than a number are several pools; the
        names are those they had at last, whoever gave them, but
        for one that was written to a file."""
        section = self.profile([harness.program("named")]).report["workers"]
        names = [row["worker"] for row in section["workers"]]
        pools = [(row["pool"], row["threads"]) for row in section["pools"]]
        if "Unseen" in names:  # a busy machine let it be written before the thread first waited
            others, other_pools = ["Unseen", "routine-1"], [("Unseen", 1), ("routine", 1)]
        else:
            others, other_pools = ["routine-1", "routine-2"], [("routine", 2)]
        self.assertCountEqual(names, ["Collector#0", "Collector#1", "Collector#2",
                                      "Machine Thread", *others])
        self.assertCountEqual(pools, [("Collector", 3), ("Machine Thread", 1), *other_pools])
        for row in section["workers"]:
            self.assertGreater(row["idle_ns"], 50e6, row)

    def test_killed(self):
        """Of a killed process there is what was recorded."""
        script = self.write("kill.sh", "#!/bin/sh\n"
                            f"{harness.program('pool')} cond sleep 3 100 20000 0 &\n"
                            "sleep 0.3\nkill -9 $!\nwait\n", 0o755)
        profile = self.profile(["/bin/sh", script])
        rows = profile.report["workers"]["workers"]
        self.assertEqual(len(rows), 3)
        for row in rows:
            self.assertEqual(row["active"], 1)
            self.assertGreater(row["busy_ns"], 20e6)
            self.assertIsNone(row["cpu_ns"])

    def test_wrapped(self):
        """With room for few records a worker keeps its pool and says that it is partial."""
        truth, rows, section = self.pool(
            harness.program("pool"), *"cond sleep 2 2000 20 30".split(),
            options=("--set", "DNDPROF_MAX_DATA_POINTS=100"))
        self.assertEqual([(pool["pool"], pool["partial"]) for pool in section["pools"]],
                         [("consume", True)])
        for tid, row in rows.items():
            self.assertLess(0, row["jobs"])
            self.assertLess(row["jobs"], truth[tid]["jobs"])

    def test_one_thread(self):
        profile = self.profile(["/bin/true"])
        workers = profile.report["workers"]
        self.assertEqual((workers["pools"], workers["workers"]), ([], []))
        self.assertIn("no worker threads", workers["total"]["none"])

    def test_python_queue(self):
        self.check(*self.pool(harness.PYTHON, "-c", QUEUE))

    def test_python_executor(self):
        """Where jobs come one by one each is told. On a busy machine some stand in the queue when
        a worker comes back, which then does not wait: those merge, and the pool says so."""
        for _ in range(TRIES):
            truth, rows, section = self.pool(harness.PYTHON, "-c", EXECUTOR)
            rows = {tid: row for tid, row in rows.items() if tid in truth or row["jobs"]}
            done = sum(row["jobs"] for row in truth.values())
            if sum(row["jobs"] for row in rows.values()) == done:
                break
            self.assertLess(sum(row["jobs"] for row in rows.values()), done)
            self.assertTrue(any(pool["merged"] for pool in section["pools"]), section["pools"])
        self.check(truth, rows, section)

    def test_python_burst(self):
        """All jobs at once, then none: how many there were nobody can tell, idle they are."""
        _, _, section = self.pool(harness.PYTHON, "-c", BURST)
        total = section["total"]
        self.assertTrue(section["pools"][0]["merged"])
        self.assertGreaterEqual(total["jobs"], 1)
        self.assertGreaterEqual(total["idle_ns"], 4 * 0.49e9)
        self.assertGreaterEqual(total["busy_ns"], 0.39e9)

    def test_compose(self):
        """docker-compose starts its containers in threads."""
        harness.require("docker-compose")
        address = harness.engine()
        self.write("docker-compose.yml", "version: '2.4'\nservices:\n" + "".join(
            f"  s{i}: {{image: 'bb:1', command: sleep 60, network_mode: none}}\n"
            for i in range(3)))
        base = ["docker-compose", "-p", f"workers{os.getpid()}", "-f",
                self.path("docker-compose.yml")]
        env = harness.environment(DOCKER_HOST=address)
        self.addCleanup(harness.execute, [*base, "kill"], env)
        self.addCleanup(harness.execute, [*base, "rm", "-f"], env)
        profile = self.profile([*base, "up", "--no-start"], env)
        self.assertEqual(profile.outcome.status, 0, profile.outcome.stderr)
        section = profile.report["workers"]
        self.assertTrue(section["workers"])
        for row in section["workers"]:
            self.assertEqual(row["kind"], "thread")
            self.assertGreaterEqual(row["utilization"], 0)

    def test_marked(self):
        """Jobs that the program marks are its workers', whatever their threads wait for."""
        section = self.profile([harness.program("api_pool"), "3", "12"]).report["workers"]
        rows = {row["worker"]: row for row in section["workers"]}
        self.assertEqual({name: row["jobs"] for name, row in rows.items()},
                         {"pool-0": 4, "pool-1": 4, "pool-2": 4})
        self.assertEqual({row["kind"] for row in rows.values()}, {"marked"})
        for name, job in (("pool-0", 4e6), ("pool-2", 8e6)):
            self.assertGreaterEqual(rows[name]["busy_ns"], 4 * job)
            self.assertGreaterEqual(rows[name]["idle_ns"], 16e6)
            self.assertGreaterEqual(rows[name]["p50_job_ns"], job)

    def test_go(self):
        """A Go program's threads are shown as such, and have no jobs."""
        harness.require("docker")
        address = harness.engine()
        profile = self.profile(["docker", "ps"], harness.environment(DOCKER_HOST=address))
        section = profile.report["workers"]
        self.assertTrue(section["workers"])
        for row in section["workers"]:
            self.assertEqual((row["kind"], row["jobs"]), ("go", None))

    def test_text(self):
        """Columns to the letter."""
        report = self.path("report.txt")
        done = harness.execute([harness.DNDPROF, "run", "-o", self.path("profiles"), "--report",
                                report, "--", harness.program("pool"),
                                *"cond sleep 2 10 2000 3000".split()])
        self.assertEqual(done.status, 0, done.stderr)
        with open(report) as file:
            lines = SECTION.search(file.read())[1].splitlines()
        self.assertEqual(lines[0], "%-10s %12s %12s %12s %12s %12s" % (
            "Worker ID", "Jobs", "Busy Time", "Idle Time", "Avg Job", "Utilization"))
        self.assertRegex(lines[1], r"^consume-\d +\d+ +\S+s +\S+s +\S+s +\d+\.\d%$")
        self.assertRegex(lines[3], r"^TOTAL +10 ")
        self.assertTrue(all(len(line) <= 80 for line in lines))
