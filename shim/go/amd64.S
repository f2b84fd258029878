/*
 * amd64.S - the stub of the Go gate: what runs before and after the system call instruction of Go's
 * one system call function, and of the function in which its threads wait, instead of the
 * instructions the patch took away.
 *
 * It runs on the goroutine's stack, with the goroutine's signals open, in any thread, also in the
 * child of a vfork: it uses no stack, no thread-local storage, nothing of Go's, calls nothing and
 * reads the program's memory only where the kernel has just read or written it.
 *
 * Register contract. Go's internal calling convention lets a function change every register but
 * RSP, RBP, R14 (the goroutine) and X15 (zero); those are never written here, nor MXCSR or the
 * direction flag. Before: RAX number, RBX RCX RDI RSI R8 R9 arguments. After: RAX, RBX results, RCX
 * errno. The kernel keeps everything but RAX, RCX and R11, so that these hold across the call:
 *	R12  start in ticks; 0: record nothing
 *	R13  generation of the descriptor's flow
 *	R15  the call's entry in dndprof_go_calls
 *	RBX  what is known of the descriptor (GO_IS_*)
 *	RDI RSI RDX R10 R8 R9  the arguments, as the kernel takes them
 * and after it, once the special cases of an entry are done:
 *	R9 duration  R10 record.arg  R11 record.error  RDI record.fd
 *	X0 result  X1 third argument  X2 record.arg, all as spare places; X3 to X6 for payloads
 *	X7 the shard: the ring and the counters this call goes to
 *
 * Additions are locked, as every thread of the program comes here. In programs that make many calls
 * each processor has a shard of its own (gate.c), so that threads which are here at once do not take
 * each other's cache lines: that costs 200 ns. Which shard a thread uses is nothing but a good guess:
 * it may have been moved since it asked. A slot's seq is stored last: on
 * amd64 stores become visible in their order, so that is the release the format asks for.
 */
#include "go/layout.h"

#define NR_MMAP		9
#define NR_MUNMAP	11
#define NR_SIGPROCMASK	14
#define NR_GETPID	39
#define NR_GETPPID	110
#define NR_PRCTL	157
#define NR_GETTID	186
#define NR_FUTEX	202
#define NR_SECCOMP	317
#define PR_SET_SECCOMP	22
#define PR_SET_TSC	26
#define FUTEX_COMMAND	0x7f /* without its flags; 0: FUTEX_WAIT */
#define SOL_SOCKET	1
#define SO_ERROR	4
#define F_DUPFD		0
#define F_DUPFD_CLOEXEC 1030
#define AF_UNIX		1
#define AF_INET		2
#define AF_INET6	10
#define AF_NETLINK	16
#define RTM_GETLINK	18
#define LINK_HEAD	32 /* of a netlink message and its request for links */
#define IFLA_IFNAME	3
#define DOCKER0		0x003072656b636f64 /* "docker0" and its NUL, as they lie in memory */
#define O_ACCMODE	3
#define O_WRONLY	1
#define MSG_PEEK	2
#define WNOWAIT		0x01000000
#define SI_CODE		8 /* in siginfo_t */
#define SI_PID		16
#define SI_STATUS	24
#define ENOENT		2
#define EINTR		4
#define EAGAIN		11
#define EACCES		13
#define ECONNREFUSED	111
#define EALREADY	114
#define EINPROGRESS	115
#define TLS_HANDSHAKE	0x0316 /* type 22, version 3.x, as they lie in memory */

