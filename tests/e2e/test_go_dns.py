"""Go's own resolver: it speaks to port 53 itself, and what it asks is seen by name. In namespaces of
our own, where port 53 is free and /etc/resolv.conf ours."""

import json
import os
import unittest

import harness
from go_programs import LINKAGES, linked
from harness import DNDPROF, Case, environment, execute

SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients", "name_server.py")
SCRIPT = """
ip link set lo up
mount --bind "$1/resolv.conf" /etc/resolv.conf
mkfifo "$1/ready"
"$2" "$3" "$1/asked" "$1/ready" </dev/null >/dev/null 2>&1 &
server=$!
read -r _ <"$1/ready"
rm "$1/ready"
shift 3
"$@"
status=$?
kill $server
exit $status
"""


class Dns(Case):
    def inside(self, command):
        self.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
        return execute(["unshare", "-n", "-m", "bash", "-c", SCRIPT, "dns", self.directory,
                        harness.PYTHON, SERVER, *command], environment(GODEBUG="netdns=go"))

    def test_lookups(self):
        harness.require_root()
        harness.require("unshare", "ip", "bash")
        names = ["fast.test", "slow.test", "absent.test"]
        for linkage in LINKAGES:
            with self.subTest(linkage=linkage):
                program = linked("resolve", linkage)
                native = self.inside([program, *names])
                os.unlink(self.path("asked"))
                report = self.path(f"report-{linkage}.json")
                runs = self.path("runs-" + linkage)
                done = self.inside([DNDPROF, "run", "-o", runs, "--format", "json", "--report",
                                    report, "--", program, *names])
                self.assertEqual(done, native)
                self.assertIn(b"fast.test [10.0.0.7]", native.stdout)
                with open(report) as file:
                    parsed = json.load(file)
                with open(self.path("asked")) as file:
                    asked = file.read().split()
                row, = [row for row in parsed["categories"] if row["category"] == "dns"]
                self.assertEqual(row["count"], len(asked))  # A and AAAA are asked apart
                self.assertGreaterEqual(row["max_ns"], 200_000_000)
                self.assertLess(row["min_ns"], 200_000_000)
                records = [record for record in self.dump(runs) if "dns" in record]
                seen = sorted(record["dns"]["name"] for record in records
                              if record["call"] == "write")
                self.assertEqual(seen, sorted(asked))
                self.assertEqual({record["dns"]["name"] for record in records}, set(names))


if __name__ == "__main__":
    unittest.main()
