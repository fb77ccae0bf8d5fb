/* SPDX-License-Identifier: MIT */
/*
 * aarch64, AAPCS64. A side that does not run has this on top of its stack:
 *
 *	  0	x19 to x28
 *	 80	x29 (frame pointer), x30 (where it goes on)
 *	 96	d8 to d15
 *	160	FPCR, which is each side's own, as on x86-64
 */
#include <deferred/switch_internal.h>

#ifdef EVERT_SWITCH_AARCH64

#define FRAME 176
#define FPCR 160

	.text

/* Where the frame has what its caller needs again. */
.macro saved_in_frame
	.cfi_offset x19, 0 - FRAME
	.cfi_offset x20, 8 - FRAME
	.cfi_offset x21, 16 - FRAME
	.cfi_offset x22, 24 - FRAME
	.cfi_offset x23, 32 - FRAME
	.cfi_offset x24, 40 - FRAME
	.cfi_offset x25, 48 - FRAME
	.cfi_offset x26, 56 - FRAME
	.cfi_offset x27, 64 - FRAME
	.cfi_offset x28, 72 - FRAME
	.cfi_offset x29, 80 - FRAME
	.cfi_offset x30, 88 - FRAME
	.cfi_offset d8, 96 - FRAME
	.cfi_offset d9, 104 - FRAME
	.cfi_offset d10, 112 - FRAME
	.cfi_offset d11, 120 - FRAME
	.cfi_offset d12, 128 - FRAME
	.cfi_offset d13, 136 - FRAME
	.cfi_offset d14, 144 - FRAME
	.cfi_offset d15, 152 - FRAME
.endm

/* void evert_context_switch(struct evert_context *context) */
	.globl evert_context_switch
	.hidden evert_context_switch
	.type evert_context_switch, %function
	.p2align 4
evert_context_switch:
	.cfi_startproc
	.cfi_remember_state
	hint #34		/* bti c */
	sub sp, sp, #FRAME
	.cfi_def_cfa_offset FRAME
	stp x19, x20, [sp, #0]
	stp x21, x22, [sp, #16]
	stp x23, x24, [sp, #32]
	stp x25, x26, [sp, #48]
	stp x27, x28, [sp, #64]
	stp x29, x30, [sp, #80]
	stp d8, d9, [sp, #96]
	stp d10, d11, [sp, #112]
	stp d12, d13, [sp, #128]
	stp d14, d15, [sp, #144]
	saved_in_frame
	mrs x9, fpcr
	str x9, [sp, #FPCR]

	/* The other stack looks the same: what was said of it still holds. */
	ldr x10, [x0]
	mov x11, sp
	str x11, [x0]
	mov sp, x10

	ldr x11, [sp, #FPCR]
	cmp x9, x11
	b.eq 1f
	msr fpcr, x11
1:	ldp x19, x20, [sp, #0]
	ldp x21, x22, [sp, #16]
	ldp x23, x24, [sp, #32]
	ldp x25, x26, [sp, #48]
	ldp x27, x28, [sp, #64]
	ldp x29, x30, [sp, #80]
	ldp d8, d9, [sp, #96]
	ldp d10, d11, [sp, #112]
	ldp d12, d13, [sp, #128]
	ldp d14, d15, [sp, #144]
	add sp, sp, #FRAME
	.cfi_restore_state
	ret
	.cfi_endproc
	.size evert_context_switch, . - evert_context_switch

/*
 * Where the inside starts: x19 is its context, x20 is `run`, x21 is `arg`. The
 * unwind information says that it was called from where the outside called
 * evert_context_switch: a backtrace goes on with who let this side run.
 */
	.type evert_coroutine_start, %function
	.p2align 4
evert_coroutine_start:
	.cfi_startproc
	.cfi_personality 0x1b, stop_exception
	/* DW_CFA_def_cfa_expression of 6 bytes: breg19 0; deref;
	   plus_uconst FRAME */
	.cfi_escape 0x0f, 6, 0x83, 0, 0x06, 0x23, 0x80 | (FRAME & 0x7f)
	.cfi_escape FRAME >> 7
	saved_in_frame
	mov x0, x21
	blr x20
	brk #1
	.cfi_endproc
	.size evert_coroutine_start, . - evert_coroutine_start

/*
 * Asked by an exception that passes evert_coroutine_start: it may not, because
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

/*
 * void evert_context_make(struct evert_context *context, char *low,
 *			   size_t size, void (*run)(void *arg), void *arg)
 */
	.globl evert_context_make
	.hidden evert_context_make
	.type evert_context_make, %function
	.p2align 4
evert_context_make:
	.cfi_startproc
	hint #34
	add x9, x1, x2
	and x9, x9, #-16
	sub x9, x9, #FRAME
	mrs x10, fpcr
	str x10, [x9, #FPCR]
	adrp x10, evert_coroutine_start
	add x10, x10, :lo12:evert_coroutine_start
	stp x0, x3, [x9, #0]
	str x4, [x9, #16]
	stp xzr, x10, [x9, #80]	/* ends a walk along frame pointers */
	str x9, [x0]
	ret
	.cfi_endproc
	.size evert_context_make, . - evert_context_make

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
