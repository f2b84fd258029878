/*
 * modules.h - which loaded file an address lies in, found without a lock (glibc 2.35's
 * _dl_find_object), and where its unwind tables are.
 */
#ifndef DNDPROF_SHIM_STACKS_MODULES_H
#define DNDPROF_SHIM_STACKS_MODULES_H

#include "recorder/modules.h"

struct loaded {
	struct module module;
	uint64_t table;			   /* .eh_frame_hdr; 0: none */
	uint64_t tables_start, tables_end; /* the segment it lies in, readable */
	unsigned checked;		   /* the caller's */
};

void loaded_start(void); /* the constructor */
bool loaded_can_find(void);

/* False: in no file, or none that can be read. */
bool loaded_find(uint64_t address, struct loaded *found);
/* Is it the file that was found earlier? Cheap. */
bool loaded_is(const struct loaded *earlier, uint64_t address);

/* Names the module of an address in the profile, if that has not been done. */
void module_note(uint64_t address);

#endif
