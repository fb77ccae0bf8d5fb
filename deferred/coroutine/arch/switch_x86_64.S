/* SPDX-License-Identifier: MIT */
/* x86-64: how an inside begins, and what of a switch is rare. */
#include "../switch_internal.h"

#ifdef EVERT_SWITCH_X86_64

	.text

/*
 * An inside's outermost frame: rdi is the context, rsi what is to run, which
 * does not return.
 *
 * While that is called, the stack above this frame is the context, in which the
 * outside is found. The unwind information says so: a backtrace goes on with
 * who let this side run.
 */
	.globl evert_context_begin
	.hidden evert_context_begin
	.type evert_context_begin, @function
	.p2align 4
evert_context_begin:
	.cfi_startproc
	.cfi_personality 0x1b, stop_exception
	/* DW_CFA_def_cfa_expression of 3 bytes: breg7 (rsp) 32; deref */
	.cfi_escape 0x0f, 3, 0x77, 32, 0x06
	/* DW_CFA_expression, rbp and the return address: breg7 40, breg7 48 */
	.cfi_escape 0x10, 6, 2, 0x77, 40
	.cfi_escape 0x10, 16, 2, 0x77, 48
	xor %ebp, %ebp		/* ends a walk along frame pointers */
	call *%rsi
	ud2
	.cfi_endproc
	.size evert_context_begin, . - evert_context_begin

/*
 * void evert_context_load_control(uint16_t control)
 *
 * MXCSR gets its rounding mode (bits 13 and 14) from bits 10 and 11, its masks
 * (7 to 12) from bits 0 to 5.
 */
	.globl evert_context_load_control
	.hidden evert_context_load_control
	.type evert_context_load_control, @function
	.p2align 4
evert_context_load_control:
	.cfi_startproc
	endbr64
	mov %di, -8(%rsp)
	fldcw -8(%rsp)
	mov %edi, %edx
	and $0x0c00, %edi
	shl $3, %edi
	and $0x003f, %edx
	shl $7, %edx
	or %edi, %edx
	stmxcsr -8(%rsp)
	mov -8(%rsp), %ecx
	and $~0x7f80, %ecx
	or %edx, %ecx
	mov %ecx, -8(%rsp)
	ldmxcsr -8(%rsp)
	ret
	.cfi_endproc
	.size evert_context_load_control, . - evert_context_load_control

/*
 * Asked by an exception that passes evert_context_begin: it may not, because
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
