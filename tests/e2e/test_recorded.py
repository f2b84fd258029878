"""What the programs of tests/programs did stands in their profiles: requests and answers whatever
way they took, names, paths, messages, ends, exact counts; through forks, jumps and filters."""

import collections
import os
import shutil
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import SHIM, environment, execute
from wrappers import Wrappers, heads, parts, payloads, skipped

NOTE_SECCOMP = 1 << 2
NOTE_TSC_FORBIDDEN = 1 << 3
LOSS_FORKED_CHILD = 4  # enum dndprof_loss
END_OPEN, END_EXIT, END__EXIT, END_EXEC = range(4)

# Ends of libc_exit: status or signal, what the file says of it.
ENDS = {
    "": (10, END_EXIT, 0), "exit": (6, END_EXIT, 0), "_exit": (3, END__EXIT, 3),
    "_Exit": (4, END__EXIT, 4), "syscall": (8, END__EXIT, 8), "handler": (15, END__EXIT, 15),
    "kill": (-signal.SIGKILL, END_OPEN, 0), "segv": (-signal.SIGSEGV, END_OPEN, 0),
    "abort": (-signal.SIGABRT, END_OPEN, 0),
}


class Recorded(Wrappers):
    """What the programs did stands in their files."""

    def test_after_longjmp(self):
        """10,000 jumps out of wrapped calls: recording goes on."""
        left = self.only("longjmp")
        self.assertIn("GET /after-longjmp HTTP/1.1", heads(left.records))
        self.assertIn("GET /after-longjmp HTTP/1.1", heads(left.records, flag="received"))
        self.assertEqual(left.records[-1]["call"], "getaddrinfo")

    def test_after_handlers(self):
        left = self.only("handlers")
        self.assertIn("GET /after-handlers HTTP/1.1", heads(left.records))
        self.assertGreater(left.counts["pthread_mutex_lock"].count, 1000)
        self.assertGreater(left.counts["sem_post"].count, 2000)

    def test_after_seccomp(self):
        for way in ("prctl", "syscall", "thread"):
            with self.subTest(way=way):
                left = self.only(f"seccomp_own {way}")
                self.assertIn("GET /after-filter HTTP/1.1", heads(left.records))
                self.assertEqual(left.counts["send"].count, 10005)
                self.assertTrue(left.file.notes & NOTE_SECCOMP, "the note is missing")
                shutil.rmtree(self.path("profiles"))

    def test_after_unseen_seccomp(self):
        """A filter is noticed, wherever it was set, before the first call of ours that it might
        forbid; threads that begin then share a ring, children have no profile."""
        for way in ("machine", "handle", "seen", "seen mute"):
            with self.subTest(way=way):
                left = self.only(f"seccomp_unseen {way}")
                self.assertTrue(left.file.notes & NOTE_SECCOMP, "the note is missing")
                self.assertIn("GET /under-filter HTTP/1.1", heads(left.records))
                self.assertEqual(left.counts["send"].count, 10 + 20000 + 10 + 3)
                self.assertEqual(left.counts["pthread_create"].count, 3)
                self.assertEqual(left.file.losses[LOSS_FORKED_CHILD], 2)
                shutil.rmtree(self.path("profiles"))

    def test_filter_that_forbids_the_question(self):
        """A known limit: one set by machine code that kills for prctl, by which we would ask."""
        command = self.command("seccomp_unseen machine mute")
        native = execute(command)
        skipped(native, "seccomp_unseen")
        self.assertEqual(native.status, 0, native)
        env = environment(LD_PRELOAD=SHIM, DNDPROF_DIR=self.path("profiles"))
        self.assertEqual(execute(command, env).status, -signal.SIGSYS)
        left, = self.files(self.path("profiles"))
        self.assertIn("GET /under-filter HTTP/1.1", heads(left.records))

    def test_filters_of_others(self):
        """No call of ours is made, either, under a filter of one who is not recorded: not selected,
        forked of one who stopped, in its parent's memory. And it is said of no one else."""
        self.run_both("seccomp_others self", settings={"DNDPROF_ONLY": "another"})
        sent = {"stopped": 10, "vfork": 20, "again": 20, "machine": 10, "counter": 10}
        for way, count in sent.items():
            with self.subTest(way=way):
                left = self.only(f"seccomp_others {way}")
                self.assertEqual(left.counts["send"].count, count)
                self.assertEqual(bool(left.file.notes & NOTE_SECCOMP), way == "again")
                self.assertFalse(left.file.notes & NOTE_TSC_FORBIDDEN)
                self.assertEqual(left.file.losses[LOSS_FORKED_CHILD], way == "again")
                shutil.rmtree(self.path("profiles"))

    def test_seccomp_probe(self):
        """To ask the kernel for filters is not to have one."""
        left = self.only("seccomp_own probe")
        self.assertIn("GET /after-filter HTTP/1.1", heads(left.records))
        self.assertFalse(left.file.notes & NOTE_SECCOMP)

    def test_counter_forbidden(self):
        """Where the time stamp counter may not be read, recording ends, and the file says so."""
        for way in ("tsc", "syscall_tsc", "strict", "syscall_strict"):
            with self.subTest(way=way):
                left = self.only(f"seccomp_own {way}")
                self.assertIn("GET /before-filter HTTP/1.1", heads(left.records))
                self.assertTrue(left.file.notes & NOTE_TSC_FORBIDDEN, "the note is missing")
                shutil.rmtree(self.path("profiles"))

    def test_ends(self):
        for way, (status, end, end_status) in ENDS.items():
            with self.subTest(way=way):
                outcome, directory = self.run_both(f"libc_exit {way}".strip())
                left, = self.files(directory)
                self.assertEqual(outcome.status, status)
                self.assertEqual(heads(left.records), ["GET /before-end HTTP/1.1"])
                self.assertEqual(left.file.end, end)
                if end == END__EXIT:
                    self.assertEqual(left.file.end_status, end_status)
                shutil.rmtree(directory)

    def test_musl(self):
        left, = [left for left in self.recorded("threads_musl") if not left.file.forked]
        self.assertEqual(heads(left.records), ["GET /musl HTTP/1.1"])
        self.assertEqual(left.counts["pthread_mutex_lock"].count, 40004)
        self.assertEqual(left.counts["pthread_create"].count, 6)

    def test_vfork(self):
        """What children in our memory do to their descriptors is not taken for our doing."""
        left = next(left for left in self.recorded("vfork")
                    if left.program == "vfork" and not left.file.forked)
        self.assertIn("GET /after-vfork HTTP/1.1", heads(left.records))
        self.assertIn("GET /after-vfork HTTP/1.1", heads(left.records, flag="received"))
        self.assertGreaterEqual(left.counts["vfork"].count, 300)

    def test_forks(self):
        """Each child that records has a file of its own, and none that does not."""
        found = collections.Counter()
        for left in self.recorded("forking"):
            targets = collections.Counter(line.split()[1] for line in heads(left.records))
            for word in ("/child", "/grandchild", "/daemon"):
                found[word] += targets[word]
                self.assertLessEqual(targets[word], 1, "two processes in one file")
            self.assertEqual(left.file.forked, 0 if "/after-forking" in targets else 1)
        self.assertEqual(found, {"/child": 25, "/grandchild": 25, "/daemon": 1})

    def test_locks_exact(self):
        """Every lock counts, contended or not."""
        counts = [left.counts["pthread_mutex_lock"].count for left in self.recorded("mutexes")
                  if "pthread_mutex_lock" in left.counts]
        self.assertGreater(max(counts), 400000)
        self.assertLess(max(counts), 401000)

    def test_closed_and_reused(self):
        """After all descriptors were closed behind our back, flows begin anew."""
        left = self.only("surroundings")
        self.assertEqual(heads(left.records), ["GET /reused HTTP/1.1"] * 100)
        flows = {(record["fd"], record["generation"]) for record in left.records
                 if "request" in record}
        self.assertEqual(len(flows), 100)


