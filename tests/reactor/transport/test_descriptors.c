/* SPDX-License-Identifier: MIT */
/* Descriptors that go through UNIX sockets, and who the peer is. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/connection_internal.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../../reactor/transport/unix.h"
#include "../../support/memory.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

enum { MOST = EVERT_DESCRIPTORS_MOST };

static struct test_system kernel;
static struct evert_reactor *reactor;

/* What happened to the protocol. */
static struct {
	struct evert_protocol *protocol;
	char events[64]; /* a letter each: Descriptors, Bytes, End, Lost */
	char data[4096];
	size_t size;
	int kept[MOST]; /* of them `keep` at a time, the first ones */
	size_t keeps, given, keep;
	bool lost;
	const struct evert_error *kind;
	int error;
	void (*act)(struct evert_transport *transport); /* with descriptors */
} seen;

static void note(char event)
{
	size_t length = strlen(seen.events);

	if (length + 1 < sizeof(seen.events))
		seen.events[length] = event;
}

static void data_received(struct evert_protocol *protocol, const char *data,
			  size_t length)
{
	size_t room = sizeof(seen.data) - 1 - seen.size;

	(void)protocol;
	note('B');
	memcpy(seen.data + seen.size, data, length < room ? length : room);
	seen.size += length < room ? length : room;
}

static void descriptors_received(struct evert_protocol *protocol, int *fds,
				 size_t count, bool lost)
{
	size_t i;

	note('D');
	seen.given += count;
	seen.lost |= lost;
	for (i = 0; i < count && i < seen.keep; i++) {
		seen.kept[seen.keeps++] = fds[i];
		fds[i] = -1;
	}
	if (seen.act)
		seen.act(protocol->transport);
}

static void end_received(struct evert_protocol *protocol)
{
	note('E');
	evert_transport_lose_connection(protocol->transport);
}

static void connection_lost(struct evert_protocol *protocol,
			    const struct evert_failure *reason)
{
	(void)protocol;
	note('L');
	seen.kind = reason->kind;
	seen.error = reason->error;
	seen.protocol = NULL;
}

static const struct evert_protocol_ops taking_ops = {
	.data_received = data_received,
	.connection_lost = connection_lost,
	.end_received = end_received,
	.descriptors_received = descriptors_received,
};

/* That does not want any. */
static const struct evert_protocol_ops plain_ops = {
	.data_received = data_received,
	.connection_lost = connection_lost,
	.end_received = end_received,
};

static struct evert_factory taking;
static int peer; /* the test's side; never blocks */
static size_t descriptors;

static void open_pair(const struct evert_protocol_ops *ops, int type)
{
	struct evert_address address;
	int fds[2];

	cr_assert(zero(int, socketpair(AF_UNIX,
				       type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
				       fds)));
	evert_address_unix(&address, NULL, 0);
	taking = (struct evert_factory){
		.build_protocol = evert_factory_build,
		.size = sizeof(struct evert_protocol),
		.init = evert_protocol_init,
		.ops = ops,
	};
	peer = fds[1];
	seen.protocol =
		evert_connection_open(reactor, fds[0], &taking, &address, NULL);
	cr_assert(seen.protocol != NULL);
}

static void begin(void)
{
	memset(&seen, 0, sizeof(seen));
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
	open_pair(&taking_ops, SOCK_STREAM);
	descriptors = count_descriptors();
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	close(peer);
}

TestSuite(descriptors, .init = begin, .fini = finish);
TestSuite(descriptors_sweep);

/* ---- The peer ---- */

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(MOST * sizeof(int))];
};

