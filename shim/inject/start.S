/*
 * start.S - the two places where dndprof-exec begins: as a program, and inside another one. Either
 * way nothing has been set up: no libc, no relocations, no stack but the one RSP points to.
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

	.section .note.GNU-stack, "", @progbits
