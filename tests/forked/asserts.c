/* SPDX-License-Identifier: MIT */
/* What Criterion's tests call of Criterion, where there is no Criterion to
   hear of it: a test that notices that something is wrong ends there. */
#include "forked.h"

#include <criterion/logging.h>
#include <criterion/new/assert.h>

#include <stdarg.h>
#include <stdio.h>

#pragma GCC visibility push(default)

/* Its fixtures are test_run's. */
void criterion_internal_test_setup(void)
{
}

void criterion_internal_test_teardown(void)
{
}

/* The first that is wrong of those that it is made of, which says what. */
static const struct cri_assert_node *wrong(const struct cri_assert_node *node)
{
	uint32_t i;

	for (i = 0; i < node->nchild; i++) {
		if (!node->children[i].pass)
			return wrong(&node->children[i]);
	}
	return node;
}

static void show(const struct cri_assert_node *node)
{
	const struct cri_assert_param *p = node->params;

	fprintf(stderr, "%s\n", node->repr ? node->repr : "the test noticed");
	for (; p < node->params + CRI_ASSERT_MAX_PARAMS && p->name; p++) {
		if (p->type == CRI_ASSERT_RT_STR && p->data)
			fprintf(stderr, "    %s: %s\n", p->name,
				(const char *)p->data);
	}
}

void cri_assert_node_send(const char *file, size_t line,
			  struct cri_assert_node *tree)
{
	fprintf(stderr, "%s:%zu: ", file, line);
	show(wrong(tree));
	if (tree->message)
		fprintf(stderr, "    %s\n", tree->message);
	end_run(HOW_NOTICED);
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
	if (stats->passed)
		return;
	fprintf(stderr, "%s:%u: %s\n", stats->file, stats->line,
		stats->message ? stats->message : "the test noticed");
	end_run(HOW_NOTICED);
}

void cri_asserts_passed_incr(void)
{
}

void criterion_abort_test(void)
{
	end_run(HOW_NOTICED);
}

void criterion_continue_test(void)
{
	end_run(HOW_NOTICED);
}

static void say(const char *format, va_list args)
{
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void cr_log(enum criterion_severity severity, const char *format, ...)
{
	va_list args;

	(void)severity;
	va_start(args, format);
	say(format, args);
	va_end(args);
}

void criterion_test_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	end_run(HOW_NOTICED);
}

void criterion_skip_test(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	end_run(HOW_SKIPPED);
}

#pragma GCC visibility pop
