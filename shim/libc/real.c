/*
 * real.c - see real.h. Reads the loaded objects' dynamic symbol tables (ELF gABI, GNU hash section)
 * in load order, which is the order dlsym(RTLD_NEXT) would search.
 */
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>

#include "libc/real.h"
#include "recorder/file.h"
#include "recorder/start.h"

extern const char *gnu_get_libc_version(void) __attribute__((weak));

struct real dndprof_real AT_START;

/* Where in dndprof_real: no pointers, which the loader would have to make right at every start. */
#define REAL_PLACE(id, category, subject, result) \
	[DNDPROF_CALL_##id] = offsetof(struct real, id) / sizeof(void *),
static const uint16_t places[DNDPROF_CALL_COUNT] = {DNDPROF_INTERPOSED_CALLS(REAL_PLACE)};

/* One loaded object's tables. */
struct object {
	ElfW(Addr) base;
	const ElfW(Sym) * symbols;
	const char *strings;
	const uint16_t *versions;
	const uint32_t *gnu_hash;
	const uint32_t *sysv_hash;
};

void (*dndprof_testcancel)(void) AT_START;

/*
 * The objects behind ours that the program was started with. Functions are looked up in them when
 * they are first used, without the loader's locks, which somebody may hold: all of them at the
 * start would be a tenth of it. Only up to libc's own, for what other constructors have loaded
 * stands behind it, and may be unloaded again; and libc has all there is.
 */
#define KEPT_MOST 64
static struct object kept[KEPT_MOST] AT_START;
static unsigned kept_count AT_START; /* 0: before the constructor */

struct search {
	const char *name; /* NULL: all objects are wanted */
	unsigned count;	  /* of those that were */
	bool after_us;
	bool vdso;
	bool begun;  /* the first object was seen */
	bool beside; /* it is not the program: these are a namespace of their own (dlmopen) */
	bool libc;   /* is among those after us */
	void *found;
};

long real_missing(void)
{
	errno = ENOSYS;
	return -1;
}

static ElfW(Addr) relocated(ElfW(Addr) base, ElfW(Addr) p)
{
	/* glibc relocates these entries in place for most objects; musl and the vDSO leave them
	 * relative. */
	return p < base ? base + p : p;
}

static bool object_read(struct object *o, const struct dl_phdr_info *info)
{
	const ElfW(Dyn) *d = NULL;
	int i;

	memset(o, 0, sizeof(*o));
	o->base = info->dlpi_addr;
	for (i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			d = (const ElfW(Dyn) *)(o->base + info->dlpi_phdr[i].p_vaddr);
	for (; d && d->d_tag != DT_NULL; d++) {
		ElfW(Addr) p = relocated(o->base, d->d_un.d_ptr);

		switch (d->d_tag) {
		case DT_SYMTAB:
			o->symbols = (const void *)p;
			break;
		case DT_STRTAB:
			o->strings = (const void *)p;
			break;
		case DT_VERSYM:
			o->versions = (const void *)p;
			break;
		case DT_GNU_HASH:
			o->gnu_hash = (const void *)p;
			break;
		case DT_HASH:
			o->sysv_hash = (const void *)p;
			break;
		}
	}
	return o->symbols && o->strings && (o->gnu_hash || o->sysv_hash);
}

static uint32_t gnu_hash(const char *s)
{
	uint32_t h = 5381;

	for (; *s; s++)
		h = h * 33 + (uint8_t)*s;
	return h;
}

/* The default version's symbol: the one a program linked today would get (2.3.2's condition
 * variables, not 2.2.5's). */
static bool is_it(const struct object *o, uint32_t i, const char *name)
{
	const ElfW(Sym) *s = &o->symbols[i];
	unsigned type = ELF64_ST_TYPE(s->st_info);

	return s->st_shndx != SHN_UNDEF && s->st_value &&
	       (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE) &&
	       !(o->versions && o->versions[i] & 0x8000) && !strcmp(o->strings + s->st_name, name);
}

static const ElfW(Sym) * find_gnu(const struct object *o, const char *name, uint32_t h)
{
	const uint32_t *t = o->gnu_hash;
	uint32_t nbuckets = t[0], first = t[1], nbloom = t[2], shift = t[3], i;
	const ElfW(Addr) *bloom = (const void *)&t[4];
	const uint32_t *buckets = (const void *)&bloom[nbloom];
	const uint32_t *chain = &buckets[nbuckets];
	ElfW(Addr) word = bloom[h / (8 * sizeof(*bloom)) % nbloom];
	ElfW(Addr) mask = (ElfW(Addr))1 << h % (8 * sizeof(*bloom)) |
			  (ElfW(Addr))1 << (h >> shift) % (8 * sizeof(*bloom));

	if ((word & mask) != mask || !(i = buckets[h % nbuckets]))
		return NULL;
	for (;; i++) {
		uint32_t c = chain[i - first];

		if ((c | 1) == (h | 1) && is_it(o, i, name))
			return &o->symbols[i];
		if (c & 1)
			return NULL;
	}
}

static const ElfW(Sym) * find_sysv(const struct object *o, const char *name)
{
	const uint32_t *t = o->sysv_hash;
	uint32_t i, n = t[1];

	/* Small tables only reach here (musl has both; the vDSO of old kernels): a walk will do. */
	for (i = 1; i < n; i++)
		if (is_it(o, i, name))
			return &o->symbols[i];
	return NULL;
}

static void *object_find(const struct object *o, const char *name)
{
	const ElfW(Sym) *s = o->gnu_hash ? find_gnu(o, name, gnu_hash(name)) : find_sysv(o, name);
	ElfW(Addr) at;

	if (!s)
		return NULL;
	at = o->base + s->st_value;
	if (ELF64_ST_TYPE(s->st_info) == STT_GNU_IFUNC)
		at = ((ElfW(Addr)(*)(void))at)();
	return (void *)at;
}

static bool is_us(const struct dl_phdr_info *info)
{
	ElfW(Addr) here = (ElfW(Addr)) & dndprof_real;
	int i;

	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_LOAD && here >= info->dlpi_addr + p->p_vaddr &&
		    here < info->dlpi_addr + p->p_vaddr + p->p_memsz)
			return true;
	}
	return false;
}

