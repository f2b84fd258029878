/*
 * api_note.S - how a program finds dndprof_api_table without being linked with us: a note that holds
 * the distance to it (dndprof/dndprof.h).
 */
	.section .note.dndprof, "a", @note
	.balign	4
	.long	2f - 1f
	.long	4f - 3f
	.long	1 /* DNDPROF_NOTE_API */
1:	.asciz	"dndprof"
2:	.balign	4
3:	.quad	dndprof_api_table - 3b
4:
	.section .note.GNU-stack, "", @progbits
