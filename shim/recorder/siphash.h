/*
 * siphash.h - SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012), keyed
 * with the run's secret: tells repeated requests without keeping their text. The shim may need libc
 * only, so this one hash is ours; tested against the paper's vectors.
 */
#ifndef DNDPROF_SHIM_SIPHASH_H
#define DNDPROF_SHIM_SIPHASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct siphash {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t siphash_rotate(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static inline void siphash_rounds(struct siphash *s, int n)
{
	while (n--) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = siphash_rotate(s->v1, 13) ^ s->v0;
		s->v3 = siphash_rotate(s->v3, 16) ^ s->v2;
		s->v0 = siphash_rotate(s->v0, 32);
		s->v2 += s->v1;
		s->v0 += s->v3;
		s->v1 = siphash_rotate(s->v1, 17) ^ s->v2;
		s->v3 = siphash_rotate(s->v3, 21) ^ s->v0;
		s->v2 = siphash_rotate(s->v2, 32);
	}
}

static inline uint64_t siphash(const uint8_t key[16], const void *data, size_t n)
{
	const uint8_t *p = data;
	uint64_t k0, k1, m, last = (uint64_t)n << 56;
	struct siphash s;
	size_t i;

	memcpy(&k0, key, 8);
	memcpy(&k1, key + 8, 8);
	s.v0 = k0 ^ 0x736f6d6570736575ull;
	s.v1 = k1 ^ 0x646f72616e646f6dull;
	s.v2 = k0 ^ 0x6c7967656e657261ull;
	s.v3 = k1 ^ 0x7465646279746573ull;
	for (i = 0; i + 8 <= n; i += 8) {
		memcpy(&m, p + i, 8);
		s.v3 ^= m;
		siphash_rounds(&s, 2);
		s.v0 ^= m;
	}
	for (size_t k = 0; i + k < n; k++)
		last |= (uint64_t)p[i + k] << (8 * k);
	s.v3 ^= last;
	siphash_rounds(&s, 2);
	s.v0 ^= last;
	s.v2 ^= 0xff;
	siphash_rounds(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

#endif
