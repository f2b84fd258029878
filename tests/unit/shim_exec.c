/* Tests of shim/exec: what a file is, and environments with and without us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "exec/environment.c"
#include "exec/inspect.c"
#include "exec/peek.c"
#include "exec/route.c"
#include "go/note.c"

/* ---- what they stand on ---- */

struct recorder dndprof_recorder;

bool recorder_may_call(void)
{
	return !dndprof_recorder.no_syscalls;
}

void host_helper(char *path, unsigned long size)
{
	snprintf(path, size, "/nonexistent/dndprof-exec");
}

static struct rundir run = {.path = "/tmp/run-1", .has_key = true};
static char *const own_env[] = {"HOME=/", "LD_PRELOAD=/x/libdndprof.so", "DNDPROF_DETAIL=basic",
				"DNDPROF_RUN=/tmp/other", NULL};

static int start(void **state)
{
	(void)state;
	route_start(&run, own_env);
	return 0;
}

/* ---- inspect ---- */

/* A file with these bytes; its kind. */
static struct inspected kind(const void *bytes, size_t n, mode_t mode)
{
	char path[] = "/tmp/dndprof-inspect-XXXXXX";
	int fd = mkstemp(path);
	struct inspected in;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	fchmod(fd, mode);
	inspect_file(&in, AT_FDCWD, path);
	unlink(path);
	close(fd);
	return in;
}

struct elf {
	Elf64_Ehdr header;
	Elf64_Phdr segments[3];
	struct {
		Elf64_Nhdr header;
		char name[4];
		char id[4];
	} note;
};

static struct elf go_static(void)
{
	struct elf elf = {
		.header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1},
			   .e_type = ET_EXEC,
			   .e_machine = EM_X86_64,
			   .e_phoff = offsetof(struct elf, segments),
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phnum = 3},
		.segments = {{.p_type = PT_LOAD},
			     {.p_type = PT_NOTE,
			      .p_offset = offsetof(struct elf, note),
			      .p_filesz = sizeof(elf.note)},
			     {.p_type = PT_LOAD}},
		.note = {{4, 4, 4}, "Go", "id"},
	};

	return elf;
}

static void kinds(void **state)
{
	struct elf elf = go_static();
	size_t n;

	(void)state;
	assert_int_equal(kind(&elf, sizeof(elf), 0755).kind, IMAGE_STATIC_GO);
	assert_false(kind(&elf, sizeof(elf), 0755).privileged);
	assert_true(kind(&elf, sizeof(elf), 04755).privileged);
	assert_true(kind(&elf, sizeof(elf), 02755).privileged);
	assert_false(kind(&elf, sizeof(elf), 02644).privileged); /* mandatory locking, once */
	elf.segments[2].p_type = PT_INTERP;
	assert_int_equal(kind(&elf, sizeof(elf), 0755).kind, IMAGE_DYNAMIC);
	elf = go_static();
	elf.note.header.n_type = 3;
	assert_int_equal(kind(&elf, sizeof(elf), 0755).kind, IMAGE_STATIC);
	elf = go_static();
	elf.header.e_ident[EI_CLASS] = ELFCLASS32;
	assert_int_equal(kind(&elf, sizeof(elf), 0755).kind, IMAGE_FOREIGN);
	elf = go_static();
	elf.header.e_machine = EM_AARCH64;
	assert_int_equal(kind(&elf, sizeof(elf), 0755).kind, IMAGE_OTHER);
	/* cut anywhere, and with offsets that lead nowhere */
	elf = go_static();
	for (n = 0; n < sizeof(elf); n++)
		assert_true(kind(&elf, n, 0755).kind <= IMAGE_STATIC_GO);
	elf.segments[1].p_offset = UINT64_MAX - 3;
	assert_int_equal(kind(&elf, sizeof(elf), 0755).kind, IMAGE_STATIC);
	elf.header.e_phoff = UINT64_MAX - 8;
	assert_int_equal(kind(&elf, sizeof(elf), 0755).kind, IMAGE_OTHER);
}

/* A dynamic program that needs a library called `name` first. */
struct needing {
	Elf64_Ehdr header;
	Elf64_Phdr segments[3];
	Elf64_Dyn dynamic[20];
	char strings[64];
};

