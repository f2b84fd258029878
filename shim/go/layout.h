/*
 * layout.h - what the stub (amd64.S) and the C side of the Go gate agree on: plain numbers, for the
 * assembler as well. gate.c asserts that they are the structures' offsets.
 */
#ifndef DNDPROF_SHIM_GO_LAYOUT_H
#define DNDPROF_SHIM_GO_LAYOUT_H

/* Numbers of system calls the table covers, descriptors the stub knows. */
#define GO_NUMBERS 512
#define GO_FD_MAX  65536

/* An entry of dndprof_go_calls: the call's id in the low byte, 0 where nothing is recorded, and
 * what is special about it. */
#define GO_FD	    0x00000100 /* the first argument is the descriptor */
#define GO_NEWFD    0x00000200 /* the result is the descriptor */
#define GO_BYTES    0x00000400 /* the result is a number of bytes */
#define GO_SOCKET   0x00000800 /* only where the descriptor is known as a socket (GO_ONLY) */
#define GO_SENT	    0x00001000
#define GO_RECEIVED 0x00002000
#define GO_HEAD	    0x00004000 /* the second argument is a buffer that may begin with a head */
#define GO_ADDRESS  0x00008000 /* second and third: a socket address */
#define GO_MAKES    0x00010000 /* a socket of the family in the first argument */
#define GO_ACCEPTS  0x00020000 /* a socket of the first argument's family */
#define GO_COPIES   0x00040000 /* another name of the first argument */
#define GO_PAIR	    0x00080000 /* two sockets, at the fourth argument */
#define GO_ERROR    0x00100000 /* getsockopt: only SO_ERROR; the error it tells is the record's */
#define GO_STATUS   0x00200000 /* the second argument: where a child's status comes */
#define GO_CLOSES   0x00400000
#define GO_FCNTL    0x00800000 /* only F_DUPFD and F_DUPFD_CLOEXEC */
#define GO_ONTO	    0x01000000 /* dup2, dup3: the second argument is closed */
#define GO_PEEK	    0x02000000 /* recvfrom: the fourth argument may hold MSG_PEEK */
#define GO_FORGET                                                                               \
	0x04000000	      /* the result is no socket, whatever it was before; only some are \
				 recorded, by their path at the second argument */
#define GO_EXEC	   0x08000000 /* looked at in C, before it is made */
#define GO_CHILD   0x10000000 /* waitid: the third argument is where a child's end comes */
#define GO_QUIET   0x20000000 /* from here on we make no calls of our own that can wait */
#define GO_PARKS   0x40000000 /* a thread's wait, from the other function */
#define GO_VECTOR  0x80000000 /* the second argument is a list of buffers */
/* Not a call at all: a visit to C lets signals in again. A case of what comes after. */
#define GO_VISITED (1 << 63 | GO_EXEC)
#define GO_LOOKS   (GO_FD | GO_ACCEPTS | GO_COPIES)
#define GO_BEFORE  (GO_ERROR | GO_CLOSES | GO_FCNTL | GO_ONTO)
#define GO_OPENS   (GO_MAKES | GO_ACCEPTS | GO_COPIES)
#define GO_AFTER \
	(GO_OPENS | GO_PAIR | GO_ERROR | GO_STATUS | GO_PEEK | GO_EXEC | GO_CHILD | GO_FORGET)

/* What is known of a descriptor, a byte. The families are the record's flags; so are two bits that
 * only live in the stub. */
#define GO_IS_SOCKET  0x01
#define GO_IS_OPAQUE  0x02 /* what comes is not for us: encrypted, or an upgraded connection */
#define GO_IS_BEGUN   0x04 /* its first bytes were seen */
#define GO_IS_PEEK    0x08
#define GO_IS_TLS     0x10
#define GO_IS_NETLINK 0x20 /* of routes and links */
#define GO_IS_UNIX    0x40
#define GO_IS_INET    0x80
#define GO_IS_FLAGS   (GO_IS_PEEK | GO_IS_TLS | GO_IS_UNIX | GO_IS_INET)

/* What is known of HTTP on a descriptor, another byte: a letter of a method that was read alone
 * (1 is A), the side we are on, and whether a request waits for its answer. Both sides: DNS. */
