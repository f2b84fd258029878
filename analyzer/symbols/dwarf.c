/*
 * dwarf.c - see dwarf.h. A file is told to libdw as one that is loaded where it says itself, so
 * that addresses need no translation. It opens nothing itself: neither names in the file nor
 * servers tell it where to look.
 */
#include "symbols/dwarf.h"
#include "base/memory.h"

#include <dlfcn.h>
#include <elfutils/libdwfl.h>
#include <string.h>
#include <unistd.h>

#define FUNCTIONS(X)            \
	X(dwfl_begin)           \
	X(dwfl_end)             \
	X(dwfl_report_begin)    \
	X(dwfl_report_elf)      \
	X(dwfl_report_end)      \
	X(dwfl_module_addrinfo) \
	X(dwfl_module_getsrc)   \
	X(dwfl_module_info)     \
	X(dwfl_lineinfo)

#define FIELD(name) __typeof__(name) *name;
static struct {
	bool tried, works;
	FUNCTIONS(FIELD)
} libdw;
#undef FIELD

static struct {
	bool tried;
	char *(*demangle)(const char *, char *, size_t *, int *);
} cpp;

struct dwarf {
	Dwfl *dwfl;
	Dwfl_Module *module;
	bool lines;
	int debug_fd; /* -1: none, or given away */
};

bool dwarf_works(void)
{
	void *library;

	if (libdw.tried)
		return libdw.works;
	libdw.tried = true;
	library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return false;
#define FIND(name)                                     \
	*(void **)&libdw.name = dlsym(library, #name); \
	if (!libdw.name)                               \
		return false;
	FUNCTIONS(FIND)
#undef FIND
	return libdw.works = true;
}

static int no_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, char **path,
		  Elf **elf)
{
	(void)module, (void)data, (void)name, (void)base, (void)path, (void)elf;
	return -1; /* it was given */
}

/* Asked for the debug information of the file, and (by a name without a checksum) for the part of
 * it that several files share. */
static int give_debug(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
		      const char *file, const char *link, GElf_Word checksum, char **found)
{
	struct dwarf *dwarf = *data;
	int fd = -1;

	(void)module, (void)name, (void)base, (void)file;
	if (dwarf && (!link || checksum)) {
		fd = dwarf->debug_fd;
		dwarf->debug_fd = -1;
		*found = NULL;
	}
	return fd;
}

struct dwarf *dwarf_open(int fd, int debug_fd, bool lines)
{
	static Dwfl_Callbacks callbacks = {.find_elf = no_elf, .find_debuginfo = give_debug};
	struct dwarf *dwarf;
	void **data;

	if (!dwarf_works())
		return NULL;
	dwarf = memory_get(sizeof(*dwarf));
	dwarf->debug_fd = -1;
	dwarf->lines = lines;
	dwarf->dwfl = libdw.dwfl_begin(&callbacks);
	if (dwarf->dwfl) {
		libdw.dwfl_report_begin(dwarf->dwfl);
		/* On success the descriptor is the library's. */
		dwarf->module = libdw.dwfl_report_elf(dwarf->dwfl, "", "", fd, 0, true);
		libdw.dwfl_report_end(dwarf->dwfl, NULL, NULL);
	}
	if (!dwarf->module) {
		dwarf_close(dwarf);
		return NULL;
	}
	dwarf->debug_fd = debug_fd;
	libdw.dwfl_module_info(dwarf->module, &data, NULL, NULL, NULL, NULL, NULL, NULL);
	*data = dwarf;
	return dwarf;
}

void dwarf_close(struct dwarf *dwarf)
{
	if (!dwarf)
		return;
	if (dwarf->dwfl)
		libdw.dwfl_end(dwarf->dwfl);
	if (dwarf->debug_fd >= 0)
		close(dwarf->debug_fd);
	free(dwarf);
}

bool dwarf_find(struct dwarf *dwarf, uint64_t address, struct place *place)
{
	Dwfl_Line *line = dwarf->lines ? libdw.dwfl_module_getsrc(dwarf->module, address) : NULL;
	GElf_Off offset;
	GElf_Sym symbol;
	int number = 0;

	memset(place, 0, sizeof(*place));
	place->function = libdw.dwfl_module_addrinfo(dwarf->module, address, &offset, &symbol, NULL,
						     NULL, NULL);
	/* The nearest symbol before is another function's where it says how long it is. */
	if (place->function && symbol.st_size && offset >= symbol.st_size)
		place->function = NULL;
	if (line)
		place->file = libdw.dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
	place->line = number > 0 ? (uint32_t)number : 0;
	return place->function || place->file;
}

void dwarf_demangler(void)
{
	void *library = cpp.tried ? NULL : dlopen("libstdc++.so.6", RTLD_NOW | RTLD_LOCAL);

	cpp.tried = true;
	if (library)
		*(void **)&cpp.demangle = dlsym(library, "__cxa_demangle");
}

char *dwarf_demangle(const char *name)
{
	int status = -1;
	char *text = NULL;

	if (cpp.demangle && strncmp(name, "_Z", 2) == 0)
		text = cpp.demangle(name, NULL, NULL, &status);
	return status == 0 ? text : NULL;
}
