/* SPDX-License-Identifier: MIT */
/* What a recording tells of connections, and of bytes. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/hand_over.h"
#include "../../../reactor/transport/pipe.h"
#include "../../support/peer.h"
#include "../../support/recording.h"

TestSuite(tell_connection, .init = recording_init, .fini = recording_finish);

static struct peer peer;

static void echo(struct recorder *recorder, const char *data, size_t length)
{
	evert_transport_write(recorder->base.transport, data, length);
}

static const struct recorder_hooks echoes = { .received = echo };

static void open_peer(void)
{
	peer_open(&peer, &echoes, NULL);
}

static bool close_peer(void)
{
	peer_close(&peer);
	return true;
}

static bool says(const char *text)
{
	char heard[4097];

	peer_send(&peer, text);
	peer_read(&peer, heard, strlen(text));
	return !strcmp(text, heard);
}

static bool echoes_two_texts(void)
{
	open_peer();
	if (!says("abc") || !says("\"\\\x80\n"))
		return false;
	peer_send_end(&peer);
	peer_turn_until_gone(&peer);
	return close_peer();
}

Test(tell_connection, it_is_connected_and_closed_and_the_peer_has_ended)
{
	cr_assert(recording_of(echoes_two_texts));
	cr_assert(recording_goes_on("\"connected\"", "\"connection\":1,",
				    "\"descriptor\":", "\"local\":\"127.0.0.1:",
				    "\"peer\":\"127.0.0.1:", NULL));
	cr_assert(recording_goes_on("\"B\"", "\"connection_made\"",
				    "\"connection\":1}", NULL));
	cr_assert(recording_goes_on("\"ended\"", "\"connection\":1}", NULL));
	cr_assert(recording_goes_on("\"B\"", "\"connection_lost\"",
				    "\"connection\":1}", NULL));
	cr_assert(recording_goes_on("\"closed\"", "\"connection\":1,",
				    "\"why\":\"CONNECTION_DONE: ", NULL));
}

Test(tell_connection, what_was_read_and_written_is_counted_on)
{
	cr_assert(recording_of(echoes_two_texts));
	cr_assert(recording_goes_on("\"read\"", "\"from\":0,\"count\":3,",
				    "\"text\":\"abc\"", NULL));
	cr_assert(recording_goes_on("\"f\"", "\"flow\",\"name\":\"bytes\"",
				    NULL));
	cr_assert(recording_goes_on("\"B\"", "\"data_received\"", NULL));
	cr_assert(recording_goes_on("\"written\"", "\"from\":0,\"count\":3,",
				    "\"text\":\"abc\"", NULL));
	cr_assert(recording_goes_on("\"s\"", "\"flow\",\"name\":\"bytes\"",
				    NULL));
	cr_assert(recording_goes_on("\"read\"", "\"from\":3,\"count\":4,",
				    "\"text\":\"\\\"\\\\\\u0080\\u000a\"",
				    NULL));
	cr_assert(recording_goes_on("\"written\"", "\"from\":3,\"count\":4,",
				    NULL));
}

Test(tell_connection, how_many_bytes_are_in_it_can_be_set)
{
	setenv("EVERT_TRACE_BYTES", "2", 1);
	cr_assert(recording_of(echoes_two_texts));
	cr_assert(recording_has("\"read\"", "\"count\":3", "\"text\":\"ab\"",
				NULL));
	setenv("EVERT_TRACE_BYTES", "0", 1);
	cr_assert(recording_of(echoes_two_texts));
	cr_assert(recording_has("\"read\"", "\"count\":3", NULL));
	cr_assert(eq(sz, recording_count("\"text\""), 0));
}

static bool writes_much(void)
{
	static char much[100000];
	size_t number = 0;

	pattern(much, sizeof(much), 0);
	open_peer();
	peer.system.send_at_most = 30000;
	evert_transport_write(peer.transport, much, 100);
	evert_transport_write(peer.transport, much + 100, sizeof(much) - 100);
	peer_read_pattern(&peer, &number, sizeof(much));
	turn_until_idle(peer.reactor);
	return close_peer();
}

Test(tell_connection, what_is_queued_and_who_is_asked_to_write_no_more)
{
	cr_assert(recording_of(writes_much));
	cr_assert(recording_goes_on("\"queued\"", "\"bytes\":100}", NULL));
	cr_assert(recording_goes_on("\"queued\"", "\"bytes\":100000}", NULL));
	cr_assert(recording_goes_on("\"written\"", "\"from\":0,\"count\":4016,",
				    NULL));
	cr_assert(recording_goes_on("\"queued\"", "\"bytes\":95984}", NULL));
	cr_assert(recording_goes_on("\"paused\"", "\"what\":\"writing\"",
				    NULL));
	cr_assert(recording_goes_on("\"pause_writing\"", NULL));
	cr_assert(recording_goes_on("\"written\"", "\"from\":4016,", NULL));
	cr_assert(recording_goes_on("\"resumed\"", "\"what\":\"writing\"",
				    NULL));
	cr_assert(recording_goes_on("\"queued\"", "\"bytes\":0}", NULL));
}

static bool pauses_reading(void)
{
	open_peer();
	evert_transport_pause_reading(peer.transport);
	evert_transport_resume_reading(peer.transport);
	return says("after all") && close_peer();
}

Test(tell_connection, who_reads_no_more_for_a_while)
{
	cr_assert(recording_of(pauses_reading));
	cr_assert(recording_goes_on("\"paused\"", "\"what\":\"reading\"",
				    NULL));
	cr_assert(recording_goes_on("\"resumed\"", "\"what\":\"reading\"",
				    NULL));
	cr_assert(recording_goes_on("\"read\"", NULL));
}

static bool hands_over(void)
{
	struct recorder_factory others;
	struct evert_deferred *d;

	open_peer();
	if (!says("abc"))
		return false;
	recorder_factory_init(&others, &echoes, NULL);
	d = evert_transport_hand_over(peer.transport, peer.reactor,
				      &others.base, NULL, 0);
	evert_result_release(turn_until_fired(peer.reactor, d));
	return says("de") && close_peer();
}

Test(tell_connection, p82_the_bytes_of_one_that_was_handed_over_are_counted_on)
{
	cr_assert(recording_of(hands_over));
	cr_assert(recording_goes_on("\"read\"", "\"connection\":1,\"from\":0,",
				    NULL));
	cr_assert(recording_goes_on("\"closed\"", "\"connection\":1,",
				    "CONNECTION_DETACHED", NULL));
	cr_assert(recording_goes_on("\"connected\"", "\"connection\":2,",
				    NULL));
	cr_assert(recording_goes_on("\"read\"", "\"connection\":2,\"from\":3,",
				    "\"text\":\"de\"", NULL));
	cr_assert(recording_goes_on("\"written\"",
				    "\"connection\":2,\"from\":3,", NULL));
}

static bool hands_over_what_is_unread(void)
{
	struct recorder_factory others;
	struct evert_deferred *d;
	char heard[3] = "";

	open_peer();
	if (!says("abc"))
		return false;
	recorder_factory_init(&others, &echoes, NULL);
	d = evert_transport_hand_over(peer.transport, peer.reactor,
				      &others.base, "bc", 2);
	evert_result_release(turn_until_fired(peer.reactor, d));
	peer_read(&peer, heard, 2);
	return !strcmp(heard, "bc") && says("de") && close_peer();
}

Test(tell_connection, what_was_read_by_another_is_told_once)
{
	cr_assert(recording_of(hands_over_what_is_unread));
	cr_assert(recording_goes_on("\"read\"", "\"connection\":1,", NULL));
	cr_assert(recording_goes_on("\"connected\"", "\"connection\":2,",
				    NULL));
	cr_assert(recording_goes_on("\"read\"", "\"connection\":2,\"from\":3,",
				    "\"text\":\"de\"", NULL));
	cr_assert(eq(sz, recording_count("\"read\""), 2));
}

static bool opens_pipes(void)
{
	struct evert_reactor *reactor = make_reactor(NULL);
	struct recorder_factory factory;
	int in[2], out[2];
	char heard[8];
	bool is_right;

	recorder_factory_init(&factory, &echoes, NULL);
	if (pipe(in) || pipe(out) ||
	    !evert_pipe_open(reactor, in[0], out[1], &factory.base) ||
	    write(in[1], "abc", 3) != 3)
		return false;
	turn_until_count(reactor, &factory.recorders[0].received, 3);
	turn_until_idle(reactor);
	is_right = read(out[0], heard, sizeof(heard)) == 3;
	close(in[1]);
	close(out[0]);
	evert_reactor_destroy(reactor);
	return is_right;
}

Test(tell_connection, one_of_two_pipes_is_one_without_addresses)
{
	cr_assert(recording_of(opens_pipes));
	cr_assert(recording_goes_on("\"connected\"", "\"connection\":1,",
				    NULL));
	cr_assert(recording_goes_on("\"read\"", "\"connection\":1,",
				    "\"count\":3,\"text\":\"abc\"", NULL));
	cr_assert(recording_goes_on("\"written\"", "\"connection\":1,",
				    "\"count\":3,\"text\":\"abc\"", NULL));
	cr_assert(recording_goes_on("\"closed\"", "\"connection\":1,", NULL));
	cr_assert(eq(sz, recording_count("\"local\""), 0));
	cr_assert(eq(sz, recording_count("\"stream\""), 0));
}