#define HTTP_LETTER	  0x1f
#define HTTP_CLIENT	  0x20
#define HTTP_SERVER	  0x40
#define HTTP_DNS	  (HTTP_CLIENT | HTTP_SERVER)
#define HTTP_EXCHANGE	  0x80
#define HTTP_EXCHANGE_BIT 7
#define HTTP_EARLY_BIT	  0 /* of a client, which keeps no letter: the next request was answered */

/* Letters that methods begin with: C D G H O P T. */
#define METHOD_LETTERS 0x00118198

/* Generations of flows begin here, so that they are never those of the libc gate. */
#define GO_GENERATION 0x80000000

/* struct go_gate */
#define GO_RESUME      0
#define GO_FILE	       8
#define GO_CAPACITY    16
#define GO_LOSSES      24
#define GO_PID	       32
#define GO_QUIETED     36
#define GO_PARK_RESUME 40
#define GO_PARK	       48
#define GO_SLOW	       56
#define GO_SHARDED     64
#define GO_RATE	       68
#define GO_DUE	       72
#define GO_CERTAIN     80
#define GO_ONLY	       88

/* struct go_shard, of which there are at most so many; a power of two */
#define GO_SHARDS      4
#define SHARD_WRITER   0
#define SHARD_POOL     8
#define SHARD_POOL_END 16
#define SHARD_STATS    24
#define SHARD_BYTES    2880

/* struct go_writer */
#define WRITER_RING  0
#define WRITER_SLOTS 8
#define WRITER_MASK  16
#define WRITER_GROW  24

/* struct recorder */
#define RECORDER_NO_SYSCALLS 6

#define LOSS_NO_HISTOGRAM 16 /* offsets in losses */
#define LOSS_FD_RANGE	  48

/* struct dndprof_ring, dndprof_stats, dndprof_record, dndprof_more */
#define RING_HEAD	  16
#define RING_SAMPLED	  1784
#define STATS_COUNT	  8
#define STATS_ERRORS	  16
#define STATS_RETRIES	  24
#define STATS_BYTES	  32
#define STATS_SUM	  48
#define STATS_MIN	  56
#define STATS_MAX	  64
#define STATS_ZERO	  72
#define STATS_OCTAVE	  80
#define RECORD_START	  8
#define RECORD_DURATION	  16
#define RECORD_RESULT	  24
#define RECORD_FD	  32
#define RECORD_GENERATION 36
#define RECORD_ARG	  40
#define RECORD_CALL	  48
#define RECORD_KIND	  50
#define RECORD_SLOTS	  51
#define RECORD_PAYLOAD	  52
#define RECORD_ERROR	  54
#define RECORD_FLAGS	  55
#define RECORD_CONTEXT	  56
#define MORE_DATA	  8
#define MORE_LENGTH	  48
#define MORE_KIND	  50
#define MORE_OWNER	  56
#define MORE_BYTES	  40
#define HTTP_BYTES	  32
#define HTTP_LENGTH	  8
#define HTTP_HEAD	  24
#define OCTAVE_BYTES	  256
#define OCTAVES		  44

/* Enumerators of profile.h. */
#define KIND_CALL	 1
#define KIND_MORE	 2
#define KIND_EXTRA	 3
#define CALL_FUTEX	 3
#define PAYLOAD_REQUEST	 1
#define PAYLOAD_RESPONSE 2
#define PAYLOAD_ADDRESS	 3
#define PAYLOAD_DNS	 5
#define PAYLOAD_STACK	 12
#define STACK_FRAMES	 20 /* at most */
#define PAYLOAD_PATH	 7
#define PAYLOAD_NETLINK	 8
#define LINK_DOCKER0	 1
#define LINK_OTHER	 2
#define QUERIES		 8
#define FLAG_QUERY	 0x10
#define FLAG_TRUNCATED	 0x20
#define FLAG_INCOMPLETE	 0x40

#define LINE_MOST     8192 /* bytes within which a request's line must end to be kept */
#define DNS_NAME_MOST 254
#define HEAD_MOST     448 /* bytes of a first line that are kept */
#define ADDRESS_MOST  128
#define PATH_MOST     255
#define NETLINK_MOST  128 /* bytes of a message that are looked at */

/* dndprof_fork_page's second word: the gate is open in this process. */
#define FORK_PAGE_GO 8

#endif