#define GATE(field) dndprof_go+field(%rip)

	/* \slot = address of the slot of position \position */
	.macro	slot_at position, writer, slot
	movq	\position, \slot
	andq	WRITER_MASK(\writer), \slot
	shlq	$6, \slot
	addq	WRITER_SLOTS(\writer), \slot
	.endm

	/* Fills the slot of position RAX of the writer at RDX. CL slots, CH payload's kind, RSI
	 * context; and what the registers hold of the call. */
	.macro	write_record kind, weight
	slot_at	%rax, %rdx, %r8
	movq	$0, (%r8)
	movq	%r12, RECORD_START(%r8)
	movq	%r9, RECORD_DURATION(%r8)
	movq	%xmm0, RECORD_RESULT(%r8)
	movl	%edi, RECORD_FD(%r8)
	movl	%r13d, RECORD_GENERATION(%r8)
	movq	%r10, RECORD_ARG(%r8)
	movzbl	%r15b, %edx
	orl	$(\kind << 16), %edx
	movl	%edx, RECORD_CALL(%r8)
	movw	%cx, RECORD_SLOTS(%r8)
	movzbl	%r11b, %edx
	shll	$8, %edx /* weight 0 */
	.ifnb	\weight
	movl	\weight, %edx /* error 0 */
	.endif
	movw	%dx, RECORD_ERROR-1(%r8)
	movl	%r15d, %edx
	shrl	$11, %edx /* GO_SENT and GO_RECEIVED to the record's flags */
	andl	$6, %edx
	andl	$GO_IS_FLAGS, %ebx
	orl	%ebx, %edx
	movb	%dl, RECORD_FLAGS(%r8)
	movq	%rsi, RECORD_CONTEXT(%r8)
	incq	%rax
	movq	%rax, (%r8)
	.endm

	/* As in recorder/histogram.h: RCX octave, RDX bucket of the duration in R9, which is not 0.
	 * RAX and R10 change. */
	.macro	bucket
	bsrq	%r9, %rcx
	xorl	$63, %ecx
	movq	%r9, %rax
	shlq	%cl, %rax
	xorl	$63, %ecx
	movq	%rax, %rdx
	shrq	$57, %rdx
	andl	$63, %edx
	leaq	dndprof_histogram_first(%rip), %r10
	movzbl	(%r10,%rdx), %edx
	leaq	dndprof_histogram_bounds(%rip), %r10
	cmpq	8(%r10,%rdx,8), %rax
	sbbl	$-1, %edx
	.endm

	/* The first duration in its octave takes buckets from what was put by for that: RAX their
	 * place in the file. R10 changes; no room: goes to \failed. */
	.macro	new_octave failed
	movq	%xmm7, %rax
	movl	$OCTAVE_BYTES, %r10d
	lock xaddq %r10, SHARD_POOL(%rax)
	cmpq	SHARD_POOL_END(%rax), %r10
	jae	\failed
	xorl	%eax, %eax
	lock cmpxchgq %r10, STATS_OCTAVE(%r8,%rcx,8)
	cmoveq	%r10, %rax
	.endm

	/* X7 the shard of the processor we are on. R11 and the one named change. */
	.macro	choose_shard wide, narrow
	leaq	dndprof_go_shards(%rip), %r11
	cmpl	$0, GATE(GO_SHARDED)
	je	71f
	rdpid	\wide
	andl	GATE(GO_SHARDED), \narrow
	imulq	$SHARD_BYTES, \wide, \wide
	addq	\wide, %r11
71:	movq	%r11, %xmm7
	.endm

	/* The error in R11D is the protocol's way. */
	.macro	if_retry goes_to
	cmpl	$EAGAIN, %r11d
	je	\goes_to
	cmpl	$EINTR, %r11d
	je	\goes_to
	cmpl	$EINPROGRESS, %r11d
	je	\goes_to
	cmpl	$EALREADY, %r11d
	je	\goes_to
	.endm

	/* ECX family -> EBX what is known of its socket */
	.macro	family
	movl	$GO_IS_SOCKET, %ebx
	cmpl	$AF_UNIX, %ecx
	je	81f
	cmpl	$AF_INET, %ecx
	je	82f
	cmpl	$AF_INET6, %ecx
	je	82f
	jmp	83f
81:	orl	$GO_IS_UNIX, %ebx
	jmp	83f
