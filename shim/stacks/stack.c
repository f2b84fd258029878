/*
 * stack.c - which calls deserve a stack, and taking it. See stack.h for what it may never do.
 *
 * libunwind's generic library is used, which unwinds another process and reads it through functions
 * it is given: these are ours. Its library for the own process reads whatever a broken unwind table
 * names, takes the loader's locks, and keeps pipes open in newer versions.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libunwind-x86_64.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "exec/peek.h"
#include "libc/real.h"
#include "stacks/modules.h"
#include "stacks/stack.h"

#define PAGE	     4096ul
#define STACK_BYTES  (64 * 1024ul)
#define PAGES	     16 /* of the program's stack, copied */
#define STEPS	     64
#define LOADED_MOST  64
#define KNOWN	     64 /* walks that are remembered; a power of two */
#define QUICK_FACTOR 20 /* quick calls: as many times what a stack cost passes before the next */

/* X(field, symbol): what is used of the library. */
#define FUNCTIONS(X)                     \
	X(create, unw_create_addr_space) \
	X(init, unw_init_remote)         \
	X(step, unw_step)                \
	X(get, unw_get_reg)              \
	X(search, UNW_OBJ(dwarf_search_unwind_table))

int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t space, unw_word_t ip, unw_dyn_info_t *table,
				       unw_proc_info_t *found, int need_info, void *arg);

#define FIELD(field, symbol) __typeof__(symbol) *field;
static struct {
	FUNCTIONS(FIELD)
} unwinder;
#undef FIELD

/*
 * What an earlier walk found. A walk from the same place that finds the same return addresses where
 * they were is the same: a function's frame is as large each time it gets to one of its calls (but
 * for those that make room by alloca, which are told by what lies behind them).
 */
struct known {
	uint64_t rip, rsp; /* where it began; 0: none */
	unsigned frames, steps;
	uint64_t frame[STACK_FRAMES];
	uint64_t place[STEPS], value[STEPS]; /* of each return address on the way */
};

/* One walk's things: only who holds `busy` touches them. Mapped behind a guard page, with the stack
 * it runs on. */
struct walk {
	struct stack_context context;
	uint64_t frame[STACK_FRAMES];
	unsigned frames, number;
	const struct loaded *at; /* the module under the current address */
	unsigned pages, loaded_used;
	uint64_t page_at[PAGES];
	unw_cursor_t cursor;
	struct loaded loaded[LOADED_MOST];
	struct known known[KNOWN];
	char page[PAGES][PAGE];
};

static struct walk *walk;
static char *stack_end;
static unw_addr_space_t space;
static uint64_t own_start, own_end;
static uint32_t busy;
static uint64_t quick_after; /* ticks */
static __typeof__(pthread_setcancelstate) *set_cancel;

/* ---- what libunwind asks ---- */

/* A word of the program's stack, out of copies of its pages: the kernel makes these, so an address
 * that is none is an error and no fault. */
static bool read_stack(uint64_t address, uint64_t *value)
{
	uint64_t base = address & ~(PAGE - 1);
	unsigned i;

	if (address - base > PAGE - sizeof(*value))
		return false;
	for (i = 0; i < walk->pages && walk->page_at[i] != base; i++)
		;
	if (i == walk->pages) {
		if (i == PAGES || !peek(walk->page[i], (void *)base, PAGE))
			return false;
		walk->page_at[walk->pages++] = base;
	}
	memcpy(value, walk->page[i] + (address - base), sizeof(*value));
	return true;
}

static int access_mem(unw_addr_space_t as, unw_word_t address, unw_word_t *value, int write,
		      void *arg)
{
	const struct loaded *at = walk->at;
	uint64_t end;

	(void)as, (void)arg;
	if (write)
		return -UNW_EINVAL;
	/* Tables are read by words, which may begin before them and end behind, in their page. */
	end = at ? (at->tables_end + PAGE - 1) & ~(PAGE - 1) : 0;
	if (at && at->tables_end && address >= (at->tables_start & ~(PAGE - 1)) &&
	    address <= end - sizeof(*value)) {
		memcpy(value, (void *)address, sizeof(*value));
		return 0;
	}
	return read_stack(address, value) ? 0 : -UNW_EINVAL;
}

