/* SPDX-License-Identifier: MIT */
/*
 * A line that is sent in pieces: it is the same line, and the same is refused,
 * whether it is copied to the transport's window or finds no room there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../protocols/framing/line_receiver.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/memory.h"

static char buffer[1024 + EVERT_WINDOW_MARGIN];
static struct evert_window window;
static struct evert_line_receiver receiver;
static struct evert_memory_transport *transport;

static void line_received(struct evert_line_receiver *base, const char *line,
			  size_t length)
{
	(void)base;
	(void)line;
	(void)length;
}

static const struct evert_line_receiver_ops ops = {
	.line_received = line_received,
};

static void begin(void)
{
	evert_line_receiver_init(&receiver, &ops);
	transport = evert_memory_transport_create(&receiver.base);
	window = (struct evert_window){ .buffer = buffer, .most = 1024 };
	memset(buffer, '\n', sizeof(buffer)); /* the margin counts nowhere */
}

static void finish(void)
{
	evert_memory_transport_destroy(transport);
	evert_line_receiver_finish(&receiver);
}

TestSuite(line_pieces, .init = begin, .fini = finish);

static void open_window(void)
{
	receiver.base.transport->window = &window;
	window.used = 0;
}

static void expect_written(const char *expected, size_t length)
{
	size_t written;
	const char *data = evert_memory_transport_written(transport, &written);

	cr_assert(eq(sz, written, length));
	cr_assert(not(memcmp(data, expected, length)));
}

static int send_pieces(void)
{
	const struct iovec pieces[] = {
		{ (void *)"Hello, ", 7 },
		{ NULL, 0 },
		{ (void *)"World", 5 },
		{ (void *)"!", 1 },
	};

	return evert_line_receiver_send_pieces(&receiver, pieces, 4);
}

Test(line_pieces, where_there_is_a_window_they_go_there)
{
	open_window();
	cr_assert(eq(int, send_pieces(), 0));
	cr_assert(eq(int, send_pieces(), 0));
	cr_assert(eq(sz, window.used, 30));
	cr_assert(not(memcmp(buffer, "Hello, World!\r\nHello, World!\r\n",
			     30)));
}

Test(line_pieces, where_there_is_none_they_are_one_write)
{
	cr_assert(eq(int, send_pieces(), 0));
	expect_written("Hello, World!\r\n", 15);
}

Test(line_pieces, what_finds_no_room_is_left_to_the_transport)
{
	open_window();
	window.most = 14;
	cr_assert(eq(int, send_pieces(), 0));
	cr_assert(eq(sz, window.used, 0));
	expect_written("Hello, World!\r\n", 15);
}

Test(line_pieces, without_memory_nothing_is_sent)
{
	failing_allocator_start(1, false);
	cr_assert(eq(int, send_pieces(), -ENOMEM));
	failing_allocator_stop();
	expect_written("", 0);
}

Test(line_pieces, without_a_transport_they_are_refused)
{
	struct evert_transport *base = receiver.base.transport;

	receiver.base.transport = NULL;
	cr_assert(eq(int, send_pieces(), -ENOTCONN));
	receiver.base.transport = base;
}

Test(line_pieces, p74_a_delimiter_across_two_pieces_is_refused)
{
	const struct iovec pieces[] = {
		{ (void *)"one\r", 4 },
		{ (void *)"\ntwo", 4 },
	};

	cr_assert(eq(int, evert_line_receiver_send_pieces(&receiver, pieces, 2),
		     -EINVAL));
	open_window();
	cr_assert(eq(int, evert_line_receiver_send_pieces(&receiver, pieces, 2),
		     -EINVAL));
	cr_assert(eq(sz, window.used, 0));
	expect_written("", 0);
}

/* ---- Both ways are one ---- */

/* What a peer would make of it: is the first delimiter at the line's end? */
static bool is_found_at_the_end(const char *line, size_t length,
				const char *delimiter, size_t size)
{
	char all[300];
	size_t at = 0;

	memcpy(all, line, length);
	memcpy(all + length, delimiter, size);
	while (memcmp(all + at, delimiter, size))
		at++;
	return at == length;
}

static void send_both_ways(const char *line, size_t length,
			   const char *delimiter, size_t size)
{
	bool good = is_found_at_the_end(line, length, delimiter, size);
	struct iovec halves[] = {
		{ (void *)line, length / 2 },
		{ (void *)(line + length / 2), length - length / 2 },
	};
	int error = good ? 0 : -EINVAL;

	receiver.base.transport->window = NULL;
	evert_memory_transport_clear(transport);
	cr_assert(eq(int,
		     evert_line_receiver_send_pieces(&receiver, halves, 2),
		     error));
	open_window();
	cr_assert(eq(int, evert_line_receiver_send_line(&receiver, line,
							length), error));
	expect_written(buffer, window.used);
	cr_assert(eq(sz, window.used, good ? length + size : 0));
	cr_assert(not(good && memcmp(buffer, line, length)));
	cr_assert(not(good && memcmp(buffer + length, delimiter, size)));
}

static void send_lines_of(const char *letters, const char *delimiter,
			  size_t size)
{
	char line[150];
	size_t count = strlen(letters), length, i;
	int round;

	evert_line_receiver_set_delimiter(&receiver, delimiter, size);
	for (round = 0; round < 3000; round++) {
		length = (size_t)rand() % sizeof(line);
		/* mostly harmless, so that long ones are, too */
		for (i = 0; i < length; i++)
			line[i] = rand() % 50 ? 'x' :
				  letters[(size_t)rand() % count];
		send_both_ways(line, length, delimiter, size);
		send_both_ways(line, length % 17, delimiter, size);
	}
}

Test(line_pieces, p74_what_a_peer_would_misunderstand_is_refused_both_ways)
{
	srand(1);
	send_lines_of("\r\nab", "\r\n", 2);
	send_lines_of("\nab", "\n", 1);
	send_lines_of("ab", "aa", 2);
	send_lines_of("ab", "aba", 3);
	send_lines_of("ab", "abab", 4);
}

Test(line_pieces, p74_where_cr_is_cut_off_none_is_sent_at_the_end)
{
	evert_line_receiver_set_delimiter(&receiver, EVERT_LINE_FEED, 1);
	open_window();
	cr_assert(eq(int, evert_line_receiver_send_line(&receiver, "a\r", 2),
		     -EINVAL));
	cr_assert(eq(int, evert_line_receiver_send_line(&receiver, "\ra", 2),
		     0));
	cr_assert(not(memcmp(buffer, "\ra\n", 3)));
}