82:	orl	$GO_IS_INET, %ebx
83:
	.endm

	/* The descriptor in EDI begins a flow; nobody else knows it yet. EBX what is known of it,
	 * R13D its generation. */
	.macro	begin_flow
	cmpl	$GO_FD_MAX, %edi
	jae	91f
	movl	%edi, %edx
	leaq	dndprof_go_class(%rip), %r8
	movb	%bl, (%r8,%rdx)
	leaq	dndprof_go_generation(%rip), %r8
	movl	(%r8,%rdx,4), %r13d
	incl	%r13d
	orl	$GO_GENERATION, %r13d
	movl	%r13d, (%r8,%rdx,4)
	leaq	dndprof_go_http(%rip), %r8
	movb	$0, (%r8,%rdx)
91:
	.endm

#include "go/amd64_visit.inc"

	.text
	.globl	dndprof_go_before
	.hidden	dndprof_go_before
	.type	dndprof_go_before, @function
	.p2align 5
dndprof_go_before:
	.cfi_startproc
	movq	%rsi, %r10
	movq	%rdi, %rdx
	movq	%rcx, %rsi
	movq	%rbx, %rdi
	cmpq	$GO_NUMBERS, %rax
	jae	.Lpass
	leaq	dndprof_go_calls(%rip), %rcx
	movl	(%rcx,%rax,4), %r15d
	testl	%r15d, %r15d
	jz	.Lpass
	/* A forked child has a copy of our state and its parent's file: not for it. */
	cmpq	$0, dndprof_fork_page+FORK_PAGE_GO(%rip)
	je	.Lpass
	xorl	%ebx, %ebx
	xorl	%r13d, %r13d
	testl	$(GO_LOOKS | GO_EXEC | GO_QUIET), %r15d
	jz	.Lclock
	testl	$GO_EXEC, %r15d
	jnz	.Llook
	testl	$GO_QUIET, %r15d
	jnz	.Lquiet
	movl	%edi, %ecx
	cmpl	$GO_FD_MAX, %ecx
	jae	.Lfar
	leaq	dndprof_go_class(%rip), %r11
	movzbl	(%r11,%rcx), %ebx
	testl	$GO_IS_SOCKET, %ebx
	jnz	1f
	testl	GATE(GO_ONLY), %r15d
	jnz	.Lpass
	testl	$GO_SOCKET, %r15d
	jnz	.Lfile
1:	leaq	dndprof_go_generation(%rip), %r11
	movl	(%r11,%rcx,4), %r13d
	testl	$GO_BEFORE, %r15d
	jnz	.Lbefore
.Lclock:
	movq	%rax, %rcx
	movq	%rdx, %r11
	rdtsc
	shlq	$32, %rdx
	leaq	(%rdx,%rax), %r12
	movq	%rcx, %rax
	movq	%r11, %rdx
	jmpq	*GATE(GO_RESUME)
.Lpass:
	xorl	%r12d, %r12d
	jmpq	*GATE(GO_RESUME)
.Lfar:
	movq	GATE(GO_LOSSES), %rcx
	lock incq LOSS_FD_RANGE(%rcx)
	jmp	.Lpass

	/* At full detail: how much and how long. What it holds is nobody's business. */
.Lfile:
	movl	$GO_IS_OPAQUE, %ebx
	testl	$GO_HEAD, %r15d
	jnz	.Lclock
	testl	$GO_CLOSES, %r15d
	jz	.Lpass

.Lbefore:
	testl	$GO_ERROR, %r15d
	jz	1f
	cmpl	$SOL_SOCKET, %esi
	jne	.Lpass
	cmpl	$SO_ERROR, %edx
	jne	.Lpass
	jmp	.Lclock
1:	testl	$GO_FCNTL, %r15d
	jz	2f
	testl	%esi, %esi /* F_DUPFD */
	jz	3f
	cmpl	$F_DUPFD_CLOEXEC, %esi
	jne	.Lpass
	jmp	3f
