/* SPDX-License-Identifier: MIT */
#include "diary.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum {
	DIARY_SIZE = 65536,
	SMALL_STACK = 256 * 1024, /* what a sanitizer needs, and no more */
};

char diary[DIARY_SIZE];
static size_t length;

void diary_add(const char *format, ...)
{
	va_list args;
	int added;

	if (length)
		diary[length++] = ' ';
	va_start(args, format);
	added = vsnprintf(diary + length, DIARY_SIZE - length, format, args);
	va_end(args);
	length += (size_t)added;
	cr_assert(lt(sz, length, (size_t)DIARY_SIZE - 1));
}

void diary_clear(void)
{
	length = 0;
	diary[0] = '\0';
}

static void release_value(void *name)
{
	diary_add("freed:%s", (char *)name);
}

static const struct evert_type value_type = { "value", release_value };

struct evert_result diary_value(const char *name)
{
	return evert_result_of(&value_type, (char *)name);
}

static void diary_result(const char *name, const struct evert_result *in)
{
	if (evert_result_is_failure(in))
		diary_add("%s:%s", name,
			  evert_result_as_failure(in)->kind->name);
	else if (evert_result_is_none(in))
		diary_add("%s:nothing", name);
	else if (in->type == &evert_type_integer)
		diary_add("%s:%" PRId64, name, evert_result_as_integer(in));
	else if (in->type == &evert_type_text)
		diary_add("%s:%s", name, evert_result_as_text(in));
	else
		diary_add("%s:%s", name,
			  (char *)evert_result_as(in, &value_type));
}

struct evert_result diary_pass(struct evert_result *in, void *name)
{
	diary_result(name, in);
	return *in;
}

struct evert_result diary_end(struct evert_result *in, void *name)
{
	diary_result(name, in);
	return evert_result_none();
}

struct evert_result fail_plainly(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return plain_failure();
}

struct evert_result wait_for(struct evert_result *in, void *inner)
{
	(void)in;
	return evert_result_wait(inner);
}

static void add_report(const struct evert_unhandled *report, void *arg)
{
	(void)arg;
	diary_add("unhandled:%s", report->failure->kind->name);
}

void diary_unhandled(void)
{
	evert_set_unhandled_hook(add_report, NULL);
}

void run_on_small_stack(void *(*work)(void *arg), void *arg)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	cr_assert(zero(int, pthread_attr_setstacksize(&attributes,
						      SMALL_STACK)));
	cr_assert(zero(int, pthread_create(&thread, &attributes, work, arg)));
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attributes);
}
