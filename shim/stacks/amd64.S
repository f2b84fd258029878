/*
 * amd64.S - goes to another stack and back: see stack.h. Of the program's own stack two words are
 * used.
 */
#if defined(__x86_64__)
	.text
	.globl	dndprof_stack_visit
	.hidden	dndprof_stack_visit
	.type	dndprof_stack_visit, @function
dndprof_stack_visit:
	.cfi_startproc
	movq	%rbx, (%rdi)
	movq	%rbp, 8(%rdi)
	movq	%r12, 16(%rdi)
	movq	%r13, 24(%rdi)
	movq	%r14, 32(%rdi)
	movq	%r15, 40(%rdi)
	leaq	8(%rsp), %rax
	movq	%rax, 48(%rdi)
	movq	(%rsp), %rax
	movq	%rax, 56(%rdi)
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	movq	%rdx, %rsp
	call	*%rsi
	movq	%rbp, %rsp
	popq	%rbp
	.cfi_def_cfa %rsp, 8
	ret
	.cfi_endproc
	.size	dndprof_stack_visit, .-dndprof_stack_visit
#endif
	.section .note.GNU-stack, "", @progbits
