/* SPDX-License-Identifier: MIT */
/* aarch64: how an inside begins. */
#include "../switch_internal.h"

#ifdef EVERT_SWITCH_AARCH64

	.text

/*
 * An inside's outermost frame: x0 is the context, x1 what is to run, which
 * does not return.
 *
 * While that is called, the stack above this frame is the context, in which the
 * outside is found. The unwind information says so: a backtrace goes on with
 * who let this side run.
 */
	.globl evert_context_begin
	.hidden evert_context_begin
	.type evert_context_begin, %function
	.p2align 4
evert_context_begin:
	.cfi_startproc
	.cfi_personality 0x1b, stop_exception
	/* DW_CFA_def_cfa_expression of 3 bytes: breg31 (sp) 32; deref */
	.cfi_escape 0x0f, 3, 0x8f, 32, 0x06
	/* DW_CFA_expression, x29 and x30: breg31 40, breg31 48 */
	.cfi_escape 0x10, 29, 2, 0x8f, 40
	.cfi_escape 0x10, 30, 2, 0x8f, 48
	mov x29, xzr		/* ends a walk along frame pointers */
	blr x1
	brk #1
	.cfi_endproc
	.size evert_context_begin, . - evert_context_begin

/*
 * Asked by an exception that passes evert_context_begin: it may not, because
 * what lies beyond is another stack. Answers _URC_FATAL_PHASE1_ERROR: C++ ends
 * the program, as for an exception that leaves a thread.
 */
	.type stop_exception, %function
stop_exception:
	.cfi_startproc
	hint #34
	mov w0, #3
	ret
	.cfi_endproc
	.size stop_exception, . - stop_exception

/* Made for branch target identification (bit 0). */
	.section .note.gnu.property, "a", %note
	.p2align 3
	.word 4, 16, 5
	.string "GNU"
	.word 0xc0000000, 4, 1, 0

#endif

#if defined(__ELF__)
	.section .note.GNU-stack, "", %progbits
#endif