static struct needing needing(const char *name)
{
	const uint64_t base = 0x400000;
	struct needing elf = {
		.header = go_static().header,
		.segments = {{.p_type = PT_LOAD, .p_vaddr = base, .p_filesz = sizeof(elf)},
			     {.p_type = PT_DYNAMIC,
			      .p_offset = offsetof(struct needing, dynamic),
			      .p_filesz = sizeof(elf.dynamic)},
			     {.p_type = PT_INTERP}},
		.dynamic = {{DT_NEEDED, {1}}, {DT_NEEDED, {33}}},
	};
	size_t i;

	elf.header.e_phoff = offsetof(struct needing, segments);
	for (i = 2; i < ARRAY_LEN(elf.dynamic) - 2; i++)
		elf.dynamic[i].d_tag = DT_INIT;
	elf.dynamic[i++] = (Elf64_Dyn){DT_STRTAB, {base + offsetof(struct needing, strings)}};
	snprintf(elf.strings + 1, 32, "%s", name);
	snprintf(elf.strings + 33, 31, "libasan.so.8");
	return elf;
}

/* What the address sanitizer's runtime must come first in, and only that. */
static void sanitizers(void **state)
{
	struct needing elf = needing("libasan.so.8");
	size_t n;

	(void)state;
	assert_int_equal(kind(&elf, sizeof(elf), 0755).kind, IMAGE_ASAN);
	for (n = 0; n < sizeof(elf); n++)
		assert_true(kind(&elf, n, 0755).kind != IMAGE_ASAN ||
			    n >= offsetof(struct needing, strings) + 1 + DNDPROF_ASAN_NAME);
	elf.dynamic[0].d_un.d_val = UINT64_MAX;
	assert_int_equal(kind(&elf, sizeof(elf), 0755).kind, IMAGE_DYNAMIC);
	elf = needing("libclang_rt.asan-x86_64.so");
	assert_int_equal(kind(&elf, sizeof(elf), 0755).kind, IMAGE_ASAN);
	elf.segments[1].p_offset = UINT64_MAX - 8;
	assert_int_equal(kind(&elf, sizeof(elf), 0755).kind, IMAGE_DYNAMIC);
	elf = needing("libtsan.so.2"); /* content with any place */
	assert_int_equal(kind(&elf, sizeof(elf), 0755).kind, IMAGE_DYNAMIC);
	assert_true(dndprof_preloads_asan("/x/libone.so:/usr/lib/gcc/libasan.so"));
	assert_true(dndprof_preloads_asan("libasan.so.8 /x/libone.so"));
	assert_false(dndprof_preloads_asan(":/libasan.so/libone.so:: "));
}

static void scripts(void **state)
{
	static const char loop[] = "#!/proc/self/nothing\n", sh[] = "#! /bin/sh -e\ntrue\n",
			  odd[] = "#!relative\n", bare[] = "#!";
	struct inspected in;
	char found[INSPECT_PATH];

	(void)state;
	assert_int_equal(kind(loop, sizeof(loop) - 1, 0755).kind, IMAGE_ABSENT);
	assert_int_equal(kind(sh, sizeof(sh) - 1, 0755).kind, IMAGE_DYNAMIC);
	assert_int_equal(kind(odd, sizeof(odd) - 1, 0755).kind, IMAGE_OTHER);
	assert_int_equal(kind(bare, sizeof(bare) - 1, 0755).kind, IMAGE_OTHER);
	inspect_file(&in, AT_FDCWD, "/tmp");
	assert_int_equal(in.kind, IMAGE_ABSENT);
	inspect_in_path(&in, "/nonexistent::/bin", "sh", found);
	assert_int_equal(in.kind, IMAGE_DYNAMIC);
	assert_string_equal(found, "/bin/sh");
	inspect_in_path(&in, "/bin", "no-such-program", found);
	assert_int_equal(in.kind, IMAGE_ABSENT);
	inspect_in_path(&in, "/bin", "", found);
	assert_int_equal(in.kind, IMAGE_ABSENT);
}

/* ---- environments ---- */

