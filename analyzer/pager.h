/*
 * pager.h - a long text on a terminal is shown by a pager.
 */
#ifndef ANALYZER_PAGER_H
#define ANALYZER_PAGER_H

/* Where stdout is a terminal, what is written to it from here on goes through a pager:
 * $DNDPROF_PAGER, $PAGER, or less; "" and "cat" are none. What cannot be started is left out. The
 * pager is waited for at exit. */
void pager_offer(void);

#endif
