/*
 * dwarf.c - see dwarf.h. A file is told to libdw as one that is loaded where it says itself, so
 * that addresses need no translation.
 */
#include "symbols/dwarf.h"
#include "base/memory.h"

#include <dlfcn.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdio.h>
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
	X(dwfl_lineinfo)        \
	X(dwfl_standard_find_debuginfo)

#define FIELD(name) __typeof__(name) *name;
static struct {
	bool tried, works;
	FUNCTIONS(FIELD)
} libdw;
#undef FIELD

struct dwarf {
	Dwfl *dwfl;
	Dwfl_Module *module;
};

bool dwarf_works(void)
{
	void *library;

	if (libdw.tried)
		return libdw.works;
	libdw.tried = true;
	/* Debug information is looked for on this machine only: the library would ask servers. */
	unsetenv("DEBUGINFOD_URLS");
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

struct dwarf *dwarf_open(const char *path)
{
	static Dwfl_Callbacks callbacks;
	struct dwarf *dwarf;
	int fd;

	if (!dwarf_works())
		return NULL;
	callbacks.find_elf = no_elf;
	callbacks.find_debuginfo = libdw.dwfl_standard_find_debuginfo;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return NULL;
	dwarf = memory_get(sizeof(*dwarf));
	dwarf->dwfl = libdw.dwfl_begin(&callbacks);
	if (dwarf->dwfl) {
		libdw.dwfl_report_begin(dwarf->dwfl);
		/* On success the descriptor is the library's. */
		dwarf->module = libdw.dwfl_report_elf(dwarf->dwfl, "", path, fd, 0, true);
		libdw.dwfl_report_end(dwarf->dwfl, NULL, NULL);
	}
	if (dwarf->module)
		return dwarf;
	close(fd);
	dwarf_close(dwarf);
	return NULL;
}

void dwarf_close(struct dwarf *dwarf)
{
	if (dwarf && dwarf->dwfl)
		libdw.dwfl_end(dwarf->dwfl);
	free(dwarf);
}

bool dwarf_find(struct dwarf *dwarf, uint64_t address, struct dwarf_place *place)
{
	Dwfl_Line *line = libdw.dwfl_module_getsrc(dwarf->module, address);
	GElf_Off offset;
	GElf_Sym symbol;

	memset(place, 0, sizeof(*place));
	place->function = libdw.dwfl_module_addrinfo(dwarf->module, address, &offset, &symbol, NULL,
						     NULL, NULL);
	/* The nearest symbol before is another function's where it says how long it is. */
	if (place->function && symbol.st_size && offset >= symbol.st_size)
		place->function = NULL;
	if (line)
		place->file = libdw.dwfl_lineinfo(line, NULL, &place->line, NULL, NULL, NULL);
	return place->function || place->file;
}

char *dwarf_demangle(const char *name)
{
	static char *(*demangle)(const char *, char *, size_t *, int *);
	static bool tried;
	int status = -1;
	char *text;

	if (strncmp(name, "_Z", 2) != 0)
		return NULL;
	if (!tried) {
		void *library = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_LOCAL);

		tried = true;
		if (library)
			*(void **)&demangle = dlsym(library, "__cxa_demangle");
	}
	text = demangle ? demangle(name, NULL, NULL, &status) : NULL;
	return status == 0 ? text : NULL;
}