static int access_reg(unw_addr_space_t as, unw_regnum_t reg, unw_word_t *value, int write,
		      void *arg)
{
	const struct stack_context *c = &walk->context;

	(void)as, (void)arg;
	if (write)
		return -UNW_EINVAL;
	switch (reg) {
	case UNW_X86_64_RBX:
		*value = c->rbx;
		return 0;
	case UNW_X86_64_RBP:
		*value = c->rbp;
		return 0;
	case UNW_X86_64_RSP:
		*value = c->rsp;
		return 0;
	case UNW_X86_64_R12:
		*value = c->r12;
		return 0;
	case UNW_X86_64_R13:
		*value = c->r13;
		return 0;
	case UNW_X86_64_R14:
		*value = c->r14;
		return 0;
	case UNW_X86_64_R15:
		*value = c->r15;
		return 0;
	case UNW_X86_64_RIP:
		*value = c->rip;
		return 0;
	default:
		return -UNW_EBADREG;
	}
}

static int access_fpreg(unw_addr_space_t as, unw_regnum_t reg, unw_fpreg_t *value, int write,
			void *arg)
{
	(void)as, (void)reg, (void)value, (void)write, (void)arg;
	return -UNW_EBADREG;
}

/* The module at an address. Those that earlier walks have read are kept, and asked for once a walk
 * whether they are still there. */
static const struct loaded *module_at(uint64_t address)
{
	struct loaded *l;
	unsigned i;

	for (i = 0; i < walk->loaded_used; i++) {
		l = &walk->loaded[i];
		if (address - l->module.start >= l->module.end - l->module.start)
			continue;
		if (l->checked == walk->number)
			return l;
		if (loaded_is(l, address))
			break;
		l->module.end = l->module.start; /* closed */
	}
	if (i == LOADED_MOST)
		i = walk->loaded_used = 0;
	l = &walk->loaded[i];
	if (i == walk->loaded_used) {
		if (!loaded_find(address, l))
			return NULL;
		walk->loaded_used++;
	}
	l->checked = walk->number;
	return l;
}

struct table_header {
	uint8_t version, pointer_encoding, count_encoding, table_encoding;
	int32_t frames;
	uint32_t count;
};

static int find_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t *info, int need,
			  void *arg)
{
	const struct loaded *at = walk->at = module_at(ip);
	const struct table_header *header;
	unw_dyn_info_t table;

	if (!at || !at->tables_end || at->tables_end - at->table < sizeof(*header))
		return -UNW_ENOINFO;
	header = (const void *)at->table;
	/* pc-relative, plain, and sorted by addresses relative to the table: what linkers write. */
	if (header->version != 1 || header->count_encoding != 0x03 ||
	    header->table_encoding != 0x3b ||
	    header->count > (at->tables_end - at->table - sizeof(*header)) / 8)
		return -UNW_ENOINFO;
	memset(&table, 0, sizeof(table));
	table.format = UNW_INFO_FORMAT_REMOTE_TABLE;
	table.start_ip = at->module.start;
	table.end_ip = at->module.end;
	table.u.rti.segbase = at->table;
	table.u.rti.table_data = at->table + sizeof(*header);
	table.u.rti.table_len = header->count; /* in words: two of four bytes each */
	return unwinder.search(as, ip, &table, info, need, arg);
}

static void put_unwind_info(unw_addr_space_t as, unw_proc_info_t *info, void *arg)
{
	(void)as, (void)info, (void)arg;
}

static int no_dynamic(unw_addr_space_t as, unw_word_t *list, void *arg)
{
	(void)as, (void)list, (void)arg;
	return -UNW_ENOINFO;
}

static int no_resume(unw_addr_space_t as, unw_cursor_t *cursor, void *arg)
{
	(void)as, (void)cursor, (void)arg;
	return -UNW_EINVAL;
}

static int no_name(unw_addr_space_t as, unw_word_t ip, char *name, size_t size, unw_word_t *offset,
		   void *arg)
{
	(void)as, (void)ip, (void)name, (void)size, (void)offset, (void)arg;
	return -UNW_EINVAL;
}

/* ---- a walk ---- */

static bool is_own(uint64_t address)
{
	return address >= own_start && address < own_end;
}

static struct known *known_of(const struct stack_context *context)
{
	uint64_t hash = (context->rip ^ context->rsp >> 4) * 0x9e3779b97f4a7c15;

	return &walk->known[hash >> 58 & (KNOWN - 1)];
}

/* Is the stack one that was walked before? */
static bool recall(const struct known *known, const struct stack_context *context)
{
	uint64_t value;
	unsigned i;

	if (known->rip != context->rip || known->rsp != context->rsp)
		return false;
	for (i = 0; i < known->steps; i++)
		if (!read_stack(known->place[i], &value) || value != known->value[i])
			return false;
	memcpy(walk->frame, known->frame, known->frames * sizeof(known->frame[0]));
	walk->frames = known->frames;
	return true;
}

