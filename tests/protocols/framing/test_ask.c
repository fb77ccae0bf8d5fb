/* SPDX-License-Identifier: MIT */
/* Questions whose answers come in order. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../protocols/framing/length_prefixed.h"
#include "../../../protocols/framing/line_receiver.h"
#include "../../../protocols/framing/netstring.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/death.h"
#include "../../support/diary.h"
#include "../../support/memory.h"
#include "../../support/transcript.h"

struct client {
	struct evert_line_receiver base;
	struct evert_firing_queue asked;
};

static void line_received(struct evert_line_receiver *base, const char *line,
			  size_t length)
{
	if (!evert_line_receiver_answer(base, evert_result_text(line, length)))
		diary_add("nobody");
}

static void note_lost(struct evert_line_receiver *base,
		      const struct evert_failure *reason)
{
	(void)base;
	(void)reason;
	diary_add("lost");
}

static const struct evert_line_receiver_ops client_ops = {
	.line_received = line_received,
	.connection_lost = note_lost,
	.asked = EVERT_ASKED(struct client, asked),
};

static struct evert_factory factory =
	EVERT_LINE_FACTORY(struct client, base, &client_ops);

static struct evert_protocol *protocol;
static struct client *client;
static struct evert_memory_transport *memory;

static void begin(void)
{
	protocol = evert_factory_build(&factory, NULL);
	cr_assert(protocol != NULL);
	client = evert_container_of(protocol, struct client, base.base);
	memory = evert_memory_transport_create(protocol);
}

static void end(void)
{
	evert_memory_transport_destroy(memory);
	protocol->ops->destroy(protocol);
	evert_free(protocol);
}

TestSuite(ask, .init = begin, .fini = end);
TestSuite(asked); /* without that client */

/* What comes of it is added to the diary. */
static void note(struct evert_deferred *answer, char *name)
{
	evert_deferred_add_both(answer, diary_end, name);
	evert_deferred_release(answer);
}

static void ask(char *question)
{
	note(evert_line_receiver_ask(&client->base, question,
				     strlen(question)),
	     question);
}

Test(ask, answers_come_in_the_order_of_the_questions)
{
	ask("a");
	ask("b");
	cr_assert(eq(str,
		     (char *)evert_memory_transport_written(memory, NULL),
		     "a\r\nb\r\n"));
	feed(protocol, "1\r\n2\r\n", 6);
	cr_assert(eq(str, diary, "a:1 b:2"));
}

Test(ask, an_answer_that_nobody_waits_for_is_told_as_such)
{
	feed(protocol, "1\r\n", 3);
	cr_assert(eq(str, diary, "nobody"));
}

Test(ask, they_fail_behind_connection_lost_with_its_reason)
{
	ask("a");
	ask("b");
	evert_memory_transport_end(memory, NULL);
	cr_assert(eq(str, diary,
		     "lost a:CONNECTION_DONE b:CONNECTION_DONE"));
}

static struct evert_result ask_again(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	ask("again");
	return evert_result_none();
}

Test(ask, who_asks_when_the_connection_is_lost_hears_why)
{
	struct evert_deferred *d =
		evert_line_receiver_ask(&client->base, "a", 1);

	evert_deferred_add_both(d, ask_again, NULL);
	evert_deferred_release(d);
	evert_memory_transport_end(memory, NULL);
	cr_assert(eq(str, diary, "lost again:CONNECTION_DONE"));
	ask("b");
	cr_assert(eq(str, diary,
		     "lost again:CONNECTION_DONE b:CONNECTION_DONE"));
}

Test(ask, what_can_not_be_sent_fails_at_once_and_gets_no_answer)
{
	ask("a");
	ask("b\r\nc");
	cr_assert(eq(str, diary, "b\r\nc:SYSTEM"));
	diary_clear();
	ask("d");
	feed(protocol, "1\r\n2\r\n", 6);
	cr_assert(eq(str, diary, "a:1 d:2"));
}

Test(ask, on_a_connection_that_closes_it_fails_at_once)
{
	evert_transport_lose_connection(protocol->transport);
	ask("a");
	cr_assert(eq(str, diary, "a:SYSTEM"));
}

