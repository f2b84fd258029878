/*
 * empty_preload.c - a library with nothing in it: what preloading any library costs a program's
 * start at least.
 *
 * cflags: -shared -fPIC
 */
const char dndprof_bench_empty;
