"""A second reader of profile files, straight from include/dndprof/profile.h and independent of the
analyzer: what it says of a file, the analyzer must agree with."""

import collections
import struct

HEADER = struct.Struct("<8sIIHHIQQQQQ4I4Ii I4Q2Q".replace(" ", ""))
RING = struct.Struct("<IIQQIIIIQII24Q192QQ")
RECORD = struct.Struct("<QQQqiIQHBBBBBBQ")
STATS = struct.Struct("<II9Q44Q")
CALL = struct.Struct("<32s16sBB14x")
SLOT = 64
SEGMENTS = 24
MORE = 2
KIND_OFFSET = 50

Record = collections.namedtuple("Record", "position start duration result fd generation arg call "
                                          "kind slots payload weight error flags context data")
Stats = collections.namedtuple("Stats", "count errors retries bytes timed sum min max zero")


class Ring:
    def __init__(self, data, offset):
        fields = RING.unpack_from(data, offset)
        (magic, self.kind, self.next, self.head, self.base, self.segment_count, self.owner,
         self.owners, self.in_call_since, self.in_call, self.index) = fields[:11]
        assert magic == 0x474E4952, f"no ring at {offset}"
        self.segments = fields[11:11 + SEGMENTS]
        self.stats = fields[11 + SEGMENTS:11 + SEGMENTS + 190]
        self.capacity = self.base << (self.segment_count - 1)

    def slot(self, q):
        if q < self.base:
            return self.segments[0] + q * SLOT
        k = (q // self.base).bit_length()
        return self.segments[k] + (q - (self.base << (k - 1))) * SLOT

    def read(self, data):
        """Whole records by position, and the positions below head that should be there and are
        not."""
        slots = {}
        for q in range(min(self.capacity, self.head) if self.segment_count == 1 else self.capacity):
            seq, = struct.unpack_from("<Q", data, self.slot(q))
            position = seq - 1
            window = self.head - self.capacity <= position < self.head
            if seq and window and position % self.capacity == q:
                slots[position] = self.slot(q)
        records, used = {}, set()
        for position, at in slots.items():
            if data[at + KIND_OFFSET] == MORE:
                continue
            fields = RECORD.unpack_from(data, at)
            _, start, duration, result, fd, generation, arg, call, kind, count, payload, weight, \
                error, flags, context = fields
            parts = [slots.get(position + i) for i in range(1, count)]
            if None in parts or any(data[part + KIND_OFFSET] != MORE for part in parts):
                continue
            text = b"".join(data[part + 8:part + 8 + struct.unpack_from("<H", data, part + 48)[0]]
                            for part in parts)
            records[position] = Record(position, start, duration, result, fd, generation, arg, call,
                                       kind, count, payload, weight, error, flags, context, text)
            used.update(range(position, position + count))
        # A ring that grew keeps what it had: look from the oldest whole record on.
        missing = [p for p in range(min(used, default=self.head), self.head) if p not in used]
        return records, missing


class File:
    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        self.data = data
        fields = HEADER.unpack_from(data)
        (self.magic, self.endian, self.header_size, self.major, self.minor, section_count,
         section_offset, self.features, self.capacity, self.used, rings, self.gates, self.clock,
         self.clock_reason, self.notes, self.pid, self.ppid, self.uid, self.end, self.end_status,
         self.forked) = fields[:21]
        assert self.magic == b"DNDPROF\n" and self.endian == 0x01020304, f"{path}: no profile"
        self.losses = struct.unpack_from("<16Q", data, 152)
        self.call_null, self.go_call_null = struct.unpack_from("<2i", data, 320)
        self.sections = [struct.unpack_from("<IIQQ", data, section_offset + 24 * i)
                         for i in range(section_count)]
        self.calls = []
        for kind, size, offset, count in self.sections:
            if kind == 2:
                self.calls = [CALL.unpack_from(data, offset + size * i)[0].rstrip(b"\0").decode()
                              for i in range(count)]
        self.rings = []
        while rings:
            ring = Ring(data, rings)
            self.rings.append(ring)
            rings = ring.next

    def extents(self):
        """(begin, end) of all that was given out: no two may share a byte."""
        for ring in self.rings:
            for k, segment in enumerate(ring.segments[:ring.segment_count]):
                yield segment, segment + SLOT * (ring.base << max(k - 1, 0))
            for offset in filter(None, ring.stats):
                yield offset, offset + STATS.size
                for octave in filter(None, STATS.unpack_from(self.data, offset)[11:]):
                    yield octave, octave + 256

    def info(self):
        for kind, _, offset, count in self.sections:
            if kind == 1:
                text = self.data[offset:offset + count].decode(errors="replace")
                return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        return {}

    def counts(self):
        """Exact figures by call name, summed over the rings."""
        total = {}
        for ring in self.rings:
            for call, offset in enumerate(ring.stats):
                if offset:
                    new = Stats(*STATS.unpack_from(self.data, offset)[2:11])
                    old = total.get(self.calls[call])
                    total[self.calls[call]] = new if not old else Stats(
                        *(a + b for a, b in zip(old[:6], new[:6])), min(old.min, new.min),
                        max(old.max, new.max), old.zero + new.zero)
        return total

    def in_histograms(self):
        """How many durations the histograms of each call hold, over the rings."""
        total = collections.Counter()
        for ring in self.rings:
            for call, offset in enumerate(ring.stats):
                if not offset:
                    continue
                fields = STATS.unpack_from(self.data, offset)
                total[self.calls[call]] += fields[10] + sum(
                    sum(struct.unpack_from("<32Q", self.data, octave))
                    for octave in filter(None, fields[11:]))
        return total