static void looking(void **state)
{
	char *with[] = {"A=b", "DNDPROF_RUN=/x", NULL}, *key[] = {"DNDPROF_RUN_KEY=1", NULL};
	char *listing[] = {"DNDPROF_RUN=/x", "LD_TRACE_LOADED_OBJECTS=1", NULL};
	char *many[200], *bad[] = {"A=b", (char *)8, NULL};
	char *behind[] = {(char *)8, (char *)16, "A=b", "DNDPROF_RUN=/x", NULL};
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *edge[] = {pages + 4096 - 4, NULL};
	size_t i;

	(void)state;
	assert_int_equal(environment_look(with), ENVIRONMENT_WITH);
	assert_int_equal(environment_look(key), ENVIRONMENT_WITHOUT);
	assert_int_equal(environment_look(NULL), ENVIRONMENT_WITHOUT);
	assert_int_equal(environment_look((char **)8), ENVIRONMENT_BAD);
	assert_int_equal(environment_look(bad), ENVIRONMENT_WITHOUT);
	assert_int_equal(environment_look(behind), ENVIRONMENT_WITH);
	for (i = 0; i < 199; i++)
		many[i] = "SOME=thing";
	many[199] = NULL;
	assert_int_equal(environment_look(many), ENVIRONMENT_WITHOUT);
	many[198] = with[1];
	assert_int_equal(environment_look(many), ENVIRONMENT_WITH);
	/* across two pages, and at the end of memory */
	strcpy(edge[0], "DNDPROF_RUN=/y");
	assert_int_equal(environment_look(edge), ENVIRONMENT_WITH);
	munmap(pages + 4096, 4096);
	assert_int_equal(environment_look(edge), ENVIRONMENT_WITHOUT);
	strcpy(edge[0], "A=b");
	assert_int_equal(environment_look(edge), ENVIRONMENT_WITHOUT);
	assert_int_equal(environment_look(listing), ENVIRONMENT_LISTING);
	many[197] = listing[1];
	assert_int_equal(environment_look(many), ENVIRONMENT_LISTING);
	munmap(pages, 4096);
}

static void finding(void **state)
{
	char *env[] = {"A=b", "DNDPROF_CHECKS=x", "DNDPROF_CHECK=dns", "DNDPROF_CHECK=late", NULL};
	char *alike[] = {"DNDPROF_CHEC", "XDNDPROF_CHECK=x", NULL};

	(void)state;
	assert_string_equal(environment_find(env, ENVIRONMENT_CHECK), "DNDPROF_CHECK=dns");
	assert_null(environment_find(alike, ENVIRONMENT_CHECK));
	assert_null(environment_find(NULL, ENVIRONMENT_CHECK));
	assert_null(environment_find((char **)8, ENVIRONMENT_CHECK));
}

