/* SPDX-License-Identifier: MIT */
/*
 * aarch64, AAPCS64. A side that does not run has this on top of its stack:
 *
 *	  0	x19 to x28
 *	 80	x29 (frame pointer), x30 (where it goes on)
 *	 96	d8 to d15
 *	160	FPCR, which is each side's own, as on x86-64
 */
#include "../switch_internal.h"

#ifdef EVERT_SWITCH_AARCH64

#define FPCR 160
#define FRAME 176

.macro save_registers
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
	mrs x9, fpcr
	str x9, [sp, #FPCR]
.endm

/* x9 is what FPCR holds now. */
.macro load_registers
	ldr x10, [sp, #FPCR]
	cmp x9, x10
	b.eq 1f
	msr fpcr, x10
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
.endm

	.text

/* void evert_context_switch(struct evert_context *context) */
	.globl evert_context_switch
	.hidden evert_context_switch
	.type evert_context_switch, %function
	.p2align 4
evert_context_switch:
	.cfi_startproc
	.cfi_remember_state
	hint #34		/* bti c */
	save_registers

	/* The other stack looks the same: what was said of it still holds. */
	ldr x10, [x0]
	mov x11, sp
	str x11, [x0]
	mov sp, x10

	load_registers
	.cfi_restore_state
	ret
	.cfi_endproc
	.size evert_context_switch, . - evert_context_switch

/*
 * void evert_context_start(struct evert_context *context, char *low,
 *			    size_t size, void (*run)(void *arg), void *arg)
 *
 * While `run` is called, x19 is the context, in which the outside's stack
 * pointer is found. The unwind information says so: a backtrace goes on with
 * who let this side run.
 */
	.globl evert_context_start
	.hidden evert_context_start
	.type evert_context_start, %function
	.p2align 4
evert_context_start:
	.cfi_startproc
	.cfi_personality 0x1b, stop_exception
	.cfi_remember_state
	hint #34
	save_registers
	mov x19, x0
	mov x10, sp
	str x10, [x19]
	.cfi_remember_state
	/* DW_CFA_def_cfa_expression of 6 bytes: breg19 0; deref;
	   plus_uconst FRAME */
	.cfi_escape 0x0f, 6, 0x83, 0, 0x06, 0x23, 0x80 | (FRAME & 0x7f)
	.cfi_escape FRAME >> 7
	add x10, x1, x2
	and sp, x10, #-16
	mov x0, x4
	mov x29, xzr		/* ends a walk along frame pointers */
	blr x3

	ldr x10, [x19]
	mov sp, x10
	.cfi_restore_state
	mrs x9, fpcr
	load_registers
	.cfi_restore_state
	ret
	.cfi_endproc
	.size evert_context_start, . - evert_context_start

/*
 * Asked by an exception that passes evert_context_start: it may not, because
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
