/* SPDX-License-Identifier: MIT */
/*
 * x86-64, System V ABI.
 *
 * The x87 control word is compared at each switch, MXCSR is not: to read it
 * takes as long as all the rest on some processors. Its rounding mode and
 * masks follow from the x87 control word, which <fenv.h> keeps in step with
 * it; so where the two sides' control words are the same, nothing is to be
 * done. What only MXCSR has (denormals are zero, flush to zero) belongs to the
 * thread.
 *
 * Nothing is pushed: the caller may use the red zone. A jump leads to the
 * other side, not a return, which the processor would predict to go back to
 * our caller.
 */
#ifndef EVERT_DEFERRED_SWITCH_X86_64_INTERNAL_H
#define EVERT_DEFERRED_SWITCH_X86_64_INTERNAL_H

struct evert_context_side {
	void *stack_pointer;
	void *frame_pointer;
	void *goes_on_at;
	uint16_t control; /* x87's */
};

struct evert_context {
	_Alignas(16) struct evert_context_side inside, outside;
};

/* The instructions know where what is; so does switch_x86_64.S. */
#define EVERT_SIDE_INSIDE "0"
#define EVERT_SIDE_OUTSIDE "32"
_Static_assert(offsetof(struct evert_context_side, frame_pointer) == 8 &&
		       offsetof(struct evert_context_side, goes_on_at) == 16 &&
		       offsetof(struct evert_context, outside) == 32,
	       "as the instructions have it");

#define EVERT_SWITCH_STOP(side)                         \
	"lea 1f(%%rip), %%rax\n\t"                      \
	"mov %%rsp, " side "(%%rdi)\n\t"                \
	"mov %%rbp, " side " + 8(%%rdi)\n\t"            \
	"mov %%rax, " side " + 16(%%rdi)\n\t"

#define EVERT_SWITCH_GO_ON(side)                        \
	"mov " side " + 8(%%rdi), %%rbp\n\t"            \
	"mov " side "(%%rdi), %%rsp\n\t"                \
	"notrack jmp *" side " + 16(%%rdi)\n\t"

#if defined(__AVX512F__)
#define EVERT_SWITCH_LOSES_512                                             \
	, "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22",   \
		"xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm28",      \
		"xmm29", "xmm30", "xmm31", "k0", "k1", "k2", "k3", "k4",   \
		"k5", "k6", "k7"
#else
#define EVERT_SWITCH_LOSES_512
#endif

#if defined(__APX_F__)
#define EVERT_SWITCH_LOSES_APX                                           \
	, "r16", "r17", "r18", "r19", "r20", "r21", "r22", "r23", "r24", \
		"r25", "r26", "r27", "r28", "r29", "r30", "r31"
#else
#define EVERT_SWITCH_LOSES_APX
#endif

/* All but the stack pointer, the frame pointer and rdi, which is the context
   on both sides. */
#define EVERT_SWITCH_LOSES                                                \
	"rax", "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13",      \
		"r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",     \
		"xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", \
		"xmm12", "xmm13", "xmm14", "xmm15", "st", "st(1)",        \
		"st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)",     \
		"memory", "cc" EVERT_SWITCH_LOSES_512 EVERT_SWITCH_LOSES_APX

void evert_context_load_control(uint16_t control);

/* Each side's own: `from` stops, `to` goes on. */
static inline void
evert_context_turn_control(struct evert_context_side *from,
			   const struct evert_context_side *to)
{
	__asm__ volatile("fnstcw %0" : "=m"(from->control));
	if (!EVERT_LIKELY(from->control == to->control))
		evert_context_load_control(to->control);
}

EVERT_SWITCH struct evert_context *
evert_context_start(struct evert_context *context, char *low,
		    void (*run)(struct evert_context *))
{
	(void)low;
	__asm__ volatile("fnstcw %0" : "=m"(context->outside.control));
	__asm__ volatile(EVERT_SWITCH_STOP(EVERT_SIDE_OUTSIDE)
			 EVERT_SWITCH_LOST("rip")
			 "mov %%rdi, %%rsp\n\t"
			 "jmp evert_context_begin\n\t"
			 EVERT_SWITCH_FOUND "1:"
			 : "+D"(context), "+S"(run)
			 :
			 : "rdx", EVERT_SWITCH_LOSES);
	return context;
}

EVERT_SWITCH struct evert_context *
evert_context_enter(struct evert_context *context)
{
	evert_context_turn_control(&context->outside, &context->inside);
	__asm__ volatile(EVERT_SWITCH_STOP(EVERT_SIDE_OUTSIDE)
			 EVERT_SWITCH_LOST("rip")
			 EVERT_SWITCH_GO_ON(EVERT_SIDE_INSIDE)
			 EVERT_SWITCH_FOUND "1:"
			 : "+D"(context)
			 :
			 : "rsi", "rdx", EVERT_SWITCH_LOSES);
	return context;
}

EVERT_SWITCH struct evert_context *
evert_context_leave(struct evert_context *context)
{
	evert_context_turn_control(&context->inside, &context->outside);
	__asm__ volatile(EVERT_SWITCH_STOP(EVERT_SIDE_INSIDE)
			 EVERT_SWITCH_LOST("rip")
			 EVERT_SWITCH_GO_ON(EVERT_SIDE_OUTSIDE)
			 EVERT_SWITCH_FOUND "1:"
			 : "+D"(context)
			 :
			 : "rsi", "rdx", EVERT_SWITCH_LOSES);
	return context;
}

EVERT_SWITCH EVERT_NORETURN void
evert_context_end(struct evert_context *context)
{
	evert_context_turn_control(&context->inside, &context->outside);
	__asm__ volatile(EVERT_SWITCH_LOST("rip")
			 EVERT_SWITCH_GO_ON(EVERT_SIDE_OUTSIDE)
			 EVERT_SWITCH_FOUND
			 :
			 : "D"(context)
			 : "memory");
	__builtin_unreachable();
}

#endif
