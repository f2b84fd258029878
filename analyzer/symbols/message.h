/*
 * message.h - what the analyzer and the process that reads symbols for it (symbolizer.h) say to
 * each other, in packets of a socket pair: an order with the open files, then what is there, then
 * questions and answers. What comes back may be anything: whoever made the file may have taken over
 * the process that read it. So answers have bounds, and what is beyond them is no answer.
 */
#ifndef ANALYZER_MESSAGE_H
#define ANALYZER_MESSAGE_H

#include "base/memory.h"
#include "symbols/places.h"

#include <stddef.h>
#include <stdint.h>

#define PACKET_MOST   32768 /* bytes of one with answers */
#define TEXT_MOST     4096  /* of a function's or a file's name; what is longer is cut */
#define QUESTION_MOST 512   /* addresses of a packet */

/* With it come the socket of the answers, the file, and where there is one a file beside it with
 * its debug information. */
#define ORDER_FILES 3
struct order {
	struct wanted wanted;
	uint32_t number; /* of this order, for struct ended */
	bool debug;	 /* the third is there */
};

/* One of a question. */
struct asked {
	uint64_t address; /* as the file has it */
	uint64_t back;	  /* it is that of a call, which is so many bytes before */
};

/* How the process ended that served an order, as waitpid tells. */
struct ended {
	uint32_t number;
	int32_t status;
};

/* Adds an answer to a packet. Returns its bytes, 0: there is no room. */
size_t answer_put(uint8_t *to, size_t room, const struct place *place);
/* The answer that a packet begins with; texts, of which the last ones are used again, go to the
 * arena. Returns its bytes, 0: it is none. */
size_t answer_take(const uint8_t *from, size_t size, struct arena *arena, struct place *last,
		   struct place *place);

#endif
