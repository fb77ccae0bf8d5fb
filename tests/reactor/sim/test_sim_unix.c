/* SPDX-License-Identifier: MIT */
/* UNIX sockets of a simulated host, by system calls. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/address.h"
#include "../../../reactor/endpoint/listen.h"
#include "../../../reactor/sim/sim.h"
#include "../../../reactor/system/system.h"
#include "../../../reactor/transport/protocol.h"
#include "../../../reactor/transport/transport.h"

static struct evert_sim *sim;
static struct evert_sim_host *host;
static struct evert_system *here, *elsewhere;
static const struct evert_system_ops *ops;
static int listener, near, far;

static const struct evert_sim_network smooth = {
	.receive_buffer = 4000,
	.send_buffer = 4000,
};

static void set_up(void)
{
	sim = evert_sim_create(1);
	evert_sim_set_network(sim, &smooth);
	host = evert_sim_add_host(sim, "host", "10.0.0.1");
	here = evert_sim_system(host);
	elsewhere = evert_sim_system(
		evert_sim_add_host(sim, "elsewhere", "10.0.0.2"));
	ops = here->ops;
	listener = near = far = -1;
}

static void close_at(int *fd)
{
	ops->close(here, *fd);
	*fd = -1;
}

/* Every descriptor is closed then, which the simulator checks. */
static void tear_down(void)
{
	close_at(&listener);
	close_at(&near);
	close_at(&far);
	evert_sim_destroy(sim);
}

TestSuite(sim_unix, .init = set_up, .fini = tear_down);

static struct evert_address address_of(const char *path)
{
	struct evert_address address;

	evert_address_unix(&address, path, strlen(path));
	return address;
}

static int unix_socket(int type)
{
	return ops->socket(here, AF_UNIX, type, 0);
}

static int bind_to(int fd, const char *path)
{
	struct evert_address address = address_of(path);

	return ops->bind(here, fd, &address.as.any, address.length);
}

static int connect_in(struct evert_system *system, int fd, const char *path)
{
	struct evert_address address = address_of(path);

	return ops->connect(system, fd, &address.as.any, address.length);
}

static int connect_to(int fd, const char *path)
{
	return connect_in(here, fd, path);
}

static void listen_at(const char *path, int backlog)
{
	listener = unix_socket(SOCK_STREAM);
	cr_assert(zero(int, bind_to(listener, path)));
	cr_assert(zero(int, ops->listen(here, listener, backlog)));
}

static void connect_both(void)
{
	listen_at("/run/a", 10);
	near = unix_socket(SOCK_STREAM);
	cr_assert(zero(int, connect_to(near, "/run/a")));
	far = ops->accept(here, listener, NULL, NULL);
	cr_assert(gt(int, far, 0));
}

static short ready(int fd)
{
	struct pollfd poll = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP};

	ops->poll(here, &poll, 1, 0);
	return poll.revents;
}

static ssize_t send_text(int fd, const char *text)
{
	return ops->send(fd, text, strlen(text), here);
}

static void assert_reads(int fd, const char *text)
{
	char data[100] = "";

	cr_assert(eq(sz, (size_t)ops->read(fd, data, sizeof(data) - 1, here),
		     strlen(text)));
	cr_assert(eq(str, data, (char *)text));
}

static int read_byte(int fd)
{
	char byte;

	return (int)ops->read(fd, &byte, 1, here);
}

/* ---- Paths ---- */

Test(sim_unix, a_path_that_nobody_has_bound_is_not_there)
{
	near = unix_socket(SOCK_STREAM);
	cr_assert(eq(int, connect_to(near, "/run/a"), -ENOENT));
}

Test(sim_unix, a_path_that_is_bound_is_in_use)
{
	listen_at("/run/a", 10);
	near = unix_socket(SOCK_STREAM);
	cr_assert(eq(int, bind_to(near, "/run/a"), -EADDRINUSE));
}

Test(sim_unix, a_path_stays_when_its_socket_is_closed_and_refuses)
{
	listen_at("/run/a", 10);
	close_at(&listener);
	near = unix_socket(SOCK_STREAM);
	cr_assert(eq(int, connect_to(near, "/run/a"), -ECONNREFUSED));
	cr_assert(eq(int, bind_to(near, "/run/a"), -EADDRINUSE));
	cr_assert(zero(int, ops->unlink(here, "/run/a")));
	cr_assert(zero(int, bind_to(near, "/run/a")));
}