2:	testl	$GO_ONTO, %r15d
	jz	3f
	cmpl	$GO_FD_MAX, %esi
	jae	.Lpass
	movl	%esi, %ecx
	leaq	dndprof_go_class(%rip), %r11
	movzbl	(%r11,%rcx), %ecx
	orl	%ebx, %ecx
	testl	$GO_IS_SOCKET, %ecx
	jz	.Lpass
	/* What is known of descriptors is about to change, and a vfork child has its parent's
	 * memory but its own descriptors: it changes nothing. Calls that come here are rare. */
3:	movq	%rax, %r12
	movl	$NR_GETPID, %eax
	syscall
	cmpl	GATE(GO_PID), %eax
	movq	%r12, %rax
	jne	.Lpass
	/* Before the call: after it another thread may have the number for something new. */
	movl	%edi, %ecx
	testl	$GO_CLOSES, %r15d
	jnz	4f
	movl	%esi, %ecx
	testl	$GO_ONTO, %r15d
	jz	.Lclock
4:	leaq	dndprof_go_class(%rip), %r11
	movb	$0, (%r11,%rcx)
	jmp	.Lclock

#include "go/amd64_exec.inc"
	.cfi_endproc
	.size	dndprof_go_before, .-dndprof_go_before

	.globl	dndprof_go_after
	.hidden	dndprof_go_after
	.type	dndprof_go_after, @function
	.p2align 5
dndprof_go_after:
	.cfi_startproc
	testq	%r12, %r12
	jz	.Lreturn
	movq	%rax, %xmm0
	movq	%rdx, %xmm1
	rdtsc
	choose_shard %rcx, %ecx
	shlq	$32, %rdx
	orq	%rax, %rdx
	xorl	%r9d, %r9d
	subq	%r12, %rdx
	cmovaeq	%rdx, %r9 /* counters of two processors may differ by a hair */
	movq	%xmm0, %rax
	xorl	%r11d, %r11d
	cmpq	$-4095, %rax
	jb	1f
	movl	%eax, %r11d
	negl	%r11d
1:	testl	$GO_AFTER, %r15d
	jnz	.Lafter
	movq	%xmm1, %r10

	/* ---- counters ---- */
.Lcount:
	movq	%r10, %xmm2
	movzbl	%r15b, %ecx
	movq	%xmm7, %r8
	movq	SHARD_STATS(%r8,%rcx,8), %r8
	testq	%r8, %r8
	jz	.Lrecord
	cmpl	$0, GATE(GO_RATE)
	jne	.Lsample
.Lall:
	lock incq STATS_COUNT(%r8)
	lock addq %r9, STATS_SUM(%r8)
	testl	%r11d, %r11d
	jnz	.Lfailed
	testl	$GO_BYTES, %r15d
	jz	1f
	testl	$GO_IS_PEEK, %ebx
	jnz	1f
	lock addq %rax, STATS_BYTES(%r8)
1:	cmpq	STATS_MIN(%r8), %r9
	jb	.Llower
2:	cmpq	STATS_MAX(%r8), %r9
	ja	.Lraise
.Lhistogram:
	testq	%r9, %r9
	jz	.Lzero
	bucket
	cmpl	$OCTAVES, %ecx
	jae	.Llong
3:	movq	STATS_OCTAVE(%r8,%rcx,8), %rax
	testq	%rax, %rax
	jz	.Loctave
4:	cmpq	GATE(GO_CAPACITY), %rax /* bent by others: not followed */
	jae	.Lrecord
	addq	GATE(GO_FILE), %rax
	lock incq (%rax,%rdx,8)

	/* ---- record ---- */
.Lrecord:
	movq	%xmm2, %r10
	movq	%xmm0, %rax
	movq	%xmm7, %rdx
	cmpq	$0, SHARD_WRITER(%rdx)
	je	.Ldone
	testl	$(GO_HEAD | GO_ADDRESS | GO_PARKS | GO_FORGET), %r15d
	jnz	.Lpayload
.Lplain:
	movq	%xmm7, %rdx
	movq	SHARD_WRITER(%rdx), %rdx
	movq	%r14, %rsi
	/* RDX writer, RSI context */
