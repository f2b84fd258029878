/*
 * start.S - the two places where dndprof-exec begins: as a program, and inside another one. Either
 * way nothing has been set up: no libc, no relocations, no stack but the one RSP points to. And a
 * process that begins in our own memory.
 */
	.text
	.globl	_start
	.hidden	_start
	.type	_start, @function
_start:
	.cfi_startproc
	.cfi_undefined %rip
	xorl	%ebp, %ebp
	movq	%rsp, %rdi
	andq	$-16, %rsp
	call	program_main
	movl	%eax, %edi
	movl	$231, %eax /* exit_group */
	syscall
	ud2
	.cfi_endproc
	.size	_start, .-_start

	/*
	 * In the target, with the tracer looking on: RDI the target's first stack pointer, RSI our
	 * own path, R8 and R9 address and length of our data, which is to be made writable. Ends in
	 * a breakpoint: RAX 1 when the target is recorded now, RBX 1 when it ignores SIGTRAP.
	 */
	.globl	image_start
	.hidden	image_start
	.type	image_start, @function
image_start:
	.cfi_startproc
	.cfi_undefined %rip
	xorl	%ebp, %ebp
	movq	%rdi, %r12
	movq	%rsi, %r13
	movq	%r8, %rdi
	movq	%r9, %rsi
	movl	$3, %edx /* PROT_READ | PROT_WRITE */
	movl	$10, %eax /* mprotect */
	.globl	image_syscall
	.hidden	image_syscall
image_syscall: /* one for the tracer, too */
	syscall
	testq	%rax, %rax
	movl	$0, %eax
	jnz	1f
	movq	%r12, %rdi
	movq	%r13, %rsi
	call	image_main
1:	movzbl	%ah, %ebx
	movzbl	%al, %eax
	int3
	ud2
	.cfi_endproc
	.size	image_start, .-image_start

	/*
	 * long image_clone(void (*run)(const void *), const void *argument, char *stack_end)
	 * A process that shares our memory, also when we have ended, and runs on a stack of its own;
	 * `run` does not return. Its id, or a negative errno. Nothing is copied: a third of what a
	 * fork costs.
	 */
	.globl	image_clone
	.hidden	image_clone
	.type	image_clone, @function
image_clone:
	.cfi_startproc
	movq	%rdi, %r8
	movq	%rsi, %r9
	movl	$0x111, %edi /* CLONE_VM | SIGCHLD */
	movq	%rdx, %rsi
	xorl	%edx, %edx
	xorl	%r10d, %r10d
	movl	$56, %eax /* clone */
	syscall
	testq	%rax, %rax
	jnz	1f
	.cfi_remember_state
	.cfi_undefined %rip
	xorl	%ebp, %ebp
	movq	%r9, %rdi
	call	*%r8
	ud2
	.cfi_restore_state
1:	ret
	.cfi_endproc
	.size	image_clone, .-image_clone

	.section .note.GNU-stack, "", @progbits