Test(sim_unix, a_path_that_was_removed_is_found_by_nobody_and_its_socket_lives)
{
	connect_both();
	cr_assert(zero(int, ops->unlink(here, "/run/a")));
	close_at(&near);
	near = unix_socket(SOCK_STREAM);
	cr_assert(eq(int, connect_to(near, "/run/a"), -ENOENT));
	cr_assert(eq(int, ops->accept(here, listener, NULL, NULL), -EAGAIN));
}

Test(sim_unix, a_path_has_a_mode_an_owner_and_an_inode_of_its_own)
{
	struct stat first, second;

	listener = unix_socket(SOCK_STREAM);
	ops->fchmod(here, listener, 0770);
	bind_to(listener, "/run/a");
	near = unix_socket(SOCK_STREAM);
	bind_to(near, "/run/b");
	ops->chown(here, "/run/a", 5, (gid_t)-1);
	cr_assert(zero(int, ops->lstat(here, "/run/a", &first)));
	cr_assert(zero(int, ops->lstat(here, "/run/b", &second)));
	cr_assert(eq(u32, first.st_mode, S_IFSOCK | 0750));
	cr_assert(eq(u32, second.st_mode, S_IFSOCK | 0755));
	cr_assert(eq(u32, first.st_uid, 5));
	cr_assert(zero(u32, first.st_gid));
	cr_assert(ne(u64, first.st_ino, second.st_ino));
}

Test(sim_unix, another_host_has_other_paths)
{
	int there = ops->socket(elsewhere, AF_UNIX, SOCK_STREAM, 0);

	listen_at("/run/a", 10);
	cr_assert(eq(int, connect_in(elsewhere, there, "/run/a"), -ENOENT));
	ops->close(elsewhere, there);
}

Test(sim_unix, a_socket_of_another_type_is_the_wrong_one)
{
	listen_at("/run/a", 10);
	near = unix_socket(SOCK_DGRAM);
	cr_assert(eq(int, connect_to(near, "/run/a"), -EPROTOTYPE));
}

/* ---- Streams ---- */

Test(sim_unix, a_full_backlog_says_to_try_again)
{
	listen_at("/run/a", 0);
	near = unix_socket(SOCK_STREAM);
	far = unix_socket(SOCK_STREAM);
	cr_assert(zero(int, connect_to(near, "/run/a")));
	cr_assert(eq(int, connect_to(far, "/run/a"), -EAGAIN));
}

Test(sim_unix, what_is_sent_is_there_at_once)
{
	connect_both();
	cr_assert(eq(int, (int)send_text(near, "hello"), 5));
	cr_assert(eq(int, ready(far), POLLIN | POLLOUT));
	assert_reads(far, "hello");
}

Test(sim_unix, a_send_that_finds_no_room_says_so_until_all_of_it_is_read)
{
	static char data[5000];

	connect_both();
	cr_assert(eq(int, (int)ops->send(near, data, 5000, here), 4000));
	cr_assert(eq(int, (int)ops->send(near, data, 1, here), -EAGAIN));
	cr_assert(zero(int, ready(near)));
	ops->read(far, data, 4000, here);
	cr_assert(eq(int, ready(near), POLLOUT));
}

Test(sim_unix, a_close_with_nothing_unread_is_an_orderly_end)
{
	struct linger none = {.l_onoff = 1};

	connect_both();
	send_text(far, "bye");
	ops->setsockopt(here, far, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close_at(&far);
	assert_reads(near, "bye");
	cr_assert(zero(int, read_byte(near)));
}

Test(sim_unix, a_close_with_something_unread_is_a_reset_behind_what_was_sent)
{
	connect_both();
	send_text(near, "unread");
	send_text(far, "bye");
	close_at(&far);
	assert_reads(near, "bye");
	cr_assert(eq(int, read_byte(near), -ECONNRESET));
	cr_assert(zero(int, read_byte(near)));
	cr_assert(eq(int, (int)send_text(near, "x"), -EPIPE));
}

Test(sim_unix, who_was_never_accepted_is_reset)
{
	listen_at("/run/a", 10);
	near = unix_socket(SOCK_STREAM);
	connect_to(near, "/run/a");
	close_at(&listener);
	cr_assert(eq(int, read_byte(near), -ECONNRESET));
}

/* ---- Messages ---- */

Test(sim_unix, a_datagram_comes_with_the_name_of_who_sent_it)
{
	struct evert_address from, expected = address_of("/run/b");
	char data[10];
	struct iovec part = {data, sizeof(data)};
	struct msghdr message = {.msg_name = &from.as,
				 .msg_namelen = sizeof(from.as),
				 .msg_iov = &part,
				 .msg_iovlen = 1};

	near = unix_socket(SOCK_DGRAM);
	far = unix_socket(SOCK_DGRAM);
	bind_to(near, "/run/b");
	bind_to(far, "/run/a");
	cr_assert(zero(int, connect_to(near, "/run/a")));
	send_text(near, "hello");
	cr_assert(eq(int, (int)ops->recvmsg(here, far, &message, 0), 5));
	from.length = message.msg_namelen;
	cr_assert(evert_address_is_equal(&from, &expected));
}

Test(sim_unix, who_takes_no_datagrams_makes_its_sender_wait)
{
	int sent = 0;

	near = unix_socket(SOCK_DGRAM);
	far = unix_socket(SOCK_DGRAM);
	bind_to(far, "/run/a");
	connect_to(near, "/run/a");
	while (send_text(near, "x") == 1)
		sent++;
	cr_assert(eq(int, sent, 11));
	cr_assert(zero(int, ready(near)));
	read_byte(far);
	cr_assert(eq(int, ready(near), POLLOUT));
}

Test(sim_unix, a_datagram_to_whom_is_gone_is_refused_and_then_there_is_no_peer)
{
	near = unix_socket(SOCK_DGRAM);
	far = unix_socket(SOCK_DGRAM);
	bind_to(far, "/run/a");
	connect_to(near, "/run/a");
	close_at(&far);
	cr_assert(eq(int, (int)send_text(near, "x"), -ECONNREFUSED));
	cr_assert(eq(int, (int)send_text(near, "x"), -ENOTCONN));
}

/* ---- Descriptors ---- */

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(4 * sizeof(int))];
};

