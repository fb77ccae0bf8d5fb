/* SPDX-License-Identifier: MIT */
/* Many children at once, each with data both ways: 60 of them, or 1,000 by
   LONG=1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/process/process.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

enum { AT_ONCE = 50, SIZE = 100000 };

struct talker {
	struct evert_process_protocol base;
	unsigned number;
	size_t out, err, wrong;
};

static struct evert_reactor *reactor;
static struct talker talkers[AT_ONCE];
static unsigned begun, all;
static size_t ended_in_order, live;

static struct talker *from(struct evert_process_protocol *base)
{
	return evert_container_of(base, struct talker, base);
}

static char byte_at(unsigned number, size_t at)
{
	return (char)(number * 31 + at * 7 + at / 251);
}

static void compare(struct talker *talker, size_t *at, const char *data,
		    size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		talker->wrong += data[i] != byte_at(talker->number, *at + i);
	*at += length;
}

static void out_received(struct evert_process_protocol *base, const char *data,
			 size_t length)
{
	compare(from(base), &from(base)->out, data, length);
}

static void err_received(struct evert_process_protocol *base, const char *data,
			 size_t length)
{
	compare(from(base), &from(base)->err, data, length);
}

static void ended(struct evert_process_protocol *base,
		  const struct evert_exit *exit)
{
	const struct talker *talker = from(base);

	cr_assert(exit->kind == EVERT_EXITED);
	cr_assert(eq(int, exit->code, (int)(talker->number % 100)));
	cr_assert(eq(sz, talker->out, SIZE));
	cr_assert(eq(sz, talker->err, SIZE));
	cr_assert(eq(sz, talker->wrong, 0));
	ended_in_order++;
}

static void begin(struct talker *talker);

static void destroy(struct evert_process_protocol *base)
{
	live--;
	if (begun < all)
		begin(from(base));
}

static const struct evert_process_protocol_ops ops = {
	.out_received = out_received,
	.err_received = err_received,
	.ended = ended,
	.destroy = destroy,
};

/* It looks for descriptors that it should not have, and says what it reads
   twice. */
static void begin(struct talker *talker)
{
	struct evert_process *process;
	static char data[SIZE];
	char command[160];
	size_t i;

	*talker = (struct talker){ { &ops, NULL }, begun++, 0, 0, 0 };
	for (i = 0; i < SIZE; i++)
		data[i] = byte_at(talker->number, i);
	snprintf(command, sizeof(command),
		 "for i in /proc/$$/fd/*; do case ${i##*/} in [0-2]) ;; *) "
		 "[ -e $i ] && exit 111;; esac; done; tee /dev/fd/2; exit %u",
		 talker->number % 100);
	process = evert_spawn_process(reactor, &talker->base, "/bin/sh",
				      EVERT_ARGV("sh", "-c", command), NULL,
				      NULL);
	cr_assert(process != NULL);
	live++;
	evert_process_write(process, data, SIZE);
	evert_process_close_in(process);
}

Test(process_many, p78_loses_no_byte_no_code_and_no_descriptor)
{
	size_t before, i;

	reactor = make_reactor(NULL);
	before = count_descriptors();
	all = getenv("LONG") ? 1000 : 60;
	for (i = 0; i < AT_ONCE; i++)
		begin(&talkers[i]);
	while (live)
		turn(reactor);
	cr_assert(eq(sz, ended_in_order, all));
	cr_assert(eq(sz, count_descriptors(), before));
	evert_reactor_destroy(reactor);
}
