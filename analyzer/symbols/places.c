/*
 * places.c - see places.h.
 */
#include "symbols/places.h"
#include "base/memory.h"
#include "symbols/dwarf.h"
#include "symbols/golang.h"

#include <string.h>
#include <unistd.h>

struct places {
	struct wanted wanted;
	int fd, debug_fd; /* -1: none, or libdw's */
	bool tried;	  /* to open it by libdw */
	struct golang *golang;
	struct dwarf *dwarf;
	char *demangled; /* the last one */
};

void places_start(void)
{
	dwarf_works();
}

void places_demangle(void)
{
	dwarf_demangler();
}

/* Is it the file with that build id? */
static bool is_wanted(const struct wanted *wanted, const struct elf_file *file)
{
	return wanted->build_id_bytes == file->build_id_bytes &&
	       memcmp(wanted->build_id, file->build_id, file->build_id_bytes) == 0;
}

static bool is_debug_of(const struct wanted *wanted, int fd)
{
	struct elf_file file;

	return fd >= 0 && wanted->build_id_bytes && elf_open(&file, fd) == 0 &&
	       is_wanted(wanted, &file);
}

/* When the first address needs it: most of Go's do not. */
static struct dwarf *dwarf_of(struct places *places)
{
	if (places->tried || places->wanted.depth >= DEPTH_GO)
		return places->dwarf;
	places->tried = true;
	places->dwarf =
		dwarf_open(places->fd, places->debug_fd, places->wanted.depth == DEPTH_LINES);
	if (places->dwarf)
		places->fd = places->debug_fd = -1;
	return places->dwarf;
}

struct places *places_open(const struct wanted *wanted, int fd, int debug_fd,
			   enum places_status *status)
{
	struct places *places = memory_get(sizeof(*places));
	struct elf_file file;

	places->wanted = *wanted;
	places->fd = fd;
	places->debug_fd = debug_fd;
	if (elf_open(&file, fd) < 0 || !is_wanted(wanted, &file)) {
		*status = PLACES_CHANGED;
		places->tried = true;
		return places;
	}
	if (!is_debug_of(wanted, debug_fd) && debug_fd >= 0) {
		close(debug_fd);
		places->debug_fd = -1;
	}
	if (wanted->go)
		places->golang = golang_open(&file);
	*status = places->golang || wanted->depth >= DEPTH_GO ? PLACES_THERE
		  : !dwarf_works()			      ? PLACES_NO_LIBDW
		  : dwarf_of(places)			      ? PLACES_THERE
							      : PLACES_UNREADABLE;
	return places;
}

void places_close(struct places *places)
{
	golang_close(places->golang);
	dwarf_close(places->dwarf);
	if (places->fd >= 0)
		close(places->fd);
	if (places->debug_fd >= 0)
		close(places->debug_fd);
	free(places->demangled);
	free(places);
}

static bool find_at(struct places *places, uint64_t address, struct place *place)
{
	struct pclntab_place go;

	if (places->golang && golang_find(places->golang, address, &go)) {
		*place = (struct place){go.function, go.file, go.line <= INT32_MAX ? go.line : 0,
					go.inlined};
		return true;
	}
	if (!dwarf_of(places) || !dwarf_find(places->dwarf, address, place))
		return false;
	if (place->function && places->wanted.demangle) {
		free(places->demangled);
		places->demangled = dwarf_demangle(place->function);
		place->function = places->demangled ? places->demangled : place->function;
	}
	return true;
}

void places_find(struct places *places, uint64_t address, uint64_t back, struct place *place)
{
	struct place there;

	memset(place, 0, sizeof(*place));
	find_at(places, address - back, place);
	if (back && !place->function && find_at(places, address, &there))
		*place = there;
}
