/*
 * vfork.S - vfork returns twice on one stack: the child goes on with its caller's frame and will have overwritten it when the
 * parent comes back. So nothing of ours may lie on the stack meanwhile: the return address waits in thread-local memory
 * (process.c), and the real vfork is called with the stack as it was. What must outlive it in a register (%rbx, which the
 * kernel and the call preserve on both sides) is the depth of nested vforks.
 *
 * In the child the thread's writer is away and `off` is set: its wrappers are the real calls and nothing else, since every
 * byte they would touch is the parent's.
 */
#if defined(__x86_64__)
	.text
	.globl	vfork
	.type	vfork, @function
vfork:
	.cfi_startproc
	/* On entry the stack is 8 off a multiple of 16; without the return address it is even, as calls want it. */
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	.cfi_undefined %rip
	movq	%rbx, %rsi
	pushq	%rdi
	subq	$8, %rsp
	call	dndprof_vfork_begin
	addq	$8, %rsp
	popq	%rdi
	testl	%eax, %eax
	js	2f
	movl	%eax, %ebx
	call	dndprof_vfork_real
	call	*%rax
	testl	%eax, %eax
	jz	1f

	/* Parent, or failure. errno is as the real call left it. */
	movl	%ebx, %edi
	movslq	%eax, %rsi
	pushq	%rsi
	subq	$8, %rsp
	call	dndprof_vfork_parent
	addq	$8, %rsp
	movq	%rax, %rcx
	movq	%rdx, %rbx
	popq	%rax
	jmp	*%rcx

1:	/* Child. */
	movl	%ebx, %edi
	call	dndprof_vfork_child
	movq	%rax, %rcx
	movq	%rdx, %rbx
	xorl	%eax, %eax
	jmp	*%rcx

2:	/* Nested too deep: already off, so the real one will do. */
	pushq	%rdi
	subq	$8, %rsp
	call	dndprof_vfork_real
	addq	$8, %rsp
	jmp	*%rax
	.cfi_endproc
	.size	vfork, .-vfork
#endif
	.section .note.GNU-stack, "", @progbits