static ssize_t send_with(int fd, const char *text, const int *fds, size_t count)
{
	union control control = {.room = ""};
	struct iovec part = {(void *)text, strlen(text)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(count * sizeof(*fds)),
	};

	control.header = (struct cmsghdr){
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(count * sizeof(*fds)),
	};
	memcpy(CMSG_DATA(&control.header), fds, count * sizeof(*fds));
	return ops->sendmsg(here, fd, &message, 0);
}

/* How many came, into `fds`; of at most `size` bytes. */
static size_t receive_with(int fd, size_t size, int *fds, size_t most,
			   int *flags)
{
	union control control = {.room = ""};
	char data[100];
	struct iovec part = {data, size};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_LEN(most * sizeof(*fds)),
	};
	size_t count = 0;

	cr_assert(ge(int, (int)ops->recvmsg(here, fd, &message, 0), 0));
	if (CMSG_FIRSTHDR(&message))
		count = (control.header.cmsg_len - CMSG_LEN(0)) / sizeof(*fds);
	memcpy(fds, CMSG_DATA(&control.header), count * sizeof(*fds));
	*flags = message.msg_flags;
	return count;
}

static int flags, came[4];

Test(sim_unix, a_descriptor_that_is_handed_over_is_another_one_of_the_same)
{
	int fds[2];

	connect_both();
	ops->pipe(here, fds);
	cr_assert(eq(int, (int)send_with(near, "x", &fds[1], 1), 1));
	ops->close(here, fds[1]);
	cr_assert(eq(sz, receive_with(far, 10, came, 4, &flags), 1));
	cr_assert(eq(int, (int)ops->write(here, came[0], "hello", 5), 5));
	assert_reads(fds[0], "hello");
	ops->close(here, came[0]);
	cr_assert(zero(int, read_byte(fds[0])));
	ops->close(here, fds[0]);
}

Test(sim_unix, descriptors_come_with_the_first_byte_and_end_a_read)
{
	connect_both();
	send_text(near, "abc");
	send_with(near, "def", &listener, 1);
	send_text(near, "ghi");
	cr_assert(eq(sz, receive_with(far, 3, came, 4, &flags), 0));
	cr_assert(eq(sz, receive_with(far, 1, came, 4, &flags), 1));
	assert_reads(far, "efghi");
	ops->close(here, came[0]);
	send_with(near, "def", &listener, 1);
	send_text(near, "ghi");
	assert_reads(far, "def");
	assert_reads(far, "ghi");
}

Test(sim_unix, descriptors_there_is_no_room_for_are_lost_and_said_to_be)
{
	int fds[3];

	connect_both();
	fds[0] = fds[1] = fds[2] = listener;
	send_with(near, "x", fds, 3);
	cr_assert(eq(sz, receive_with(far, 10, came, 2, &flags), 2));
	cr_assert(eq(int, flags, MSG_CTRUNC));
	ops->close(here, came[0]);
	ops->close(here, came[1]);
}

