/* SPDX-License-Identifier: MIT */
/* The linker lays code out in the order of its arguments: these files, then
   the test's, then evert's, with a mark before and behind each. */
#include "torture.h"

#include <unwind.h>

void test_code_begins(void);
void evert_code_begins(void);
void evert_code_ends(void);

static _Unwind_Reason_Code add(struct _Unwind_Context *context, void *arg)
{
	struct stack *stack = arg;

	if (stack->count == MOST_FRAMES)
		return _URC_END_OF_STACK;
	stack->frames[stack->count++] = (struct frame){
		.ip = _Unwind_GetIP(context),
		.cfa = _Unwind_GetCFA(context),
	};
	return _URC_NO_REASON;
}

void stack_take(struct stack *stack)
{
	stack->count = 0;
	_Unwind_Backtrace(add, stack);
}

enum owner owner_of(uintptr_t ip)
{
	if (ip > (uintptr_t)evert_code_begins &&
	    ip < (uintptr_t)evert_code_ends)
		return OWNER_EVERT;
	if (ip > (uintptr_t)test_code_begins &&
	    ip < (uintptr_t)evert_code_begins)
		return OWNER_TEST;
	return OWNER_OTHER;
}