.Lone:
	movl	$1, %eax
	movl	$1, %ecx
	movq	WRITER_RING(%rdx), %r8
	lock xaddq %rax, RING_HEAD(%r8)
	/* and RAX position, CL slots, CH payload's kind */
.Lfill:
	cmpq	WRITER_GROW(%rdx), %rax
	jae	.Lnearly_full
.Lplace:
	write_record KIND_CALL
.Ldone:
	cmpq	$0, GATE(GO_SLOW)
	jne	.Lstack
.Lstacked:
	leaq	(%r12,%r9), %rcx
	cmpq	GATE(GO_DUE), %rcx
	jae	.Ltend
.Ltended:
	movq	%xmm0, %rax
	movq	%xmm1, %rdx

	/* ---- what the patch took away ---- */
.Lreturn:
	cmpq	$-4095, %rax
	jae	1f
	movq	%rdx, %rbx
	xorl	%ecx, %ecx
	ret
1:	negq	%rax
	movq	%rax, %rcx
	movq	$-1, %rax
	xorl	%ebx, %ebx
	ret

	/* ---- counters, the rarer half ---- */
.Lfailed:
	testl	$(GO_ERROR | GO_PARKS), %r15d
	jnz	1f
	if_retry 1f
	lock incq STATS_ERRORS(%r8)
	jmp	2f
1:	lock incq STATS_RETRIES(%r8)
2:	cmpq	STATS_MIN(%r8), %r9
	jae	3f
.Llower:
	movq	STATS_MIN(%r8), %rax
1:	cmpq	%rax, %r9
	jae	3f
	lock cmpxchgq %r9, STATS_MIN(%r8)
	jne	1b
3:	cmpq	STATS_MAX(%r8), %r9
	jbe	.Lhistogram
.Lraise:
	movq	STATS_MAX(%r8), %rax
1:	cmpq	%rax, %r9
	jbe	.Lhistogram
	lock cmpxchgq %r9, STATS_MAX(%r8)
	jne	1b
	jmp	.Lhistogram
.Lzero:
	lock incq STATS_ZERO(%r8)
	jmp	.Lrecord
.Llong:
	movl	$(OCTAVES - 1), %ecx
	movl	$(OCTAVE_BYTES / 8 - 1), %edx
	jmp	3b
.Loctave:
	new_octave 1f
	jmp	4b
1:	movq	GATE(GO_LOSSES), %rax
	lock incq LOSS_NO_HISTOGRAM(%rax)
	jmp	.Lrecord

	/* ---- the waits of threads, in a ring of their own; they know their thread's id ---- */
.Lpark:
	movl	%r11d, %r8d
	movl	$NR_GETTID, %eax
	syscall
	movl	%r8d, %r11d
	movl	%eax, %esi
	movq	GATE(GO_PARK), %rdx
	jmp	.Lone

	/* ---- a sample is due, or more room: gate.c, on a stack of its own ---- */
.Lnearly_full:
	movq	$0, GATE(GO_DUE)
	jmp	.Lplace
.Ltend:
	movl	$NR_GETPID, %eax /* the child of a vfork leaves its parent's things alone */
	syscall
	cmpl	GATE(GO_PID), %eax
	jne	.Ltended
	movq	$-1, %rcx
	xchgq	%rcx, GATE(GO_DUE) /* for the first who comes */
	cmpq	$-1, %rcx
	je	.Ltended
	cmpb	$0, dndprof_recorder+RECORDER_NO_SYSCALLS(%rip)
	jne	1f
	cmpl	$0, GATE(GO_QUIETED)
	je	2f
1:	movq	%xmm7, %rdx
	movq	SHARD_WRITER(%rdx), %rdx
	testq	%rdx, %rdx
	jz	.Ltended
	movq	$-1, WRITER_GROW(%rdx)
	jmp	.Ltended
