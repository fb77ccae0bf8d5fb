/* SPDX-License-Identifier: MIT */
/*
 * Two stacks that run in turns: the outside is the one that was there, the
 * inside another one, which the outside lets run. One implementation is built:
 * for x86-64 (System V) and aarch64 (AAPCS64) a switch that is compiled into
 * its caller, ucontext elsewhere, or everywhere with -DEVERT_USE_UCONTEXT.
 *
 *	evert_context_start(context, low, run)
 *		outside: calls `run(context)` on the stack from `low` up to the
 *		context itself. `run` does not return: it ends
 *	evert_context_enter(context)
 *		outside: goes on with the inside where that left
 *	evert_context_leave(context)
 *		inside: goes on with the outside where that started or entered
 *	evert_context_end(context)
 *		inside: the same, for good
 *
 * The first three return the context, which they have in a register.
 *
 * Rounding mode and floating-point traps (as <fenv.h> sets them) are each
 * side's own; the signal mask is the thread's.
 *
 * The side that does not run is found in the context: its stack pointer, its
 * frame pointer and where it goes on, from where a debugger unwinds it by the
 * tables of the function that switched. All else that a side needs the
 * compiler keeps on its stack: it is told that a switch loses all registers.
 *
 * Shadow stacks (x86's CET, aarch64's GCS) would have to be switched as well:
 * the object files in arch/ say that they are not made for them, and so the
 * linker leaves them off in whatever holds evert.
 */
#ifndef EVERT_DEFERRED_SWITCH_INTERNAL_H
#define EVERT_DEFERRED_SWITCH_INTERNAL_H

#if defined(EVERT_USE_UCONTEXT) || !defined(__ELF__) || !defined(__LP64__)
#define EVERT_SWITCH_UCONTEXT
#elif defined(__x86_64__)
#define EVERT_SWITCH_X86_64
#elif defined(__aarch64__)
#define EVERT_SWITCH_AARCH64
#else
#define EVERT_SWITCH_UCONTEXT
#endif

#ifndef __ASSEMBLER__

#include "../base/base.h"
#include "../base/sanitizer_internal.h"

/* AddressSanitizer may need a register in its callers' frames that a switch
   loses: there it is a function of its own. */
#if defined(EVERT_ASAN)
#define EVERT_SWITCH                                              \
	static __attribute__((__noinline__, __unused__,           \
			      __no_sanitize_address__))
#else
#define EVERT_SWITCH EVERT_INLINE
#endif

/* Between the two, no unwinder finds its way: the registers belong to two
   sides. The address to go on at is told from those before it. */
#if defined(__GCC_HAVE_DWARF2_CFI_ASM)
#define EVERT_SWITCH_LOST(pc) \
	".cfi_remember_state\n\t.cfi_undefined " pc "\n\t"
#define EVERT_SWITCH_FOUND ".cfi_restore_state\n\tnop\n"
#else
#define EVERT_SWITCH_LOST(pc)
#define EVERT_SWITCH_FOUND "nop\n"
#endif

#if defined(EVERT_SWITCH_X86_64)
#include "arch/switch_x86_64_internal.h"
#elif defined(EVERT_SWITCH_AARCH64)
#include "arch/switch_aarch64_internal.h"
#else
#include "switch_ucontext_internal.h"
#endif

#endif
#endif
