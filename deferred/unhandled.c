/* SPDX-License-Identifier: MIT */
/* Where failures that nobody handled are reported. */
#include "deferred_internal.h"

static struct {
	evert_unhandled_hook call;
	void *arg;
} hook;

void evert_set_unhandled_hook(evert_unhandled_hook call, void *arg)
{
	hook.call = call;
	hook.arg = arg;
}

void evert_unhandled_print(const struct evert_unhandled *report, FILE *to)
{
	size_t i;

	fputs("evert: unhandled failure ", to);
	evert_failure_print(report->failure, to);
	fprintf(to, "  in the Deferred made at %s\n", report->deferred_place);
	for (i = 0; i < report->link_count; i++)
		fprintf(to, "  passed %s\n", report->links[i]);
}

void evert_unhandled_report(const struct evert_unhandled *report)
{
	if (hook.call)
		hook.call(report, hook.arg);
	else
		evert_unhandled_print(report, stderr);
}