Test(sim_unix, descriptors_are_lost_where_no_more_may_be_open)
{
	int fds[2];

	connect_both();
	fds[0] = fds[1] = listener;
	send_with(near, "x", fds, 2);
	evert_sim_limit_descriptors(host, evert_sim_descriptors(host) + 1);
	cr_assert(eq(sz, receive_with(far, 10, came, 4, &flags), 1));
	cr_assert(eq(int, flags, MSG_CTRUNC));
	ops->close(here, came[0]);
}

Test(sim_unix, more_descriptors_under_way_than_may_be_open_are_refused)
{
	int sent = 0;

	connect_both();
	evert_sim_limit_descriptors(host, 5);
	while (send_with(near, "x", &listener, 1) == 1)
		sent++;
	cr_assert(eq(int, (int)send_with(near, "x", &listener, 1),
		     -ETOOMANYREFS));
	cr_assert(eq(int, sent, 6));
}

Test(sim_unix, descriptors_under_way_are_closed_when_the_connection_is)
{
	int fds[2];

	connect_both();
	ops->pipe(here, fds);
	send_with(near, "x", &fds[1], 1);
	ops->close(here, fds[1]);
	cr_assert(eq(int, read_byte(fds[0]), -EAGAIN));
	close_at(&far);
	cr_assert(zero(int, read_byte(fds[0])));
	ops->close(here, fds[0]);
}

Test(sim_unix, sockets_that_are_under_way_to_each_other_only_are_closed)
{
	int fds[2];

	connect_both();
	ops->pipe(here, fds);
	send_with(near, "x", &far, 1);
	send_with(near, "x", &fds[1], 1);
	ops->close(here, fds[1]);
	close_at(&far);
	cr_assert(eq(int, read_byte(fds[0]), -EAGAIN));
	cr_assert(eq(int, ready(near), POLLOUT));
	send_with(near, "x", &near, 1);
	close_at(&near);
	cr_assert(eq(int, read_byte(fds[0]), -EAGAIN));
	close_at(&listener); /* the kernel looks when another is closed */
	cr_assert(zero(int, read_byte(fds[0])));
	ops->close(here, fds[0]);
}

/* ---- Programs ---- */

static size_t told;

struct greeter {
	struct evert_protocol base;
};

static void greet(struct evert_protocol *base)
{
	evert_transport_write(base->transport, "hello", 5);
	evert_transport_lose_connection(base->transport);
}

static void ignore(struct evert_protocol *base, const char *data, size_t length)
{
	(void)base, (void)data, (void)length;
}

static void count_end(struct evert_protocol *base,
		      const struct evert_failure *reason)
{
	(void)base, (void)reason;
	told++;
}

static const struct evert_protocol_ops greeter_ops = {
	.connection_made = greet,
	.data_received = ignore,
	.connection_lost = count_end,
};

static struct evert_factory greeters =
	EVERT_FACTORY(struct greeter, base, &greeter_ops);

static void serve(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	evert_deferred_release(evert_listen(reactor, "unix:/run/a", &greeters));
}

static void stop(void *reactor)
{
	evert_reactor_stop(reactor);
}

static void assert_greeted(void)
{
	near = unix_socket(SOCK_STREAM);
	cr_assert(zero(int, connect_to(near, "/run/a")));
	told = 0;
	evert_sim_run(sim, 1);
	assert_reads(near, "hello");
	cr_assert(zero(int, read_byte(near)));
	cr_assert(eq(sz, told, 1));
	close_at(&near);
}

Test(sim_unix, a_program_that_ends_in_order_removes_its_path)
{
	struct evert_reactor *reactor = evert_sim_start(host, serve, NULL);
	struct stat status;

	evert_sim_run(sim, 1);
	assert_greeted();
	cr_assert(zero(int, ops->lstat(here, "/run/a", &status)));
	cr_assert(zero(int, evert_reactor_call_from_thread(reactor, stop,
							   reactor)));
	evert_sim_run(sim, 1);
	cr_assert(eq(int, ops->lstat(here, "/run/a", &status), -ENOENT));
}

Test(sim_unix, a_host_without_power_leaves_its_paths_which_a_program_replaces)
{
	struct stat before, after;

	evert_sim_start(host, serve, NULL);
	evert_sim_run(sim, 1);
	ops->lstat(here, "/run/a", &before);
	evert_sim_halt(host);
	near = unix_socket(SOCK_STREAM);
	cr_assert(eq(int, connect_to(near, "/run/a"), -ECONNREFUSED));
	close_at(&near);
	evert_sim_start(host, serve, NULL);
	evert_sim_run(sim, 1);
	ops->lstat(here, "/run/a", &after);
	cr_assert(ne(u64, before.st_ino, after.st_ino));
	assert_greeted();
}
