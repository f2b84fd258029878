"""Go's own resolver: it speaks to port 53 itself, and what it asks is seen by name. In namespaces of
our own, where port 53 is free and /etc/resolv.conf ours."""

import json
import os
import unittest

from go_programs import LINKAGES, linked
from harness import DNDPROF, Case
from resolver import resolving


class Dns(Case):
    def test_lookups(self):
        names = ["fast.test", "slow.test", "absent.test"]
        for linkage in LINKAGES:
            with self.subTest(linkage=linkage):
                program = linked("resolve", linkage)
                native = resolving(self, [program, *names])
                os.unlink(self.path("asked"))
                report = self.path(f"report-{linkage}.json")
                runs = self.path("runs-" + linkage)
                done = resolving(self, [DNDPROF, "run", "-o", runs, "--format", "json", "--report",
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