/* The program's name is empty in glibc, and other libcs have no namespaces. Where the loader was
 * called by name the auxiliary vector may be the loader's. */
static bool is_program(const struct dl_phdr_info *info)
{
	return !gnu_get_libc_version || !info->dlpi_name[0] ||
	       (ElfW(Addr))info->dlpi_phdr == getauxval(AT_PHDR);
}

/* By a function that it has and nobody stands in front of. */
static bool is_libc(const struct object *o)
{
	return object_find(o, "pthread_self");
}

static bool is_vdso(const struct dl_phdr_info *info)
{
	return getauxval(AT_SYSINFO_EHDR) && info->dlpi_addr == getauxval(AT_SYSINFO_EHDR);
}

static int visit(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct search *s = arg;
	struct object o;

	(void)size;
	s->beside |= !s->begun && !is_program(info);
	s->begun = true;
	if (s->vdso ? !is_vdso(info) : !s->after_us) {
		s->after_us = s->after_us || is_us(info);
		return 0;
	}
	if (!object_read(&o, info))
		return 0;
	if (s->name) {
		s->found = object_find(&o, s->name);
		return s->found != NULL;
	}
	s->libc |= is_libc(&o);
	if (s->count < KEPT_MOST)
		kept[s->count] = o;
	s->count++;
	return 0;
}

/*
 * Before us: where we were opened when the program ran already, and are called by a handle of ours.
 * The C library's own are wanted then, not the program's or another's, who may call us to get
 * there.
 */
static int visit_libc(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct search *s = arg;
	struct object o;

	(void)size;
	if (is_us(info) || !object_read(&o, info) || !is_libc(&o))
		return 0;
	s->found = object_find(&o, s->name);
	return s->found != NULL;
}

static void *kept_find(const char *name)
{
	void *found = NULL;
	unsigned i;

	for (i = 0; i < kept_count && !found; i++)
		found = object_find(&kept[i], name);
	return found;
}

/* Where the function of call `id` is kept. */
static void **place_of(unsigned id)
{
	return (void **)&dndprof_real + places[id];
}

/* A program of very many objects, with libc behind them: all functions are found now. */
static void resolve_all(void)
{
#define REAL_ID(id, category, subject, result) DNDPROF_CALL_##id,
	static const uint16_t ids[] = {DNDPROF_INTERPOSED_CALLS(REAL_ID)};
#undef REAL_ID
	size_t i;

	for (i = 0; i < ARRAY_LEN(ids); i++)
		if (!*place_of(ids[i]))
			*place_of(ids[i]) = real_symbol(file_call_name(ids[i]));
}

bool real_resolve(void)
{
	struct search s = {0};

	dl_iterate_phdr(visit, &s);
	kept_count = s.count < KEPT_MOST ? s.count : KEPT_MOST;
	/* libc's last, or that of its threads, where they are a library of their own */
	while (kept_count && !object_find(&kept[kept_count - 1], "read") &&
	       !object_find(&kept[kept_count - 1], "sem_wait"))
		kept_count--;
	if (!kept_find("read") || !kept_find("sem_wait"))
		resolve_all();
	*(void **)&dndprof_testcancel = real_symbol("pthread_testcancel");
	return s.libc && !s.beside;
}

void *real_symbol(const char *name)
{
	struct search s = {.name = name};

	s.found = kept_find(name);
	if (!s.found)
		dl_iterate_phdr(visit, &s);
	if (!s.found)
		dl_iterate_phdr(visit_libc, &s);
	return s.found;
}

bool real_exists(unsigned id)
{
	static bool absent[DNDPROF_CALL_COUNT];

	if (!*place_of(id) && !absent[id]) {
		*place_of(id) = kept_find(file_call_name(id));
		absent[id] = kept_count && !*place_of(id);
	}
	return *place_of(id) && *place_of(id) != real_missing;
}

void *real_find(unsigned id)
{
	void *found = real_symbol(file_call_name(id));

	*place_of(id) = found ? found : (void *)real_missing;
	return *place_of(id);
}

void *real_vdso(const char *name)
{
	struct search s = {.name = name, .vdso = true};

	dl_iterate_phdr(visit, &s);
	return s.found;
}