/* One frame out. Its return address lay below where its caller's stack begins; where a signal came
 * between it did not, and the walk is not remembered. */
static bool step_out(struct known *known, unw_word_t *ip)
{
	unw_word_t sp;
	uint64_t value;

	if (unwinder.step(&walk->cursor) <= 0 || unwinder.get(&walk->cursor, UNW_REG_IP, ip) < 0 ||
	    unwinder.get(&walk->cursor, UNW_REG_SP, &sp) < 0)
		return false;
	known->place[known->steps] = sp - 8;
	known->value[known->steps++] = *ip;
	if (!read_stack(sp - 8, &value) || value != *ip)
		known->rip = 0;
	return true;
}

static void find_frames(struct stack_context *context)
{
	struct known *known = known_of(context);
	unw_word_t ip = context->rip;

	walk->frames = walk->pages = 0;
	walk->number++;
	walk->at = NULL;
	if (recall(known, context) || unwinder.init(&walk->cursor, space, walk) < 0)
		return;
	known->rip = context->rip;
	known->rsp = context->rsp;
	known->steps = 0;
	while (known->steps < STEPS && walk->frames < STACK_FRAMES && ip) {
		if (!is_own(ip))
			walk->frame[walk->frames++] = ip;
		/* Without tables it would guess. The last frame may be in memory of no file. */
		walk->at = module_at(ip - 1);
		if (!walk->at || !walk->at->tables_end || !step_out(known, &ip))
			break;
	}
	memcpy(known->frame, walk->frame, walk->frames * sizeof(walk->frame[0]));
	known->frames = walk->frames;
}

/* On our stack, signals held. */
static void walk_stack(struct stack_context *context)
{
	unsigned i;

	find_frames(context);
	for (i = 0; i < walk->frames; i++) {
		const struct loaded *l = module_at(walk->frame[i] - 1);

		if (l && !module_is_noted(walk->frame[i] - 1))
			module_write(&l->module);
	}
}

/* Takes the calling thread's stack into walk->frame. libunwind's locks and memory go through libc,
 * where our wrappers must not see them: without a writer they see nothing. */
static __attribute__((noinline)) void take(void)
{
	struct tls *t = &dndprof_tls;
	struct writer *w = t->writer;
	uint64_t all = ~0ull, old = 0;
	int e = errno;

	sys4(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, &all, &old, 8);
	t->writer = NULL;
	t->off++;
	dndprof_stack_visit(&walk->context, walk_stack, stack_end);
	t->off--;
	t->writer = w;
	sys4(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, &old, NULL, 8);
	errno = e;
}

/* A wait for a lock. */
static bool is_lock(unsigned call)
{
#define IS_LOCK(id, category, subject, result) \
	[DNDPROF_CALL_##id] = DNDPROF_CATEGORY_##category == DNDPROF_CATEGORY_LOCK,
	static const bool locks[DNDPROF_CALL_COUNT] = {DNDPROF_CALLS(IS_LOCK)};
#undef IS_LOCK

	return locks[call];
}

static void write_stack(struct writer *w, const struct event *e)
{
	struct event extra = *e;

	extra.kind = DNDPROF_KIND_EXTRA;
	extra.payload = DNDPROF_PAYLOAD_STACK;
	event_write(w, &extra, &(struct part){walk->frame, walk->frames * sizeof(walk->frame[0])},
		    1);
}

/* Who comes here has taken `busy`. */
static void take_for(struct writer *w, const struct event *e, bool quick, uint64_t begin)
{
	struct dndprof_header *h = dndprof_recorder.header;
	uint64_t end, cost;

	take();
	if (walk->frames)
		write_stack(w, e);
	end = now();
	h->stacks++;
	cost = end - begin;
	h->stack_ticks += cost;
	/* Longer than a slow call: we were interrupted, and a pause as long as of that would be
	 * longer than the ring remembers. */
	if (cost > dndprof_recorder.slow)
		cost = dndprof_recorder.slow;
	if (quick)
		store_relaxed(&quick_after, end + QUICK_FACTOR * cost);
	store_release(&busy, 0);
}

/* Not a part of its caller, whose frame must stay small for programs that take no stacks. */
__attribute__((noinline)) void stack_take(struct writer *w, const struct event *e)
{
	bool quick = e->duration < dndprof_recorder.slow;
	uint64_t begin;
	int cancel;

	/* A quick call deserves one when it failed, and a lock when it was waited for: those that
	 * were not have no event. They take turns, so that their stacks cost at most a twentieth
	 * of the time. */
	if (quick && !(e->error && !e->retry) && !is_lock(e->call))
		return;
	begin = now();
	if ((quick && begin < load_relaxed(&quick_after)) || load_relaxed(&busy) ||
	    !recorder_may_call()) {
		loss_add(DNDPROF_LOSS_STACK);
		return;
	}
	/* libunwind opens its mask of signals for a thread that is to be cancelled at once: it
	 * would go and leave locks behind. */
	set_cancel(PTHREAD_CANCEL_DISABLE, &cancel);
	if (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE))
		loss_add(DNDPROF_LOSS_STACK);
	else
		take_for(w, e, quick, begin);
	set_cancel(cancel, NULL);
}

