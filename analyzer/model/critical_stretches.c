/*
 * critical_stretches.c - pieces of the critical path joined to stretches, each of one thing: what
 * findings are made from, which must not count a moment twice. There are not many more of them than
 * operations, however many calls a process made between.
 */
#include "model/critical.h"

#include <dndprof/profile.h>

#include <string.h>

static struct stretch lock_stretch(const struct model *model, const struct piece *piece,
				   struct stretch stretch)
{
	const struct event *event =
		&model->processes.items[piece->process].events.items[piece->index];
	const struct lock_row *lock;

	if (event->call->category != DNDPROF_CATEGORY_LOCK)
		return stretch;
	lock = model_lock_of(model, piece->process, event->record->raw.arg);
	stretch.kind = STRETCH_LOCK;
	stretch.index = lock ? (uint32_t)(lock - model->locks.items) : NONE;
	return stretch;
}

static struct stretch stretch_of(const struct model *model, uint32_t run, const struct piece *piece)
{
	struct stretch stretch = {.start_ns = piece->start_ns,
				  .end_ns = piece->end_ns,
				  .cpu_ns = piece->cpu_ns > 0 ? piece->cpu_ns : 0,
				  .cpu_known = piece->cpu_ns >= 0,
				  .kind = STRETCH_OWN,
				  .run = run,
				  .process = piece->process,
				  .index = NONE};

	switch (piece->kind) {
	case PIECE_STOPPED: /* nobody looked */
	case PIECE_NOBODY:
		stretch.kind = STRETCH_NOBODY;
		stretch.process = NONE;
		break;
	case PIECE_OWN: /* while an operation was under way, or a region, which explains nothing */
		if (piece->index != NONE &&
		    model->operations.items[piece->index].kind != OPERATION_REGION) {
			stretch.kind = STRETCH_OPERATION;
			stretch.index = piece->index;
		}
		break;
	case PIECE_OPERATION:
		stretch.kind = STRETCH_OPERATION;
		stretch.index = piece->index;
		break;
	case PIECE_FLOW:
		stretch.kind = STRETCH_FLOW;
		stretch.index = piece->index;
		break;
	case PIECE_CALL:
		stretch = lock_stretch(model, piece, stretch);
	}
	return stretch;
}

static bool same(const struct stretch *x, const struct stretch *y)
{
	return x->kind == y->kind && x->process == y->process && x->index == y->index &&
	       x->run == y->run && x->end_ns == y->start_ns;
}

void critical_stretches(struct model *model, uint32_t run, const struct pieces *pieces)
{
	for (size_t i = pieces->count; i-- > 0;) {
		struct stretch stretch = stretch_of(model, run, &pieces->items[i]);
		size_t count = model->critical.stretches.count;
		struct stretch *last = count ? &model->critical.stretches.items[count - 1] : NULL;

		if (stretch.cpu_ns > stretch.end_ns - stretch.start_ns)
			stretch.cpu_ns = stretch.end_ns - stretch.start_ns;
		if (last && same(last, &stretch)) {
			last->end_ns = stretch.end_ns;
			last->cpu_ns = add_ns(last->cpu_ns, stretch.cpu_ns);
			last->cpu_known |= stretch.cpu_known;
		} else {
			*list_add(&model->critical.stretches) = stretch;
		}
	}
}
