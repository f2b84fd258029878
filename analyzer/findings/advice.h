/*
 * advice.h - what to do, by endpoint, program or error: tables of sentences and commands.
 */
#ifndef ANALYZER_ADVICE_H
#define ANALYZER_ADVICE_H

#include "findings/inquiry.h"

const char *advice_on_endpoint(const struct operation *operation);
/* The request again without the client, where that changes nothing; NULL: none. */
const char *advice_command(const struct inquiry *inquiry, const struct operation *operation);
/* What a program is: a credential helper, a plugin, ...; `what` names it in a sentence. */
struct program_advice {
	const char *prefix; /* of its name; ends with '=' when it is the whole name */
	const char *what, *recommendation, *command; /* command: %s is the program; NULL: none */
};
const struct program_advice *advice_on_program(const char *program);
/* The command of that advice on this program; NULL: none. */
const char *program_command(const struct inquiry *inquiry, const struct program_advice *advice,
			    const char *program);
const char *advice_on_startup(const char *program);
const char *advice_on_cpu(const struct inquiry *inquiry, const char *program);
/* What an errno of a connect means for a client of the engine, and what to do. */
struct error_advice {
	int error;
	const char *meaning, *recommendation, *command;
};
const struct error_advice *advice_on_error(int error);

#endif