/* The plan's environment, joined by spaces. */
static const char *joined(struct route_plan plan, char *const *env)
{
	static char text[2048];
	static struct route_env e;
	char *const *result = route_environment(&e, &plan, env);

	text[0] = 0;
	for (; result && *result; result++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", *result);
	return text;
}

#define OURS                                           \
	"DNDPROF_DETAIL=basic DNDPROF_RUN=/tmp/run-1 " \
	"DNDPROF_RUN_KEY=00000000000000000000000000000000 "

static void adding(void **state)
{
	struct route_plan add = {.add = true}, strip = {.strip = true}, none = {0};
	char *plain[] = {"A=b", NULL}, *theirs[] = {"LD_PRELOAD=/y/other.so", "A=b", NULL},
	     *both[] = {"LD_PRELOAD=/y/other.so:/x/libdndprof.so", NULL},
	     *only[] = {"A=b", "LD_PRELOAD=libdndprof.so", NULL},
	     *alike[] = {"LD_PRELOAD=/x/libdndprof.so.old", NULL}, *empty[] = {NULL},
	     *none_yet[] = {"LD_PRELOAD=", NULL};

	(void)state;
	assert_string_equal(joined(none, plain), "A=b ");
	assert_string_equal(joined(add, plain), "A=b LD_PRELOAD=/x/libdndprof.so " OURS);
	assert_string_equal(joined(add, theirs),
			    "LD_PRELOAD=/y/other.so:/x/libdndprof.so A=b " OURS);
	assert_string_equal(joined(add, none_yet), "LD_PRELOAD=/x/libdndprof.so " OURS);
	assert_string_equal(joined(add, both), "LD_PRELOAD=/y/other.so:/x/libdndprof.so " OURS);
	assert_string_equal(joined(add, empty), "LD_PRELOAD=/x/libdndprof.so " OURS);
	assert_string_equal(joined(add, NULL), "LD_PRELOAD=/x/libdndprof.so " OURS);
	assert_string_equal(joined(strip, both), "LD_PRELOAD=/y/other.so ");
	assert_string_equal(joined(strip, only), "A=b ");
	assert_string_equal(joined(strip, alike), "LD_PRELOAD=/x/libdndprof.so.old ");
}

/* Our part of the entry, as children are told. */
static const char *own(const char *entry, const char *helper)
{
	static char text[128];
	struct text t = {text, sizeof(text), 0};

	text[0] = 0;
	return environment_own_preload(&t, entry, helper) ? text : NULL;
}

static void own_part(void **state)
{
	const char *helper = "/x/lib/dndprof-exec";

	(void)state;
	assert_string_equal(own("LD_PRELOAD=one.so:/y/libdndprof.so /two.so", helper),
			    "LD_PRELOAD=/y/libdndprof.so");
	assert_string_equal(own("LD_PRELOAD=libdndprof.so", helper),
			    "LD_PRELOAD=/x/lib/libdndprof.so");
	assert_string_equal(own("LD_PRELOAD=./libdndprof.so:one.so", helper),
			    "LD_PRELOAD=/x/lib/libdndprof.so");
	assert_string_equal(own("LD_PRELOAD=libdndprof.so", ""), "LD_PRELOAD=libdndprof.so");
	assert_string_equal(own("LD_PRELOAD=libdndprof.so", "/x y/dndprof-exec"),
			    "LD_PRELOAD=libdndprof.so");
	assert_null(own("LD_PRELOAD=one.so", helper));
	assert_null(own("LD_PRELOAD=", helper));
}

/* ---- plans ---- */

static struct route_plan planned(enum image_kind image, bool privileged, char *const *env)
{
	struct inspected in = {image, privileged};
	struct route_plan plan;

	route_plan(&plan, &in, env);
	return plan;
}

static void plans(void **state)
{
	char *with[] = {"DNDPROF_RUN=/x", NULL}, *without[] = {"A=b", NULL};
	char *listing[] = {"LD_TRACE_LOADED_OBJECTS=1", NULL};
	struct route_plan p;

	(void)state;
	p = planned(IMAGE_DYNAMIC, false, with);
	assert_false(p.add || p.strip || p.follow || p.refused);
	assert_true(planned(IMAGE_DYNAMIC, false, without).add);
	p = planned(IMAGE_STATIC_GO, false, with);
	assert_true(p.follow && !p.add && !p.strip);
	p = planned(IMAGE_STATIC_GO, false, without);
	assert_true(p.follow && p.add);
	p = planned(IMAGE_STATIC_GO, false, (char **)8); /* such an exec fails */
	assert_false(p.follow || p.add);
	p = planned(IMAGE_STATIC_GO, true, without);
	assert_false(p.follow || p.add || p.strip);
	assert_int_equal(p.refused, DNDPROF_ROUTE_PRIVILEGED);
	p = planned(IMAGE_FOREIGN, false, without);
	assert_true(p.strip && !p.add);
	p = planned(IMAGE_ASAN, false, without);
	assert_true(p.strip && !p.add && p.refused == DNDPROF_ROUTE_ASAN);
	p = planned(IMAGE_STATIC_GO, false, listing);
	assert_true(p.strip && !p.follow && p.refused == DNDPROF_ROUTE_LISTING);
	p = planned(IMAGE_ABSENT, false, without);
	assert_false(p.add || p.strip || p.follow);
	route.place.root++; /* as if we had moved */
	p = planned(IMAGE_DYNAMIC, false, without);
	assert_true(p.strip && !p.add);
	assert_int_equal(p.refused, DNDPROF_ROUTE_NAMESPACE);
	route.place.root--;
}

static void without_helper(void **state)
{
	char *argv[] = {"x", NULL}, *const *none = NULL, *const *bad = (char **)8;
	const char *to[8];

	(void)state;
	assert_int_equal(route_follow(), DNDPROF_ROUTE_NO_HELPER);
	assert_null(route_become(to, "/bin/x", argv));
	/* pointers that lead nowhere are the kernel's to judge */
	assert_int_equal(exec_route(AT_FDCWD, (char *)8, &none, 0), DNDPROF_ROUTE_PLAIN);
	assert_int_equal(exec_route(AT_FDCWD, "/nonexistent", &bad, 0), DNDPROF_ROUTE_PLAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),	  cmocka_unit_test(scripts),
		cmocka_unit_test(sanitizers),	  cmocka_unit_test(own_part),
		cmocka_unit_test(looking),	  cmocka_unit_test(finding),
		cmocka_unit_test(adding),	  cmocka_unit_test(plans),
		cmocka_unit_test(without_helper),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
