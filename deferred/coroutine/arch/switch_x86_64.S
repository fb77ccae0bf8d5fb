/* SPDX-License-Identifier: MIT */
/*
 * x86-64, System V ABI. A side that does not run has this on top of its stack:
 *
 *	 0	x87 control word; the rest is scratch
 *	 8	r15, r14, r13, r12, rbx, rbp
 *	56	where it goes on
 *
 * MXCSR is not saved: to read it takes as long as all the rest of a switch on
 * some processors. Its rounding mode and masks follow from the x87 control
 * word, which <fenv.h> keeps in step with it; so where the two sides' control
 * words are the same, nothing is to be done. What only MXCSR has (denormals
 * are zero, flush to zero) belongs to the thread.
 */
#include "../switch_internal.h"

#ifdef EVERT_SWITCH_X86_64

#define CONTROL 0
#define SCRATCH 4
#define R15 8
#define R14 16
#define R13 24
#define R12 32
#define RBX 40
#define RBP 48
#define RIP 56
#define FRAME 64

.macro save_registers
	lea -RIP(%rsp), %rsp
	.cfi_def_cfa_offset FRAME
	fnstcw CONTROL(%rsp)
	mov %rbp, RBP(%rsp)
	mov %rbx, RBX(%rsp)
	mov %r12, R12(%rsp)
	mov %r13, R13(%rsp)
	mov %r14, R14(%rsp)
	mov %r15, R15(%rsp)
	.cfi_offset %rbp, RBP - FRAME
	.cfi_offset %rbx, RBX - FRAME
	.cfi_offset %r12, R12 - FRAME
	.cfi_offset %r13, R13 - FRAME
	.cfi_offset %r14, R14 - FRAME
	.cfi_offset %r15, R15 - FRAME
.endm

.macro load_registers
	mov R15(%rsp), %r15
	mov R14(%rsp), %r14
	mov R13(%rsp), %r13
	mov R12(%rsp), %r12
	mov RBX(%rsp), %rbx
	mov RBP(%rsp), %rbp
.endm

/* Where control words differ: MXCSR gets its rounding mode (bits 13 and 14)
   from bits 10 and 11, its masks (7 to 12) from bits 0 to 5. */
.macro load_control
	fldcw CONTROL(%rsp)
	movzwl CONTROL(%rsp), %ecx
	mov %ecx, %edx
	and $0x0c00, %ecx
	shl $3, %ecx
	and $0x003f, %edx
	shl $7, %edx
	or %ecx, %edx
	stmxcsr SCRATCH(%rsp)
	mov SCRATCH(%rsp), %ecx
	and $~0x7f80, %ecx
	or %edx, %ecx
	mov %ecx, SCRATCH(%rsp)
	ldmxcsr SCRATCH(%rsp)
.endm

	.text

/* void evert_context_switch(struct evert_context *context) */
	.globl evert_context_switch
	.hidden evert_context_switch
	.type evert_context_switch, @function
	.p2align 4
evert_context_switch:
	.cfi_startproc
	endbr64
	save_registers
	movzwl CONTROL(%rsp), %ecx

	/* The other stack looks the same: what was said of it still holds. */
	mov (%rdi), %rax
	mov %rsp, (%rdi)
	mov %rax, %rsp

	cmp %cx, CONTROL(%rsp)
	jne 2f
1:	load_registers
	mov RIP(%rsp), %rdx
	.cfi_remember_state
	lea FRAME(%rsp), %rsp
	.cfi_def_cfa_offset 0	/* the frame is in the red zone now, intact */
	/* A jump: of a return, the processor would predict that it goes back
	   to our caller. */
	notrack jmp *%rdx
	.cfi_restore_state
2:	load_control
	jmp 1b
	.cfi_endproc
	.size evert_context_switch, . - evert_context_switch

/*
 * void evert_context_start(struct evert_context *context, char *low,
 *			    size_t size, void (*run)(void *arg), void *arg)
 *
 * While `run` is called, rbx is the context, in which the outside's stack
 * pointer is found. The unwind information says so: a backtrace goes on with
 * who let this side run.
 */
	.globl evert_context_start
	.hidden evert_context_start
	.type evert_context_start, @function
	.p2align 4
evert_context_start:
	.cfi_startproc
	.cfi_personality 0x1b, stop_exception
	endbr64
	save_registers
	mov %rdi, %rbx
	mov %rsp, (%rbx)
	.cfi_remember_state
	/* DW_CFA_def_cfa_expression of 5 bytes: breg3 (rbx) 0; deref;
	   plus_uconst FRAME */
	.cfi_escape 0x0f, 5, 0x73, 0, 0x06, 0x23, FRAME
	lea (%rsi, %rdx), %rsp
	and $-16, %rsp
	mov %r8, %rdi
	xor %ebp, %ebp		/* ends a walk along frame pointers */
	call *%rcx

	mov (%rbx), %rsp
	.cfi_restore_state
	fnstcw SCRATCH(%rsp)
	movzwl SCRATCH(%rsp), %ecx
	cmp %cx, CONTROL(%rsp)
	jne 2f
1:	load_registers
	.cfi_remember_state
	lea RIP(%rsp), %rsp
	.cfi_def_cfa_offset FRAME - RIP
	ret
	.cfi_restore_state
2:	load_control
	jmp 1b
	.cfi_endproc
	.size evert_context_start, . - evert_context_start

/*
 * Asked by an exception that passes evert_context_start: it may not, because
 * what lies beyond is another stack. Answers _URC_FATAL_PHASE1_ERROR: C++ ends
 * the program, as for an exception that leaves a thread.
 */
	.type stop_exception, @function
stop_exception:
	.cfi_startproc
	endbr64
	mov $3, %eax
	ret
	.cfi_endproc
	.size stop_exception, . - stop_exception

/* Made for indirect branch tracking (bit 0); shadow stacks (bit 1) would have
   to be switched as well. */
	.section .note.gnu.property, "a", @note
	.p2align 3
	.long 4, 16, 5
	.string "GNU"
	.long 0xc0000002, 4, 1, 0

#endif

#if defined(__ELF__)
	.section .note.GNU-stack, "", %progbits
#endif