2:	movq	%xmm0, %r12
	movq	%xmm1, %r15
	visit_begin 3f
	call	dndprof_go_tend
	movq	%r12, (%r13)
	movq	%r15, 8(%r13)
	movdqu	64(%r13), %xmm15
	/* What came meanwhile comes where the signals are let in again: at an instruction of Go's
	 * own, which its handlers know. The way back leads through dndprof_go_after. */
	visit_unmask
	movl	$1, %r12d
	movabsq	$GO_VISITED, %r15
	jmpq	*GATE(GO_RESUME)
.Lvisited:
	movq	(%r13), %r12
	movq	8(%r13), %r15
	visit_unmap
3:	movq	%r12, %xmm0
	movq	%r15, %xmm1
	jmp	.Ltended

#include "go/amd64_cases.inc"
#include "go/amd64_payloads.inc"
#include "go/amd64_sample.inc"
#include "go/amd64_stack.inc"
	.cfi_endproc
	.size	dndprof_go_after, .-dndprof_go_after

	/* ---- a thread's wait: arguments come on the stack, so does the result go ---- */
	.globl	dndprof_go_park_before
	.hidden	dndprof_go_park_before
	.type	dndprof_go_park_before, @function
	.p2align 5
dndprof_go_park_before:
	.cfi_startproc
	movq	8(%rsp), %rdi
	movl	16(%rsp), %esi
	movl	20(%rsp), %edx
	movq	24(%rsp), %r10
	movq	32(%rsp), %r8
	movl	40(%rsp), %r9d
	xorl	%r12d, %r12d
	testl	$FUTEX_COMMAND, %esi
	jnz	1f
	cmpq	$0, dndprof_fork_page+FORK_PAGE_GO(%rip)
	je	1f
	movq	%rdx, %r11
	rdtsc
	shlq	$32, %rdx
	leaq	(%rdx,%rax), %r12
	movq	%r11, %rdx
1:	movl	$NR_FUTEX, %eax
	jmpq	*GATE(GO_PARK_RESUME)
	.cfi_endproc
	.size	dndprof_go_park_before, .-dndprof_go_park_before

	.globl	dndprof_go_park_after
	.hidden	dndprof_go_park_after
	.type	dndprof_go_park_after, @function
	.p2align 5
dndprof_go_park_after:
	.cfi_startproc
	movl	%eax, 48(%rsp)
	testq	%r12, %r12
	jz	2f
	movslq	%eax, %rcx
	movq	%rcx, %xmm0
	movq	%rdx, %xmm1
	rdtsc
	choose_shard %r10, %r10d
	shlq	$32, %rdx
	orq	%rax, %rdx
	xorl	%r9d, %r9d
	subq	%r12, %rdx
	cmovaeq	%rdx, %r9
	xorl	%r11d, %r11d
	testl	%ecx, %ecx
	jns	1f
	subl	%ecx, %r11d
1:	movq	%rdi, %r10
	movl	$-1, %edi
	xorl	%ebx, %ebx
	xorl	%r13d, %r13d
	movl	$(CALL_FUTEX | GO_PARKS), %r15d
	jmp	.Lcount
2:	ret
	.cfi_endproc
	.size	dndprof_go_park_after, .-dndprof_go_park_after

#include "go/amd64_price.inc"

	.section .rodata
	.p2align 4
	/* Places matter: see .Lhead. */
heads:	.ascii	"GET POSTPUT HEAD"
	.ascii	"DELEPATCOPTICONN"
	.ascii	"HTTPPRI TRACTRAC"
	.set	HEADS, (. - heads) / 4

	/* Files that are recorded lie below this. */
watched: .asciz	"/proc/sys/net/"

	/* Of a query's flags, in the order of their bits: which bytes count, what they are, how many. */
	.macro	query name, n
	.fill	\n, 1, 0xff
	.fill	8 - \n, 1, 0
	.ascii	"\name="
	.fill	8 - \n, 1, 0
	.quad	\n
	.endm
queries:
	query	follow, 7
	query	stream, 7
	query	logs, 5
	query	wait, 5
	query	watch, 6
	query	stdin, 6
	query	tail, 5
	query	until, 6

	.section .note.GNU-stack, "", @progbits
