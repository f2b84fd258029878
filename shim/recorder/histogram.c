/*
 * histogram.c - the tables of histogram.h. They are 2^(i/32) in 64-bit fixed point, rounded up; the
 * unit test computes them again.
 */
#include "recorder/histogram.h"

/* The last entry stands for 2^64, which no mantissa reaches: the largest number but one bucket is
 * compared with it. */
const uint64_t dndprof_histogram_bounds[DNDPROF_BUCKETS + 1] = {
	0x8000000000000000ull, 0x82cd8698ac2ba1d8ull, 0x85aac367cc487b15ull, 0x88980e8092da8528ull,
	0x8b95c1e3ea8bd6e7ull, 0x8ea4398b45cd53c1ull, 0x91c3d373ab11c337ull, 0x94f4efa8fef70962ull,
	0x9837f0518db8a970ull, 0x9b8d39b9d54e5539ull, 0x9ef5326091a111aeull, 0xa27043030c496819ull,
	0xa5fed6a9b15138ebull, 0xa9a15ab4ea7c0ef9ull, 0xad583eea42a14ac7ull, 0xb123f581d2ac2590ull,
	0xb504f333f9de6485ull, 0xb8fbaf4762fb9eeaull, 0xbd08a39f580c36bfull, 0xc12c4cca66709457ull,
	0xc5672a115506dadeull, 0xc9b9bd866e2f27a3ull, 0xce248c151f8480e4ull, 0xd2a81d91f12ae45bull,
	0xd744fccad69d6af5ull, 0xdbfbb797daf23756ull, 0xe0ccdeec2a94e112ull, 0xe5b906e77c8348a9ull,
	0xeac0c6e7dd24392full, 0xefe4b99bdcdaf5ccull, 0xf5257d152486cc2dull, 0xfa83b2db722a033bull,
	0xffffffffffffffffull,
};

const uint8_t dndprof_histogram_first[64] = {
	0,  0,	1,  2,	2,  3,	4,  4,	5,  6,	6,  7,	7,  8,	9,  9,	10, 10, 11, 12, 12, 13,
	13, 14, 14, 15, 15, 16, 16, 17, 17, 18, 18, 19, 19, 20, 20, 21, 21, 21, 22, 22, 23, 23,
	24, 24, 25, 25, 25, 26, 26, 27, 27, 27, 28, 28, 29, 29, 29, 30, 30, 30, 31, 31,
};