static ssize_t peer_passes(const char *text, const int *fds, size_t count)
{
	union control control = { .room = "" };
	struct iovec part = { (void *)text, strlen(text) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(count * sizeof(*fds)),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(count * sizeof(*fds));
	memcpy(CMSG_DATA(&control.header), fds, count * sizeof(*fds));
	return sendmsg(peer, &message, MSG_NOSIGNAL);
}

static void peer_passes_many(const char *text, size_t count)
{
	int fds[MOST];
	size_t i;

	for (i = 0; i < count; i++)
		fds[i] = 0;
	cr_assert(eq(sz, (size_t)peer_passes(text, fds, count), strlen(text)));
}

static void peer_sends(const char *text)
{
	cr_assert(eq(sz, (size_t)send(peer, text, strlen(text), MSG_NOSIGNAL),
		     strlen(text)));
}

/* One call: what came, and how many descriptors, which are left in `fds`. */
static char *peer_receives(int *fds, size_t *count)
{
	static char text[4096];
	union control control;
	struct iovec part = { text, sizeof(text) - 1 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t size = recvmsg(peer, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	*count = 0;
	if (size < 0)
		return "nothing";
	text[size] = '\0';
	if (!header)
		return text;
	*count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(*fds);
	memcpy(fds, CMSG_DATA(header), *count * sizeof(*fds));
	return text;
}

static void close_all(const int *fds, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		cr_assert(zero(int, close(fds[i])));
}

/* ---- Received ---- */

/* The same open file, whatever its number. */
static bool is_same_file(int a, int b)
{
	struct stat of_a, of_b;

	return !fstat(a, &of_a) && !fstat(b, &of_b) &&
	       of_a.st_ino == of_b.st_ino && of_a.st_dev == of_b.st_dev;
}

Test(descriptors, p80_come_before_the_bytes_they_came_with)
{
	int fds[2];

	seen.keep = 2;
	cr_assert(zero(int, pipe2(fds, O_CLOEXEC)));
	cr_assert(eq(sz, (size_t)peer_passes("with", fds, 2), 4));
	turn_until_idle(reactor);
	cr_assert(eq(str, seen.events, "DB"));
	cr_assert(eq(str, seen.data, "with"));
	cr_assert(eq(sz, seen.keeps, 2));
	cr_assert(is_same_file(seen.kept[0], fds[0]));
	cr_assert(is_same_file(seen.kept[1], fds[1]));
	cr_assert(eq(int, fcntl(seen.kept[0], F_GETFD), FD_CLOEXEC));
	close_all(seen.kept, 2);
	close_all(fds, 2);
}

Test(descriptors, p80_that_are_not_wanted_are_closed)
{
	seen.keep = 1;
	peer_passes_many("x", 5);
	turn_until_idle(reactor);
	cr_assert(eq(sz, seen.given, 5));
	cr_assert(eq(sz, count_descriptors(), descriptors + 1));
	close_all(seen.kept, 1);
}

Test(descriptors, p80_are_closed_by_the_kernel_where_nobody_takes_them)
{
	close(peer);
	turn_until_idle(reactor);
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	memset(&seen, 0, sizeof(seen));
	open_pair(&plain_ops, SOCK_STREAM);
	descriptors = count_descriptors();
	peer_passes_many("x", MOST);
	turn_until_idle(reactor);
	cr_assert(eq(str, seen.data, "x"));
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

/* What is read ends with the bytes they came with: they can be told apart by
   whoever counts bytes. */
Test(descriptors, p80_of_several_writes_come_each_with_its_own)
{
	peer_sends("a");
	peer_passes_many("b", 1);
	peer_passes_many("c", 2);
	peer_sends("d");
	peer_passes_many("e", 3);
	turn_until_idle(reactor);
	cr_assert(eq(str, seen.data, "abcde"));
	cr_assert(eq(str, seen.events, "DBDBDB"));
	cr_assert(eq(sz, seen.given, 6));
}

Test(descriptors, p80_of_a_peer_that_floods_are_never_more_than_one_reads)
{
	size_t sent = 0;
	int fds[MOST] = { 0 };

	while (sent < 50 && peer_passes("x", fds, MOST) == 1)
		sent++;
	cr_assert(gt(sz, sent, 3));
	turn_until_count(reactor, &seen.size, sent);
	cr_assert(eq(sz, seen.given, sent * MOST));
	cr_assert(eq(sz, strlen(seen.data), sent));
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

static bool is_free(int fd)
{
	return fcntl(fd, F_GETFD) < 0;
}

/* So that exactly `count` more can be opened. The free numbers need not stand
   side by side. */
static void leave_room_for(size_t count)
{
	struct rlimit limit;
	size_t room = 0;
	int fd = 0;

	while (room < count || !is_free(fd))
		room += is_free(fd++);
	cr_assert(zero(int, getrlimit(RLIMIT_NOFILE, &limit)));
	limit.rlim_cur = (rlim_t)fd;
	cr_assert(zero(int, setrlimit(RLIMIT_NOFILE, &limit)));
}

Test(descriptors, p80_for_which_there_is_no_room_are_told)
{
	struct rlimit before;

	getrlimit(RLIMIT_NOFILE, &before);
	peer_passes_many("x", 5);
	leave_room_for(2);
	turn_until_idle(reactor);
	setrlimit(RLIMIT_NOFILE, &before);
	cr_assert(seen.lost);
	cr_assert(eq(sz, seen.given, 2));
	cr_assert(eq(str, seen.events, "DB"));
	seen.lost = false;
	peer_passes_many("y", 3);
	turn_until_idle(reactor);
	cr_assert(not(seen.lost));
	cr_assert(eq(sz, seen.given, 5));
}

Test(descriptors, p80_none_at_all_because_there_is_no_room_is_told)
{
	struct rlimit before;

	getrlimit(RLIMIT_NOFILE, &before);
	peer_passes_many("x", 1);
	leave_room_for(0);
	turn_until_idle(reactor);
	setrlimit(RLIMIT_NOFILE, &before);
	cr_assert(seen.lost);
	cr_assert(eq(str, seen.events, "DB"));
}

Test(descriptors, p80_may_close_the_connection_before_the_bytes)
{
	seen.act = evert_transport_lose_connection;
	peer_passes_many("x", 1);
	turn_until_count(reactor, &seen.given, 1);
	turn_until_idle(reactor);
	cr_assert(eq(str, seen.events, "DL"));
	cr_assert(eq(sz, count_descriptors(), descriptors - 1));
}

Test(descriptors, p80_may_abort_the_connection_before_the_bytes)
{
	seen.act = evert_transport_abort;
	peer_passes_many("x", 1);
	turn_until_idle(reactor);
	cr_assert(eq(str, seen.events, "DL"));
	cr_assert(eq(ptr, (void *)seen.kind, (void *)EVERT_CONNECTION_ABORTED));
}

Test(descriptors, p80_wait_while_reading_is_paused)
{
	evert_transport_pause_reading(seen.protocol->transport);
	peer_passes_many("x", 2);
	turn_until_idle(reactor);
	cr_assert(eq(str, seen.events, ""));
	cr_assert(eq(sz, count_descriptors(), descriptors));
	evert_transport_resume_reading(seen.protocol->transport);
	turn_until_idle(reactor);
	cr_assert(eq(str, seen.events, "DB"));
}

Test(descriptors, p80_pausing_with_them_holds_up_what_comes_later)
{
	seen.act = evert_transport_pause_reading;
	peer_passes_many("x", 1);
	peer_passes_many("y", 1);
	turn_until_idle(reactor);
	cr_assert(eq(str, seen.data, "x"));
	evert_transport_resume_reading(seen.protocol->transport);
	turn_until_idle(reactor);
	cr_assert(eq(str, seen.data, "xy"));
}

Test(descriptors, p80_that_come_while_it_is_closing_are_closed)
{
	evert_transport_lose_connection(seen.protocol->transport);
	peer_passes_many("x", 3);
	turn_until_idle(reactor);
	cr_assert(eq(str, seen.events, "L"));
	cr_assert(eq(sz, count_descriptors(), descriptors - 1));
}

Test(descriptors, p56_that_came_before_a_hang_up_are_delivered)
{
	peer_passes_many("x", 2);
	close(peer);
	turn_until_idle(reactor);
	cr_assert(eq(str, seen.events, "DBEL"));
	cr_assert(eq(ptr, (void *)seen.kind, (void *)EVERT_CONNECTION_DONE));
	peer = open("/dev/null", O_RDONLY);
}

Test(descriptors, much_data_comes_whole)
{
	static char much[100000];
	size_t sent = 0, count = 0;
	ssize_t size;

	memset(much, 'm', sizeof(much));
	while (sent < sizeof(much)) {
		size = send(peer, much, sizeof(much) - sent, MSG_NOSIGNAL);
		sent += size > 0 ? (size_t)size : 0;
		turn_until_idle(reactor);
		cr_assert(lt(sz, count++, 1000));
	}
	cr_assert(eq(sz, seen.size, sizeof(seen.data) - 1));
}

/* ---- Sent ---- */

static int pass(const char *text, const int *fds, size_t count)
{
	return evert_transport_write_descriptors(seen.protocol->transport,
						 text, strlen(text), fds,
						 count);
}

static void write_text(const char *text)
{
	cr_assert(zero(int, evert_transport_write(seen.protocol->transport,
						  text, strlen(text))));
}

Test(descriptors, p80_go_with_the_first_of_their_bytes)
{
	int fds[2], got[MOST];
	size_t count;

	cr_assert(zero(int, pipe2(fds, O_CLOEXEC)));
	write_text("before ");
	cr_assert(zero(int, pass("with", fds, 2)));
	write_text(" after");
	turn_until_idle(reactor);
	cr_assert(eq(str, peer_receives(got, &count), "before with after"));
	cr_assert(eq(sz, count, 2));
	cr_assert(is_same_file(got[0], fds[0]));
	cr_assert(is_same_file(got[1], fds[1]));
	close_all(fds, 2);
	close_all(got, 2);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

Test(descriptors, p80_of_several_writes_stay_with_their_bytes)
{
	int zero_fd = 0, got[MOST];
	size_t count;

	cr_assert(zero(int, pass("a", &zero_fd, 1)));
	cr_assert(zero(int, pass("b", (int[]){ 0, 1 }, 2)));
	write_text("c");
	turn_until_idle(reactor);
	cr_assert(eq(str, peer_receives(got, &count), "a"));
	cr_assert(eq(sz, count, 1));
	close_all(got, 1);
	cr_assert(eq(str, peer_receives(got, &count), "bc"));
	cr_assert(eq(sz, count, 2));
	close_all(got, 2);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

Test(descriptors, p80_may_be_closed_when_they_are_written)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int got[MOST];
	size_t count;

	cr_assert(zero(int, pass("x", &fd, 1)));
	close(fd);
	turn_until_idle(reactor);
	cr_assert(eq(str, peer_receives(got, &count), "x"));
	cr_assert(eq(sz, count, 1));
	close_all(got, 1);
}

static void answer(struct evert_transport *transport)
{
	cr_assert(zero(int, evert_transport_write(transport, "one ", 4)));
	cr_assert(zero(int, evert_transport_write_descriptors(
				    transport, "two", 3, (int[]){ 0 }, 1)));
}

/* Inside a call that gathers. */
Test(descriptors, p80_can_be_the_answer)
{
	int got[MOST];
	size_t count;

	seen.act = answer;
	peer_passes_many("x", 1);
	turn_until_idle(reactor);
	cr_assert(eq(str, peer_receives(got, &count), "one two"));
	cr_assert(eq(sz, count, 1));
	close_all(got, 1);
}

Test(descriptors, p80_that_are_none_are_no_matter)
{
	int got[MOST];
	size_t count;

	cr_assert(zero(int, pass("x", NULL, 0)));
	cr_assert(zero(int, pass("", NULL, 0)));
	turn_until_idle(reactor);
	cr_assert(eq(str, peer_receives(got, &count), "x"));
	cr_assert(zero(sz, count));
}

Test(descriptors, p80_as_many_as_the_kernel_takes_and_no_more)
{
	int fds[MOST + 1] = { 0 }, got[MOST];
	size_t count;

	cr_assert(eq(int, pass("x", fds, MOST + 1), -EINVAL));
	cr_assert(eq(int, pass("", fds, 1), -EINVAL));
	cr_assert(zero(int, pass("x", fds, MOST)));
	turn_until_idle(reactor);
	cr_assert(eq(str, peer_receives(got, &count), "x"));
	cr_assert(eq(sz, count, MOST));
	close_all(got, MOST);
}

Test(descriptors, p80_that_cannot_be_duplicated_leave_the_stream_whole)
{
	int got[MOST];
	size_t count;

	cr_assert(eq(int, pass("x", (int[]){ 0, -1 }, 2), -EBADF));
	test_system_fail(&kernel, CALL_DUP, 2, EMFILE, false);
	cr_assert(eq(int, pass("x", (int[]){ 0, 0 }, 2), -EMFILE));
	cr_assert(eq(sz, count_descriptors(), descriptors));
	cr_assert(zero(int, pass("y", (int[]){ 0 }, 1)));
	turn_until_idle(reactor);
	cr_assert(eq(str, peer_receives(got, &count), "y"));
	close_all(got, count);
}

Test(descriptors, p80_that_wait_are_sent_when_the_peer_reads)
{
	static char text[4096];
	int got[MOST];
	size_t count, passed = 0, turns = 0;

	memset(text, 'f', sizeof(text) - 1);
	while (evert_transport_queued(seen.protocol->transport) < 65536) {
		write_text(text);
		turn_until_idle(reactor);
	}
	cr_assert(zero(int, pass("!", (int[]){ 0, 0 }, 2)));
	cr_assert(eq(sz, count_descriptors(), descriptors + 2));
	while (!passed) {
		peer_receives(got, &passed);
		turn_until_idle(reactor);
		cr_assert(lt(sz, turns++, 1000));
	}
	cr_assert(eq(sz, passed, 2));
	close_all(got, 2);
	cr_assert(eq(sz, count_descriptors(), descriptors));
	cr_assert(eq(str, peer_receives(got, &count), "nothing"));
}

Test(descriptors, p80_that_a_peer_does_not_take_pause_who_writes_them)
{
	struct evert_transport *transport = seen.protocol->transport;
	int got[MOST];
	size_t count, written = 0, taken = 0;

	while (!transport->full) {
		cr_assert(zero(int, pass("x", (int[]){ 0 }, 1)));
		cr_assert(lt(sz, ++written, 2000));
	}
	cr_assert(le(sz, count_descriptors(), descriptors + 65));
	turn_until_idle(reactor);
	cr_assert(transport->full);
	while (taken < written) {
		cr_assert(eq(str, peer_receives(got, &count), "x"));
		close_all(got, count);
		taken += count;
		turn_until_idle(reactor);
	}
	cr_assert(not(transport->full));
	cr_assert(eq(sz, count_descriptors(), descriptors));
	write_text("more");
	cr_assert(not(transport->full));
	turn_until_idle(reactor);
	cr_assert(eq(str, peer_receives(got, &count), "more"));
}

/* Sends one byte of the parts. */
static ssize_t send_one(struct evert_system *system, int fd,
			const struct msghdr *message, int flags)
{
	struct iovec part = { message->msg_iov->iov_base, 1 };
	struct msghdr shorter = *message;

	shorter.msg_iov = &part;
	shorter.msg_iovlen = 1;
	(void)system;
	return evert_system_real()->ops->sendmsg(evert_system_real(), fd,
						 &shorter, flags);
}

Test(descriptors, p80_are_sent_once_however_short_the_sends)
{
	static struct evert_system_ops ops;
	char text[16] = "";
	int got[MOST];
	size_t count, all = 0;

	ops = *kernel.base.ops;
	ops.sendmsg = send_one;
	kernel.base.ops = &ops;
	cr_assert(zero(int, pass("with", (int[]){ 0 }, 1)));
	turn_until_idle(reactor);
	while (strlen(text) < 4) {
		strcat(text, peer_receives(got, &count));
		close_all(got, count);
		all += count;
		turn_until_idle(reactor);
	}
	cr_assert(eq(str, text, "with"));
	cr_assert(eq(sz, all, 1));
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

Test(descriptors, p80_that_were_not_sent_are_closed_with_the_connection)
{
	cr_assert(zero(int, pass("x", (int[]){ 0, 0 }, 2)));
	evert_transport_abort(seen.protocol->transport);
	cr_assert(eq(sz, count_descriptors(), descriptors));
	cr_assert(eq(int, pass("x", (int[]){ 0 }, 1), -EPIPE));
	turn_until_idle(reactor);
}

Test(descriptors, p80_are_sent_before_it_closes)
{
	int got[MOST];
	size_t count;

	cr_assert(zero(int, pass("x", (int[]){ 0 }, 1)));
	evert_transport_lose_connection(seen.protocol->transport);
	turn_until_idle(reactor);
	cr_assert(eq(str, peer_receives(got, &count), "x"));
	cr_assert(eq(sz, count, 1));
	close_all(got, 1);
	cr_assert(eq(str, peer_receives(got, &count), ""));
}

Test(descriptors, p80_that_nobody_will_get_are_closed_and_told)
{
	close(peer);
	peer = open("/dev/null", O_RDONLY);
	cr_assert(zero(int, pass("x", (int[]){ 0 }, 1)));
	turn_until_idle(reactor);
	cr_assert(eq(ptr, (void *)seen.kind, (void *)EVERT_CONNECTION_LOST));
	cr_assert(eq(int, seen.error, EPIPE));
	cr_assert(eq(sz, count_descriptors(), descriptors - 1));
}

Test(descriptors, too_many_that_wait_are_told)
{
	test_system_fail(&kernel, CALL_SENDMSG, 1, ETOOMANYREFS, false);
	cr_assert(zero(int, pass("x", (int[]){ 0 }, 1)));
	turn_until_idle(reactor);
	cr_assert(eq(int, seen.error, ETOOMANYREFS));
	cr_assert(eq(sz, count_descriptors(), descriptors - 1));
}

Test(descriptors, an_interrupted_send_is_made_again)
{
	int got[MOST];
	size_t count;

	test_system_fail(&kernel, CALL_SENDMSG, 1, EINTR, false);
	cr_assert(zero(int, pass("x", (int[]){ 0 }, 1)));
	turn_until_idle(reactor);
	cr_assert(eq(str, peer_receives(got, &count), "x"));
	cr_assert(eq(sz, count, 1));
	close_all(got, 1);
}

/* ---- Who has none ---- */

static void expect_no_unix(struct evert_transport *transport)
{
	struct evert_credentials credentials;

	cr_assert(eq(int,
		     evert_transport_write_descriptors(transport, "x", 1,
						       (int[]){ 0 }, 1),
		     -EOPNOTSUPP));
	cr_assert(eq(int,
		     evert_transport_peer_credentials(transport, &credentials),
		     -EOPNOTSUPP));
	cr_assert(eq(int, evert_transport_peer_pidfd(transport), -EOPNOTSUPP));
}

Test(descriptors, p80_do_not_go_over_tcp)
{
	struct recorder_factory clients, servers;

	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, NULL, NULL);
	expect_no_unix(connect_pair(reactor, &clients, &servers)
			       .client->base.transport);
	finish();
	begin();
}

Test(descriptors, p80_do_not_go_through_memory)
{
	struct evert_protocol protocol = { .ops = &plain_ops };
	struct evert_memory_transport *memory =
		evert_memory_transport_create(&protocol);

	expect_no_unix(protocol.transport);
	evert_memory_transport_destroy(memory);
}

/* ---- Who the peer is ---- */

Test(descriptors, p80_the_peers_credentials_are_known)
{
	struct evert_credentials credentials;

	cr_assert(zero(int, evert_transport_peer_credentials(
				    seen.protocol->transport, &credentials)));
	cr_assert(eq(int, credentials.pid, getpid()));
	cr_assert(eq(u32, credentials.uid, getuid()));
	cr_assert(eq(u32, credentials.gid, getgid()));
}

Test(descriptors, p80_the_peers_process_can_be_held)
{
	int fd = evert_transport_peer_pidfd(seen.protocol->transport);

	if (fd == -EOPNOTSUPP)
		cr_skip_test("this kernel has no SO_PEERPIDFD");
	cr_assert(ge(int, fd, 0));
	cr_assert(eq(int, fcntl(fd, F_GETFD), FD_CLOEXEC));
	close(fd);
}

Test(descriptors, p80_a_kernel_without_peerpidfd_says_so)
{
	test_system_fail(&kernel, CALL_GETSOCKOPT, 1, ENOPROTOOPT, false);
	cr_assert(eq(int,
		     evert_transport_peer_pidfd(seen.protocol->transport),
		     -EOPNOTSUPP));
	test_system_fail(&kernel, CALL_GETSOCKOPT, 1, EMFILE, false);
	cr_assert(eq(int,
		     evert_transport_peer_pidfd(seen.protocol->transport),
		     -EMFILE));
}

/* ---- Whatever fails ---- */

static void scenario(struct test_system *system)
{
	int got[MOST];
	size_t count;

	memset(&seen, 0, sizeof(seen));
	reactor = make_reactor(&system->base);
	open_pair(&taking_ops, SOCK_STREAM);
	peer_passes_many("x", 2);
	if (!pass("y", (int[]){ 0, 0 }, 2))
		write_text("z");
	turn_until_idle(reactor);
	peer_receives(got, &count);
	close_all(got, count);
	finish();
}

Test(descriptors_sweep, p80_none_is_left_whatever_call_fails)
{
	static const struct test_fault faults[] = {
		{ CALL_DUP, EMFILE }, { CALL_SENDMSG, EAGAIN },
		{ CALL_SENDMSG, ENOMEM }, { CALL_SENDMSG, EPERM },
		{ CALL_RECVMSG, ENOMEM }, { CALL_RECVMSG, ECONNRESET },
		{ CALL_RECVMSG, EINTR },
		{ .error = 0 },
	};

	fail_every_fault(faults, NULL, scenario);
}

static void write_scenario(void *arg)
{
	struct evert_address address;
	int fds[2], got[MOST];
	size_t count;

	(void)arg;
	memset(&seen, 0, sizeof(seen));
	reactor = evert_reactor_create(NULL);
	if (!reactor)
		return;
	cr_assert(zero(int, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				       fds)));
	peer = fds[1];
	evert_address_unix(&address, NULL, 0);
	taking.ops = &taking_ops;
	seen.protocol =
		evert_connection_open(reactor, fds[0], &taking, &address, NULL);
	if (seen.protocol && !pass("y", (int[]){ 0, 0 }, 2)) {
		evert_reactor_turn(reactor, 0);
		peer_receives(got, &count);
		close_all(got, count);
	}
	finish();
}

Test(descriptors_sweep, p80_none_is_left_whatever_allocation_fails)
{
	size_t before;

	taking = (struct evert_factory){
		.build_protocol = evert_factory_build,
		.size = sizeof(struct evert_protocol),
		.init = evert_protocol_init,
	};
	before = count_descriptors();
	fail_every_allocation(write_scenario, NULL);
	cr_assert(eq(sz, count_descriptors(), before));
}