class Flows(Wrappers):
    """HTTP heads, names, paths and messages, whatever way they took."""

    REQUESTS = ["GET /two-sends HTTP/1.1", "POST /head-then-body HTTP/1.1", "PUT /vector HTTP/1.1",
                "DELETE /message HTTP/1.1", "DELETE /message HTTP/1.1", "DELETE /message HTTP/1.1",
                "GET /pipelined-1 HTTP/1.1", "GET /pipelined-2 HTTP/1.1", "GET /peeked HTTP/1.1",
                "GET /copied HTTP/1.1", "GET /stdio HTTP/1.1", "GET /long/", "GET /query"]
    RESPONSES = ["200 Two Sends", "201 Head Then Body", "200 Vector", "200 Message", "200 First",
                 "200 Second", "200 P1", "200 P2", "200 Peeked", "200 Copied", "200 Long",
                 "404 Not Found"]

    def whole_lines(self, lines):
        """Without those of the part in which first lines come apart; the long one cut."""
        return ["GET /long/" if line.startswith("GET /long/") else line for line in lines
                if "iddle" not in line and line != "GET /mid" and not line.endswith(" Mid")]

    def test_heads(self):
        """Each request and response once for each side, in order; nothing else. What stdio sends
        is libc's own call, which nobody can interpose: it is seen where it arrives."""
        records = self.only("http_split").records
        self.assertEqual(self.whole_lines(heads(records)),
                         [line for line in self.REQUESTS if "stdio" not in line])
        self.assertEqual(self.whole_lines(heads(records, flag="received")), self.REQUESTS)
        responses = ["HTTP/1.1 " + line for line in self.RESPONSES]
        self.assertEqual(self.whole_lines(heads(records, "response")), responses)
        self.assertEqual(self.whole_lines(heads(records, "response", "received")), responses)

    def test_first_lines_in_pieces(self):
        """A first line that came apart is joined."""
        records = self.only("http_split").records
        requests = [f"GET /middle-{number} HTTP/1.1" for number in (1, 2, 3)]
        responses = ["HTTP/1.1 200 Middle"] * 3
        for flag in ("sent", "received"):
            self.assertEqual([line for line in heads(records, flag=flag) if "/mid" in line],
                             requests)
            self.assertEqual([line for line in heads(records, "response", flag) if " Mid" in line],
                             responses)

    def test_facts_of_heads(self):
        """Lengths, whole or in pieces, and flags."""
        facts = {}
        for request in payloads(self.only("http_split").records, "request"):
            if request["line"]:
                facts.setdefault(request["line"].split()[1], request)
        self.assertEqual(facts["/vector"]["content_length"], 3)
        self.assertEqual(facts["/head-then-body"]["content_length"], 4)
        self.assertEqual(facts["/query"]["query"], ["follow"])
        self.assertIn("query", facts["/query"]["flags"])
        self.assertNotIn("query", facts["/vector"]["flags"])

    def test_equal_requests_have_equal_hashes(self):
        """However they were sent; what is sent behind a request is not its body."""
        hashes = {request["hash"]
                  for request in payloads(self.only("http_split").records, "request")
                  if "/message" in request["line"]}
        self.assertEqual(len(hashes), 1, hashes)

    def test_long_line(self):
        """A long line is cut, and says so."""
        request, = [request for request in payloads(self.only("http_split").records, "request")
                    if request["line"].startswith("GET /long/")][:1]
        self.assertIn("truncated", request["flags"])
        self.assertLess(len(request["line"]), 5000)

    def test_secret_of_query(self):
        self.assertNotIn(b"planted", self.only("http_split").file.data)

    def test_what_lies_behind(self):
        """Neither what lay behind an address or behind what was read, nor a body sent by sendfile; and
        what follows it is."""
        left = self.only("edges")
        self.assertNotIn(b"PLANTED", left.file.data)
        sent = heads(left.records, flag="sent")
        self.assertIn("POST /body-by-sendfile HTTP/1.1", sent)
        self.assertIn("GET /after-sendfile HTTP/1.1", sent)
        received = heads(left.records, flag="received")
        self.assertEqual(received.count("GET /short-read HTTP/1.1"), 4)

    def test_by_number(self):
        """syscall() with a number of a call we know is that call."""
        left = max(self.recorded("syscall_fn"), key=lambda left: len(left.records))
        self.assertEqual(heads(left.records).count("GET /syscall HTTP/1.1"), 2)
        self.assertEqual(heads(left.records, flag="received").count("GET /syscall HTTP/1.1"), 2)

    def network(self):
        """The profile of `network`, and what it printed."""
        outcome, directory = self.run_both("network")
        return next(left for left in self.files(directory) if not left.file.forked), outcome.stdout

    def test_requests_over_sockets(self):
        left, _ = self.network()
        count = heads(left.records).count("GET /v1.41/containers/json HTTP/1.1")
        self.assertIn(count, (6, 9))
        for kind, flag in (("request", "received"), ("response", "sent"), ("response", "received")):
            self.assertEqual(len(heads(left.records, kind, flag)), count, (kind, flag))

    def test_paths(self):
        self.assertEqual([path for path in payloads(self.network()[0].records, "path")],
                         ["/proc/sys/net/ipv4/ip_forward",
                          "/proc/sys/net/ipv4/ip_local_port_range",
                          "/proc/sys/net/core/somaxconn", "/proc/sys/net/none",
                          "/proc/sys/net/nothing"])

    def test_names(self):
        left, _ = self.network()
        asked = [record for record in left.records
                 if record["call"] in ("getaddrinfo", "gethostbyname")]
        self.assertEqual([record["call"] for record in asked], ["getaddrinfo", "gethostbyname"])
        for record in asked:
            self.assertEqual(record["name"], "localhost")

    def test_dns(self):
        """To port 53 by sendto and by send on a connected socket, and the answers."""
        left, stdout = self.network()
        if b"port 53" not in stdout:
            self.skipTest("port 53 may not be bound here")
        asked, answered = ([part["dns"] for record in left.records if flag in record["flags"]
                            for part in parts(record)
                            if "dns" in part and part["dns"]["response"] == response]
                           for flag, response in (("sent", False), ("received", True)))
        self.assertEqual(len(asked), 2)
        self.assertEqual(len(answered), 2)
        for message in asked + answered:
            self.assertEqual((message["name"], message["id"], message["type"]),
                             ("docker.test", 0x1234, 1))
        self.assertEqual([message["code"] for message in answered], [3, 3])

    def test_netlink(self):
        left, _ = self.network()
        dump, one = payloads(left.records, "netlink")
        self.assertEqual(dump, {"type": 18, "flags": 0x301, "link": None})  # RTM_GETLINK, a dump
        self.assertEqual(one, {"type": 18, "flags": 1, "link": "docker0"})

    def test_addresses(self):
        """Each connect has the address, and (descriptor, generation) names one flow: no two peers,
        but for a datagram socket that connects again."""
        left, _ = self.network()
        connects = [record for record in left.records if record["call"] == "connect"]
        peers = collections.defaultdict(set)
        for record in connects:
            peers[record["fd"], record["generation"]].add(record["address"])
        self.assertFalse([flow for flow, addresses in peers.items() if len(addresses) > 1])
        self.assertTrue(any(".sock" in record["address"] for record in connects))
        refused = [record for record in connects if record["error"] not in (None, "EINPROGRESS")]
        self.assertFalse(refused)

    def test_dump_agrees(self):
        """The analyzer's dump has the records that a reader of our own finds."""
        for name in ("http_split", "network"):
            for left in self.recorded(name):
                mine = collections.Counter(left.file.calls[record.call] for ring in left.file.rings
                                           for record in ring.read(left.file.data)[0].values()
                                           if record.kind == 1)
                self.assertEqual(collections.Counter(record["call"] for record in left.records),
                                 mine)


if __name__ == "__main__":
    unittest.main()
