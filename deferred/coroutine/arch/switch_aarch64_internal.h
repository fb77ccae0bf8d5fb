/* SPDX-License-Identifier: MIT */
/* aarch64, AAPCS64. FPCR is each side's own, as on x86-64. */
#ifndef EVERT_DEFERRED_SWITCH_AARCH64_INTERNAL_H
#define EVERT_DEFERRED_SWITCH_AARCH64_INTERNAL_H

struct evert_context_side {
	void *stack_pointer;
	void *frame_pointer;
	void *goes_on_at;
	uint64_t control; /* FPCR */
};

struct evert_context {
	_Alignas(16) struct evert_context_side inside, outside;
};

/* The instructions know where what is; so does switch_aarch64.S. */
#define EVERT_SIDE_INSIDE "0"
#define EVERT_SIDE_OUTSIDE "32"
_Static_assert(offsetof(struct evert_context_side, frame_pointer) == 8 &&
		       offsetof(struct evert_context_side, goes_on_at) == 16 &&
		       offsetof(struct evert_context, outside) == 32,
	       "as the instructions have it");

#define EVERT_SWITCH_STOP(side)            \
	"adr x9, 1f\n\t"                   \
	"mov x10, sp\n\t"                  \
	"stp x10, x29, [x0, " side "]\n\t" \
	"str x9, [x0, " side " + 16]\n\t"

#define EVERT_SWITCH_GO_ON(side)            \
	"ldr x16, [x0, " side " + 16]\n\t"  \
	"ldp x10, x29, [x0, " side "]\n\t"  \
	"mov sp, x10\n\t"                   \
	"br x16\n\t"

/* Where it goes on is a target of jumps ("bti j"). */
#define EVERT_SWITCH_HERE "1:\thint #36"

#if defined(__ARM_FEATURE_SVE)
#define EVERT_SWITCH_LOSES_SVE                                             \
	, "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9",      \
		"p10", "p11", "p12", "p13", "p14", "p15", "ffr"
#else
#define EVERT_SWITCH_LOSES_SVE
#endif

/* All but the stack pointer, the frame pointer and x0, which is the context on
   both sides. */
#define EVERT_SWITCH_LOSES                                                \
	"x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",    \
		"x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20",   \
		"x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28",   \
		"x30", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7",    \
		"v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15",     \
		"v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23",   \
		"v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31",   \
		"memory", "cc" EVERT_SWITCH_LOSES_SVE

/* Each side's own: `from` stops, `to` goes on. */
static inline void
evert_context_turn_control(struct evert_context_side *from,
			   const struct evert_context_side *to)
{
	__asm__ volatile("mrs %0, fpcr" : "=r"(from->control));
	if (!EVERT_LIKELY(from->control == to->control))
		__asm__ volatile("msr fpcr, %0" : : "r"(to->control));
}

EVERT_SWITCH struct evert_context *
evert_context_start(struct evert_context *context, char *low,
		    void (*run)(struct evert_context *))
{
	register struct evert_context *self __asm__("x0") = context;
	register void (*to_run)(struct evert_context *) __asm__("x1") = run;

	(void)low;
	__asm__ volatile("mrs %0, fpcr" : "=r"(context->outside.control));
	__asm__ volatile(EVERT_SWITCH_STOP(EVERT_SIDE_OUTSIDE)
			 EVERT_SWITCH_LOST("x30")
			 "mov sp, x0\n\t"
			 "b evert_context_begin\n\t"
			 EVERT_SWITCH_FOUND EVERT_SWITCH_HERE
			 : "+r"(self), "+r"(to_run)
			 :
			 : "x2", EVERT_SWITCH_LOSES);
	return self;
}

EVERT_SWITCH struct evert_context *
evert_context_enter(struct evert_context *context)
{
	register struct evert_context *self __asm__("x0") = context;

	evert_context_turn_control(&context->outside, &context->inside);
	__asm__ volatile(EVERT_SWITCH_STOP(EVERT_SIDE_OUTSIDE)
			 EVERT_SWITCH_LOST("x30")
			 EVERT_SWITCH_GO_ON(EVERT_SIDE_INSIDE)
			 EVERT_SWITCH_FOUND EVERT_SWITCH_HERE
			 : "+r"(self)
			 :
			 : "x1", "x2", EVERT_SWITCH_LOSES);
	return self;
}

EVERT_SWITCH struct evert_context *
evert_context_leave(struct evert_context *context)
{
	register struct evert_context *self __asm__("x0") = context;

	evert_context_turn_control(&context->inside, &context->outside);
	__asm__ volatile(EVERT_SWITCH_STOP(EVERT_SIDE_INSIDE)
			 EVERT_SWITCH_LOST("x30")
			 EVERT_SWITCH_GO_ON(EVERT_SIDE_OUTSIDE)
			 EVERT_SWITCH_FOUND EVERT_SWITCH_HERE
			 : "+r"(self)
			 :
			 : "x1", "x2", EVERT_SWITCH_LOSES);
	return self;
}

EVERT_SWITCH EVERT_NORETURN void
evert_context_end(struct evert_context *context)
{
	register struct evert_context *self __asm__("x0") = context;

	evert_context_turn_control(&context->inside, &context->outside);
	__asm__ volatile(EVERT_SWITCH_LOST("x30")
			 EVERT_SWITCH_GO_ON(EVERT_SIDE_OUTSIDE)
			 EVERT_SWITCH_FOUND
			 :
			 : "r"(self)
			 : "x10", "x16", "memory");
	__builtin_unreachable();
}

#endif