/* ---- start ---- */

static bool load(void)
{
	__typeof__(dlopen) *open;
	__typeof__(dlsym) *find;
	void *library;

	*(void **)&open = real_symbol("dlopen");
	*(void **)&find = real_symbol("dlsym");
	*(void **)&set_cancel = real_symbol("pthread_setcancelstate");
	library = open && find && set_cancel ? open("libunwind-x86_64.so.8", RTLD_NOW | RTLD_LOCAL)
					     : NULL;
	if (!library)
		return false;
#define STRING(symbol)	  STRING_OF(symbol)
#define STRING_OF(symbol) #symbol
#define FIND(field, symbol)                                        \
	*(void **)&unwinder.field = find(library, STRING(symbol)); \
	if (!unwinder.field)                                       \
		return false;
	FUNCTIONS(FIND)
#undef FIND
	return true;
}

static bool make_walk(void)
{
	static unw_accessors_t accessors = {
		.find_proc_info = find_proc_info,
		.put_unwind_info = put_unwind_info,
		.get_dyn_info_list_addr = no_dynamic,
		.access_mem = access_mem,
		.access_reg = access_reg,
		.access_fpreg = access_fpreg,
		.resume = no_resume,
		.get_proc_name = no_name,
	};
	size_t bytes = PAGE + STACK_BYTES + sizeof(struct walk);
	char *p = (char *)sys6(SYS_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct loaded own;

	if ((unsigned long)p > -4096ul)
		return false;
	sys3(SYS_mprotect, p, PAGE, PROT_NONE);
	stack_end = p + PAGE + STACK_BYTES;
	walk = (struct walk *)stack_end;
	if (loaded_find((uint64_t)stacks_start, &own)) {
		own_start = own.module.start;
		own_end = own.module.end;
	}
	space = unwinder.create(&accessors, 0);
	return space && own_end;
}

/* Other libraries' constructors may have made threads. */
static bool is_alone(void)
{
	struct stat task;

	return sys2(SYS_stat, "/proc/self/task", &task) == 0 && task.st_nlink == 3;
}

static uint64_t pipe_at(int fd)
{
	struct stat status;

	return sys2(SYS_fstat, fd, &status) == 0 && S_ISFIFO(status.st_mode) ? status.st_ino : 0;
}

/*
 * The first walk, which costs most. Before it libunwind opens a pipe, with which it would find out
 * what of its own memory it can read; it reads by our functions only and never uses it, and the
 * program shall not meet its descriptors. They are the lowest that are free, while nobody else
 * takes any.
 */
static bool try_it(void)
{
	int fds[2] = {-1, -1};
	uint64_t before;

	if (!is_alone() || sys2(SYS_pipe2, fds, O_CLOEXEC) < 0)
		return false;
	before = pipe_at(fds[0]);
	sys1(SYS_close, fds[0]);
	sys1(SYS_close, fds[1]);
	take();
	if (pipe_at(fds[0]) && pipe_at(fds[0]) == pipe_at(fds[1]) && pipe_at(fds[0]) != before) {
		sys1(SYS_close, fds[0]);
		sys1(SYS_close, fds[1]);
	}
	return walk->frames != 0;
}

void stacks_start(void)
{
	int e = errno;

	loaded_start();
	if (dndprof_recorder.slow == UINT64_MAX)
		return;
	if (!loaded_can_find()) {
		recorder_note(DNDPROF_NOTE_STACKS_LIBC);
	} else if (!load() || !make_walk()) {
		recorder_note(DNDPROF_NOTE_STACKS_LIBRARY);
	} else if (try_it()) {
		dndprof_recorder.stacks = true;
		if (dndprof_tls.writer) /* made before */
			dndprof_tls.writer->long_way = true;
	} else {
		recorder_note(DNDPROF_NOTE_STACKS_START);
	}
	errno = e;
}
