/* SPDX-License-Identifier: MIT */
/* Where failures that nobody handled are reported. */
#include "deferred_internal.h"
#include "failure_internal.h"

static struct {
	evert_unhandled_hook call;
	void *arg;
} hook;

void evert_set_unhandled_hook(evert_unhandled_hook call, void *arg)
{
	hook.call = call;
	hook.arg = arg;
}

static void add_report(struct evert_text *to,
		       const struct evert_unhandled *report)
{
	size_t i;

	evert_text_add(to, "evert: unhandled failure ");
	evert_failure_add_to(report->failure, to);
	evert_text_add(to, "  in the Deferred made at %s\n",
		       report->deferred_place);
	for (i = 0; i < report->link_count; i++)
		evert_text_add(to, "  passed %s\n", report->links[i]);
}

void evert_unhandled_print(const struct evert_unhandled *report, FILE *to)
{
	struct evert_text text;

	evert_text_init(&text, to);
	add_report(&text, report);
}

/* Apart: the text takes as much of the stack as a page. */
static EVERT_APART void say(const struct evert_unhandled *report)
{
	struct evert_text text;

	evert_text_init(&text, NULL);
	add_report(&text, report);
	evert_text_say(&text);
}

void evert_unhandled_report(const struct evert_unhandled *report)
{
	if (hook.call)
		hook.call(report, hook.arg);
	else
		say(report);
}
