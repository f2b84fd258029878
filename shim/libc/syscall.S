/*
 * syscall.S - syscall() by number. Numbers that are nothing to us jump on to libc's with every register and the stack as they
 * were: some of them return twice, or never, or on another stack.
 */
#if defined(__x86_64__)
	.text
	.globl	syscall
	.type	syscall, @function
syscall:
	.cfi_startproc
	cmpq	$dndprof_syscall_max, %rdi
	ja	1f
	leaq	dndprof_syscall_kinds(%rip), %rax
	cmpb	$0, (%rax,%rdi)
	je	1f
	jmp	dndprof_syscall
1:	movq	dndprof_syscall_real(%rip), %rax
	testq	%rax, %rax
	jz	2f
	jmp	*%rax
2:	/* For the first time: find it. */
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	pushq	%rsi
	.cfi_adjust_cfa_offset 8
	pushq	%rdx
	.cfi_adjust_cfa_offset 8
	pushq	%rcx
	.cfi_adjust_cfa_offset 8
	pushq	%r8
	.cfi_adjust_cfa_offset 8
	pushq	%r9
	.cfi_adjust_cfa_offset 8
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	call	dndprof_syscall_find
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	popq	%r9
	.cfi_adjust_cfa_offset -8
	popq	%r8
	.cfi_adjust_cfa_offset -8
	popq	%rcx
	.cfi_adjust_cfa_offset -8
	popq	%rdx
	.cfi_adjust_cfa_offset -8
	popq	%rsi
	.cfi_adjust_cfa_offset -8
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	jmp	*%rax
	.cfi_endproc
	.size	syscall, .-syscall
	.equ	dndprof_syscall_max, 511
#endif
	.section .note.GNU-stack, "", @progbits
