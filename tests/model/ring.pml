/*
 * ring.pml - the ring of one thread, as shim/recorder/hot.h writes it and analyzer/profile/ reads
 * it, for spin to look through every order of events. tests/e2e/test_model.py runs it.
 *
 * There are a writer and the signal handlers that interrupt it, one within the other: a handler runs
 * from its begin to its end while what it interrupted stands still, and may write a whole ring and
 * more. A record of two slots is a record and its continuation. Beside them is one reader, either
 * the one who finds the file when the process was killed (at any instant: KILLED), or one who reads
 * while it is being written (LIVE: profile_load).
 *
 * What must hold: a record that is taken is whole, with its continuation, and has the position it
 * is taken for; and of what a killed process leaves, no more is missing than the records in flight.
 * It holds as long as a handler does not write a whole ring while what it interrupted is within a
 * record: else it writes into that one's slot, too, and who finds the file between the handler's
 * return and the end of that record (some ns) may take a mixture. WRAPPING lets it do so, and spin
 * finds the mixture. NO_ZERO (the sequence word is not 0 while a slot is changed), EARLY (it is
 * stored first) and NO_LOOK (a live reader does not look again) are mistakes that spin must find,
 * else the model proves nothing.
 *
 * Left out: that a ring grows (it has its last size), that several threads share a ring, and orders
 * of memory: stores become visible in the order in which they are made, as x86 has it.
 */
#ifndef CAPACITY
#define CAPACITY 2
#endif
#ifndef RECORDS
#define RECORDS 4 /* in all, by whomever */
#endif
#ifndef DEPTH
#define DEPTH 2 /* the thread and a handler; 3: a handler in the handler */
#endif
#define NONE 255 /* not within a record */

/* The file. A slot's contents are the position it was written for: of two words, to be torn. */
byte head = 0;
byte seq[CAPACITY];
byte first[CAPACITY];
byte second[CAPACITY];
byte more[CAPACITY];  /* a record: its slots beyond this; a continuation: 0 */
byte owner[CAPACITY]; /* of a continuation: seq of its record */

byte level = 0;	  /* whose turn it is: only the innermost handler runs */
byte written = 0; /* records begun */
byte pending[DEPTH] = NONE; /* what each is within: its position */
bool killed = false;

#define Q(position) ((position) % CAPACITY)
#define MINE (level == me && !killed)

#ifdef WRAPPING
#define FITS(slots) true
#else /* the oldest that was interrupted keeps its slots */
#define FITS(slots) (oldest == NONE || head + (slots) - oldest <= CAPACITY)
#endif

/* Fills the slot reserved at `at`. Each line is one store. */
inline fill(at, slots_more, belongs)
{
#ifndef NO_ZERO
	atomic { MINE -> seq[Q(at)] = 0 }
#endif
#ifdef EARLY
	atomic { MINE -> seq[Q(at)] = at + 1 }
#endif
	atomic { MINE -> first[Q(at)] = at }
	atomic { MINE -> more[Q(at)] = slots_more; owner[Q(at)] = belongs }
	atomic { MINE -> second[Q(at)] = at }
#ifndef EARLY
	atomic { MINE -> seq[Q(at)] = at + 1 }
#endif
}

/* The thread (0), a handler in it (1), ... A handler comes at any time, and again. */
proctype writer(byte me)
{
	byte at, extra, i, oldest;

end_idle:
	do
	:: atomic { /* the position is had by one xadd */
		MINE && written < RECORDS ->
		oldest = NONE;
		i = 0;
		do
		:: i < me -> if :: oldest == NONE -> oldest = pending[i] :: else fi; i++
		:: else -> break
		od;
		i = 0;
		if
		:: FITS(1) -> extra = 0
		:: FITS(2) -> extra = 1
		:: !FITS(1) -> extra = NONE /* it writes no more */
		fi;
		if
		:: extra != NONE ->
			written++;
			at = head;
			pending[me] = at;
			head = head + 1 + extra
		:: else
		fi;
		oldest = 0 }
	   if
	   :: extra == NONE -> atomic { MINE && me > 0 -> extra = 0; level = me - 1 }
	   :: extra == 1 -> fill(at + 1, 0, at + 1); fill(at, 1, 0)
	   :: extra == 0 -> fill(at, 0, 0)
	   fi;
	   atomic { (MINE || pending[me] == NONE) -> pending[me] = NONE; at = 0; extra = 0 }
	:: atomic { MINE && me > 0 -> level = me - 1 } /* the handler returns */
	od
}

/* A signal comes whatever the one that runs is doing. */
active proctype interrupts()
{
end_quiet:
	do
	:: atomic { level + 1 < DEPTH && !killed && written < RECORDS -> level++ }
	od
}

/* Slots as a reader copied them, or (of a killed process) as they are. */
byte copy_seq[CAPACITY], copy_first[CAPACITY], copy_second[CAPACITY];
byte copy_more[CAPACITY], copy_owner[CAPACITY];

inline check(from, to)
{
	byte p, n, missing;

	p = from;
	do
	:: p < to ->
		n = Q(p);
		if
		:: copy_seq[n] == p + 1 ->
			if
			:: copy_owner[n] == 0 && copy_more[n] == 0 ->
				assert(copy_first[n] == p && copy_second[n] == p)
			:: copy_owner[n] == 0 && copy_more[n] == 1 && p + 1 < to &&
			   copy_seq[Q(p + 1)] == p + 2 && copy_owner[Q(p + 1)] == p + 1 ->
				assert(copy_first[n] == p && copy_second[n] == p);
				assert(copy_first[Q(p + 1)] == p + 1 && copy_second[Q(p + 1)] == p + 1)
			:: else
			fi
		:: else -> missing++
		fi;
		p++
	:: else -> break
	od
#ifdef KILLED
	assert(missing <= 2 * DEPTH) /* each in flight has two slots at most */
#endif
}

active proctype reader()
{
	byte i, h;

	atomic { i = 0; do :: i < DEPTH -> run writer(i); i++ :: else -> break od }
#ifdef KILLED
	d_step {
		killed = true;
		i = 0;
		do
		:: i < CAPACITY ->
			copy_seq[i] = seq[i]; copy_first[i] = first[i]; copy_second[i] = second[i];
			copy_more[i] = more[i]; copy_owner[i] = owner[i]; i++
		:: else -> break
		od;
		h = head
	}
#else
	h = head; /* renew */
	i = 0;
	do
	:: i < CAPACITY -> /* take: word by word, in any order; this is the worst */
		copy_seq[i] = seq[i];
		copy_first[i] = first[i];
		atomic { copy_more[i] = more[i]; copy_owner[i] = owner[i] }
		copy_second[i] = second[i];
		i++
	:: else -> break
	od;
#ifndef NO_LOOK
	i = 0;
	do
	:: i < CAPACITY -> /* profile_drop_changed */
		atomic { if :: copy_seq[i] != seq[i] -> copy_seq[i] = 0 :: else fi; i++ }
	:: else -> break
	od;
#endif
#endif
	skip;
	d_step {
		i = 0;
		if :: h > CAPACITY -> i = h - CAPACITY :: else fi;
		check(i, h)
	}
}