Test(ask, p24_one_that_was_cancelled_keeps_its_place)
{
	struct evert_deferred *d =
		evert_line_receiver_ask(&client->base, "a", 1);

	ask("b");
	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_cancel(d);
	evert_deferred_release(d);
	feed(protocol, "1\r\n2\r\n", 6);
	cr_assert(eq(str, diary, "a:CANCELLED b:2"));
}

Test(ask, p16_when_the_receiver_goes_first_they_are_abandoned)
{
	static struct client unconnected;

	evert_line_receiver_init(&unconnected.base, &client_ops);
	note(evert_firing_queue_add(&unconnected.asked), "a");
	evert_line_receiver_finish(&unconnected.base);
	cr_assert(eq(str, diary, "a:ABANDONED"));
}

static void ask_twice(void *arg)
{
	(void)arg;
	protocol = evert_factory_build(&factory, NULL);
	if (!protocol)
		return;
	client = evert_container_of(protocol, struct client, base.base);
	memory = evert_memory_transport_create(protocol);
	if (memory) {
		ask("a");
		ask("b");
		if (!evert_transport_is_closing(protocol->transport))
			feed(protocol, "1\r\n", 3);
	}
	end();
	diary_clear();
}

Test(asked, p17_memory_may_run_out_anywhere)
{
	fail_every_allocation(ask_twice, NULL);
}

static void ask_who_keeps_nobody(void *arg)
{
	static const struct evert_line_receiver_ops ops = {
		.line_received = line_received,
	};
	static struct client forgetful;

	(void)arg;
	evert_line_receiver_init(&forgetful.base, &ops);
	note(evert_line_receiver_ask(&forgetful.base, "a", 1), "a");
}

Test(asked, of_a_receiver_that_keeps_nobody_is_a_bug)
{
	dies(ask_who_keeps_nobody, NULL, SIGABRT,
	     "do not say where it keeps who asked");
}

/* ---- The other framings ---- */

struct netstring_client {
	struct evert_netstring base;
	struct evert_firing_queue asked;
};

static void netstring_received(struct evert_netstring *base,
			       const char *string, size_t length)
{
	evert_netstring_answer(base, evert_result_text(string, length));
}

Test(asked, by_netstrings)
{
	static const struct evert_netstring_ops ops = {
		.string_received = netstring_received,
		.asked = EVERT_ASKED(struct netstring_client, asked),
	};
	static struct netstring_client self;

	evert_netstring_init(&self.base, &ops);
	memory = evert_memory_transport_create(&self.base.base);
	note(evert_netstring_ask(&self.base, "one", 3), "a");
	note(evert_netstring_ask(&self.base, "two", 3), "b");
	feed(&self.base.base, "1:1,", 4);
	evert_memory_transport_destroy(memory);
	evert_netstring_finish(&self.base);
	cr_assert(eq(str, diary, "a:1 b:CONNECTION_DONE"));
}

struct prefixed_client {
	struct evert_length_prefixed base;
	struct evert_firing_queue asked;
};

static void prefixed_received(struct evert_length_prefixed *base,
			      const char *string, size_t length)
{
	evert_length_prefixed_answer(base, evert_result_text(string, length));
}

Test(asked, by_strings_behind_a_length)
{
	static const struct evert_length_prefixed_ops ops = {
		.string_received = prefixed_received,
		.asked = EVERT_ASKED(struct prefixed_client, asked),
	};
	static struct prefixed_client self;
	static char long_one[256];

	evert_length_prefixed_init(&self.base, &ops, 1);
	memory = evert_memory_transport_create(&self.base.base);
	note(evert_length_prefixed_ask(&self.base, "one", 3), "a");
	note(evert_length_prefixed_ask(&self.base, long_one,
				       sizeof(long_one)),
	     "b");
	feed(&self.base.base, "\0011", 2);
	evert_memory_transport_destroy(memory);
	evert_length_prefixed_finish(&self.base);
	cr_assert(eq(str, diary, "b:SYSTEM a:1"));
}
