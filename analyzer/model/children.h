/*
 * children.h - what children.c goes by: the children a process's records tell of
 * (children_seen.c), and why nothing is recorded of one (children_reasons.c).
 */
#ifndef ANALYZER_CHILDREN_H
#define ANALYZER_CHILDREN_H

#include "model/internal.h"

/* A child as its parent saw it. */
struct child {
	int pid;			  /* 0: unknown (a spawn that did not say) */
	const char *program, *subcommand; /* NULL: no exec was seen */
	const char *check;		  /* its label; NULL: none */
	int64_t start_ns, end_ns;	  /* end 0: nobody waited */
	int64_t exec_ns;		  /* its last exec */
	int wait_status;		  /* -1 likewise */
	uint32_t route;			  /* enum dndprof_route, of its last exec */
	uint32_t made_by;		  /* the thread that made it; 0: not seen */
	bool made; /* its making was seen; else only that it was waited for */
};

struct family {
	struct model *model;
	uint32_t parent;
	LIST(struct child) children;
};

/* Adds the children a process's events tell of. */
void family_find(struct family *family);

/* What an exec or spawn names. */
struct named {
	const char *program, *subcommand; /* NULL: it names none */
	const char *check;		  /* NULL: none */
};

struct named exec_names(struct model *model, const struct event *event);
/* The exec by which the process became what it was not before; NULL: none was kept. */
const struct event *own_exec(const struct process *process);

/* Was it recorded on this machine? */
bool children_here(const char *host);
/* Why a program left no profile; its file is looked at where it is here. */
const char *children_reason(struct model *model, const struct process *process, int64_t exec_ns,
			    uint32_t route, bool here);

#endif
