/* sample.c - three functions, one of them inlined: what tests/fuzz/samples makes programs of. */
int counted;

static inline int doubled(int x)
{
	return x * 2 + counted;
}

__attribute__((noinline)) int first(int x)
{
	counted += x;
	return doubled(x) + 1;
}

int second(int x)
{
	counted++;
	return first(x) + first(counted);
}
