/* SPDX-License-Identifier: MIT */
/* System calls of a simulated host that evert makes seldom, or in vain. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/address.h"
#include "../../../reactor/sim/sim.h"
#include "../../../reactor/system/system.h"

static struct evert_sim *sim;
static struct evert_sim_host *host;
static struct evert_system *kernel;
static const struct evert_system_ops *ops;

static const struct evert_sim_network network = {
	.receive_buffer = 4000,
	.send_buffer = 4000,
};

static void set_up(void)
{
	sim = evert_sim_create(1);
	evert_sim_set_network(sim, &network);
	host = evert_sim_add_host(sim, "host", "10.0.0.1");
	kernel = evert_sim_system(host);
	ops = kernel->ops;
}

/* Whatever the test has opened. */
static void tear_down(void)
{
	int fd;

	for (fd = 0; evert_sim_descriptors(host); fd++)
		ops->close(kernel, fd);
	evert_sim_destroy(sim);
}

TestSuite(sim_calls, .init = set_up, .fini = tear_down);

#define SAYS(what, call) cr_expect(eq(int, (int)(call), (what)), #call)

static int socket_of(int domain, int type)
{
	int fd = ops->socket(kernel, domain, type, 0);

	cr_assert(fd >= 0);
	return fd;
}

static struct evert_address ip(const char *host_of, uint16_t port)
{
	struct evert_address address;

	evert_address_parse(&address, host_of, port);
	return address;
}

static struct evert_address path(const char *name)
{
	struct evert_address address;

	evert_address_unix(&address, name, strlen(name));
	return address;
}

static int bind_to(int fd, struct evert_address address)
{
	return ops->bind(kernel, fd, &address.as.any, address.length);
}

static int connect_to(int fd, struct evert_address address)
{
	return ops->connect(kernel, fd, &address.as.any, address.length);
}

static const struct evert_address nowhere = {
	.length = sizeof(sa_family_t),
	.as.any.sa_family = AF_UNSPEC,
};

/* ---- Descriptors ---- */

Test(sim_calls, a_descriptor_can_be_copied_onto_another)
{
	int one = socket_of(AF_INET, SOCK_STREAM);
	int other = socket_of(AF_INET, SOCK_DGRAM), type;
	socklen_t length = sizeof(type);

	SAYS(other, ops->dup2(kernel, one, other));
	ops->getsockopt(kernel, other, SOL_SOCKET, SO_TYPE, &type, &length);
	cr_assert(eq(int, type, SOCK_STREAM));
	SAYS(40, ops->dup2(kernel, one, 40));
	SAYS(-EINVAL, ops->dup2(kernel, one, one));
	SAYS(-EBADF, ops->dup2(kernel, one, -1));
	SAYS(-EBADF, ops->dup2(kernel, one, 1 << 30));
	SAYS(-EBADF, ops->dup2(kernel, 99, 5));
	SAYS(-EBADF, ops->dup(kernel, 99));
}

Test(sim_calls, flags_are_what_evert_has_set)
{
	int fd = socket_of(AF_INET, SOCK_STREAM);

	SAYS(O_RDWR | O_NONBLOCK, ops->fcntl(kernel, fd, F_GETFL, 0));
	SAYS(FD_CLOEXEC, ops->fcntl(kernel, fd, F_GETFD, 0));
	SAYS(0, ops->fcntl(kernel, fd, F_SETFL, O_NONBLOCK));
	SAYS(0, ops->fcntl(kernel, fd, F_SETFD, FD_CLOEXEC));
	SAYS(-EINVAL, ops->fcntl(kernel, fd, F_GETOWN, 0));
	SAYS(-EBADF, ops->fcntl(kernel, 99, F_GETFL, 0));
}

Test(sim_calls, what_is_behind_a_descriptor_can_be_told)
{
	struct stat status;
	int fds[2], local = socket_of(AF_UNIX, SOCK_STREAM);

	ops->pipe(kernel, fds);
	SAYS(0, ops->fstat(kernel, fds[0], &status));
	cr_assert(eq(uint, status.st_mode & S_IFMT, S_IFIFO));
	SAYS(0, ops->fstat(kernel, socket_of(AF_INET, SOCK_DGRAM), &status));
	cr_assert(eq(uint, status.st_mode & S_IFMT, S_IFSOCK));
	SAYS(0, ops->fchmod(kernel, local, 0600));
	SAYS(0, ops->fstat(kernel, local, &status));
	cr_assert(eq(uint, status.st_mode, S_IFSOCK | 0600));
	SAYS(0, ops->fchmod(kernel, fds[0], 0600));
	SAYS(-EBADF, ops->fchmod(kernel, 99, 0600));
	SAYS(-EBADF, ops->fstat(kernel, 99, &status));
}

Test(sim_calls, a_path_can_be_given_another_mode_and_owner)
{
	struct stat status;

	bind_to(socket_of(AF_UNIX, SOCK_STREAM), path("/run/s"));
	SAYS(0, ops->chmod(kernel, "/run/s", 0640));
	SAYS(0, ops->chown(kernel, "/run/s", 5, (gid_t)-1));
	SAYS(0, ops->chown(kernel, "/run/s", (uid_t)-1, 6));
	SAYS(0, ops->lstat(kernel, "/run/s", &status));
	cr_assert(eq(uint, status.st_mode, S_IFSOCK | 0640));
	cr_assert(eq(uint, status.st_uid, 5));
	cr_assert(eq(uint, status.st_gid, 6));
	SAYS(-ENOENT, ops->chmod(kernel, "/run/t", 0640));
	SAYS(-ENOENT, ops->chown(kernel, "/run/t", 1, 1));
	SAYS(-ENOENT, ops->unlink(kernel, "/run/t"));
	SAYS(-ENOENT, ops->lstat(kernel, "/run/t", &status));
	SAYS(0, ops->unlink(kernel, "/run/s"));
}

Test(sim_calls, sockets_of_other_kinds_are_not_there)
{
	SAYS(-EAFNOSUPPORT, ops->socket(kernel, AF_APPLETALK, SOCK_STREAM, 0));
	SAYS(-ESOCKTNOSUPPORT, ops->socket(kernel, AF_INET, SOCK_RAW, 0));
	SAYS(-ESOCKTNOSUPPORT, ops->socket(kernel, AF_UNIX, SOCK_RAW, 0));
}

/* Each call of a socket says so where the descriptor is of a pipe, or of
   nothing. */
static void try_as_socket(int fd, int error)
{
	char byte = 0;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	struct sockaddr_storage name;
	socklen_t length = sizeof(name);

	SAYS(error, bind_to(fd, ip("10.0.0.1", 80)));
	SAYS(error, connect_to(fd, ip("10.0.0.1", 80)));
	SAYS(error, ops->listen(kernel, fd, 1));
	SAYS(error, ops->accept(kernel, fd, NULL, NULL));
	SAYS(error, ops->shutdown(kernel, fd, SHUT_WR));
	SAYS(error, ops->peek(kernel, fd, &byte, 1));
	SAYS(error, ops->send(fd, &byte, 1, kernel));
	SAYS(error, ops->sendmsg(kernel, fd, &message, 0));
	SAYS(error, ops->recvmsg(kernel, fd, &message, 0));
	SAYS(error, ops->unacknowledged(kernel, fd));
	SAYS(error, ops->getsockname(kernel, fd, (struct sockaddr *)&name,
				     &length));
	SAYS(error, ops->getpeername(kernel, fd, (struct sockaddr *)&name,
				     &length));
	SAYS(error, ops->getsockopt(kernel, fd, SOL_SOCKET, SO_TYPE, &byte,
				    &length));
	SAYS(error, ops->setsockopt(kernel, fd, SOL_SOCKET, SO_TYPE, &byte, 1));
}

Test(sim_calls, what_is_no_socket_says_so)
{
	int fds[2];

	ops->pipe(kernel, fds);
	try_as_socket(fds[0], -ENOTSOCK);
	try_as_socket(99, -EBADF);
}

Test(sim_calls, an_address_that_is_cut_short_is_none)
{
	int fd = socket_of(AF_INET, SOCK_STREAM);
	struct evert_address v4 = ip("10.0.0.1", 80), v6 = ip("::1", 80);

	SAYS(-EINVAL, ops->bind(kernel, fd, &v4.as.any, 1));
	SAYS(-EINVAL, ops->bind(kernel, fd, &v4.as.any, 4));
	SAYS(-EINVAL, ops->bind(kernel, fd, &v6.as.any, 8));
	SAYS(-EINVAL, ops->bind(kernel, fd, &v4.as.any, 1000));
}

/* ---- Readiness ---- */

Test(sim_calls, epoll_knows_what_it_watches)
{
	int epoll = ops->epoll_create(kernel);
	int other = ops->epoll_create(kernel), fds[2];
	struct epoll_event event = {.events = EPOLLIN}, got[2];
	char byte;

	ops->pipe(kernel, fds);
	SAYS(0, ops->epoll_ctl(kernel, epoll, EPOLL_CTL_ADD, fds[0], &event));
	SAYS(-EEXIST,
	     ops->epoll_ctl(kernel, epoll, EPOLL_CTL_ADD, fds[0], &event));
	SAYS(-ENOENT,
	     ops->epoll_ctl(kernel, epoll, EPOLL_CTL_MOD, fds[1], &event));
	SAYS(-ENOENT,
	     ops->epoll_ctl(kernel, epoll, EPOLL_CTL_DEL, fds[1], &event));
	SAYS(-EBADF, ops->epoll_ctl(kernel, epoll, EPOLL_CTL_ADD, 99, &event));
	SAYS(-EBADF, ops->epoll_ctl(kernel, 99, EPOLL_CTL_ADD, fds[1], &event));
	SAYS(-EINVAL,
	     ops->epoll_ctl(kernel, fds[0], EPOLL_CTL_ADD, fds[1], &event));
	SAYS(-EINVAL,
	     ops->epoll_ctl(kernel, epoll, EPOLL_CTL_ADD, other, &event));
	SAYS(-EBADF, ops->epoll_wait(kernel, 99, got, 2, 0));
	SAYS(-EINVAL, ops->epoll_wait(kernel, fds[0], got, 2, 0));
	SAYS(-EINVAL, ops->read(epoll, &byte, 1, kernel));
	SAYS(-EINVAL, ops->write(kernel, epoll, "a", 1));
}

Test(sim_calls, epoll_tells_no_more_than_there_is_room_for)
{
	int epoll = ops->epoll_create(kernel), fds[2], more[2];
	struct epoll_event event = {.events = EPOLLOUT}, got[2];

	ops->pipe(kernel, fds);
	ops->pipe(kernel, more);
	ops->epoll_ctl(kernel, epoll, EPOLL_CTL_ADD, fds[1], &event);
	ops->epoll_ctl(kernel, epoll, EPOLL_CTL_ADD, more[1], &event);
	SAYS(2, ops->epoll_wait(kernel, epoll, got, 2, 0));
	SAYS(1, ops->epoll_wait(kernel, epoll, got, 1, 0));
}

Test(sim_calls, poll_sees_that_an_epoll_is_never_ready)
{
	struct pollfd fds[] = {
		{.fd = ops->epoll_create(kernel), .events = POLLIN | POLLOUT},
		{.fd = -1, .events = POLLIN},
	};

	SAYS(0, ops->poll(kernel, fds, 2, 10));
	fds[1].fd = 99;
	SAYS(1, ops->poll(kernel, fds, 2, 10));
	cr_assert(eq(int, fds[1].revents, POLLNVAL));
}

Test(sim_calls, poll_tells_at_times_only_some_of_what_is_ready)
{
	struct evert_sim_network cutting = network;
	struct pollfd fds[8];
	int pipes[2], told, i;
	bool some = false;

	cutting.cut = 0.9;
	evert_sim_set_network(sim, &cutting);
	for (i = 0; i < 8; i++) {
		ops->pipe(kernel, pipes);
		fds[i] = (struct pollfd){.fd = pipes[1], .events = POLLOUT};
	}
	for (i = 0; i < 100; i++) {
		told = ops->poll(kernel, fds, 8, 0);
		cr_assert(told >= 1);
		some |= told < 8;
	}
	cr_assert(some);
}

Test(sim_calls, who_waits_for_what_never_comes_is_told)
{
	struct pollfd nothing = {.fd = -1};

	SAYS(-EDEADLK, ops->poll(kernel, &nothing, 1, -1));
}

/* ---- Pipes ---- */

Test(sim_calls, a_pipe_takes_little_as_a_whole_and_much_in_part)
{
	static char bytes[70000];
	int fds[2];

	ops->pipe(kernel, fds);
	SAYS(0, ops->write(kernel, fds[1], bytes, 0));
	SAYS(0, ops->read(fds[0], bytes, 0, kernel));
	SAYS(-EAGAIN, ops->read(fds[0], bytes, 1, kernel));
	SAYS(65536, ops->write(kernel, fds[1], bytes, sizeof(bytes)));
	SAYS(-EAGAIN, ops->write(kernel, fds[1], bytes, sizeof(bytes)));
	SAYS(-EAGAIN, ops->write(kernel, fds[1], bytes, 1));
	SAYS(100, ops->read(fds[0], bytes, 100, kernel));
	SAYS(-EAGAIN, ops->write(kernel, fds[1], bytes, 101));
	SAYS(100, ops->write(kernel, fds[1], bytes, 100));
	SAYS(-EBADF, ops->read(fds[1], bytes, 1, kernel));
	SAYS(-EBADF, ops->write(kernel, fds[0], bytes, 1));
}

Test(sim_calls, a_pipe_whose_other_end_is_gone_says_so)
{
	int fds[2], others[2];
	char byte;

	ops->pipe(kernel, fds);
	ops->pipe(kernel, others);
	ops->close(kernel, fds[0]);
	SAYS(-EPIPE, ops->write(kernel, fds[1], "a", 1));
	ops->close(kernel, others[1]);
	SAYS(0, ops->read(others[0], &byte, 1, kernel));
}

/* ---- TCP ---- */

Test(sim_calls, a_tcp_socket_that_is_no_connection_says_so)
{
	int fd = socket_of(AF_INET, SOCK_STREAM);
	char byte;
	struct sockaddr_storage name;
	socklen_t length = sizeof(name);

	SAYS(-ENOTCONN, ops->read(fd, &byte, 1, kernel));
	SAYS(-EPIPE, ops->send(fd, "a", 1, kernel));
	SAYS(-ENOTCONN, ops->getpeername(kernel, fd, (struct sockaddr *)&name,
					 &length));
	SAYS(0, ops->getsockname(kernel, fd, (struct sockaddr *)&name,
				 &length));
	cr_assert(eq(int, name.ss_family, AF_INET));
	SAYS(0, ops->unacknowledged(kernel, fd));
	SAYS(-EINVAL, ops->accept(kernel, fd, NULL, NULL));
	SAYS(-EAFNOSUPPORT, connect_to(fd, ip("::1", 80)));
	SAYS(-EAFNOSUPPORT, bind_to(fd, ip("::1", 80)));
	SAYS(-EADDRNOTAVAIL, bind_to(fd, ip("10.0.0.9", 80)));
	SAYS(-ENOTCONN, ops->shutdown(kernel, fd, SHUT_RDWR));
	SAYS(0, ops->read(fd, &byte, 1, kernel));
	SAYS(0, bind_to(fd, ip("10.0.0.1", 80)));
	SAYS(-EINVAL, bind_to(fd, ip("10.0.0.1", 81)));
}

Test(sim_calls, a_tcp_socket_that_listens_is_no_connection)
{
	int fd = socket_of(AF_INET, SOCK_STREAM);
	char byte;

	SAYS(0, ops->listen(kernel, fd, -1));
	SAYS(-ENOTCONN, ops->read(fd, &byte, 1, kernel));
	SAYS(-EISCONN, connect_to(fd, ip("10.0.0.1", 80)));
	SAYS(-EINVAL, ops->unacknowledged(kernel, fd));
	SAYS(-EAGAIN, ops->accept(kernel, fd, NULL, NULL));
}

Test(sim_calls, descriptors_of_the_real_kernel_are_none_of_a_host)
{
	int fd;
	char byte;

	for (fd = 0; fd < 3; fd++) {
		SAYS(-EBADF, ops->fcntl(kernel, fd, F_GETFL, 0));
		SAYS(-EBADF, ops->read(fd, &byte, 1, kernel));
		SAYS(-EBADF, ops->write(kernel, fd, "a", 1));
	}
}

Test(sim_calls, who_connects_twice_is_told_how_far_it_is)
{
	int listener = socket_of(AF_INET, SOCK_STREAM);
	int fd = socket_of(AF_INET, SOCK_STREAM);
	struct evert_address there = ip("10.0.0.1", 80);

	bind_to(listener, there);
	ops->listen(kernel, listener, 1);
	SAYS(-EINPROGRESS, connect_to(fd, there));
	SAYS(-EALREADY, connect_to(fd, there));
	SAYS(-EAGAIN, ops->send(fd, "a", 1, kernel));
	SAYS(-EINVAL, ops->listen(kernel, fd, 1));
	evert_sim_run(sim, 1);
	SAYS(0, connect_to(fd, there));
	SAYS(-EISCONN, connect_to(fd, there));
}

Test(sim_calls, who_was_refused_hears_of_it_once)
{
	int fd = socket_of(AF_INET, SOCK_STREAM);
	struct evert_address there = ip("10.0.0.1", 80);

	SAYS(-EINPROGRESS, connect_to(fd, there));
	evert_sim_run(sim, 1);
	SAYS(-ECONNREFUSED, connect_to(fd, there));
	SAYS(-EINPROGRESS, connect_to(fd, there));
}

/* Two that are bound to one address, as this option lets them. */
static void bind_two(int option, struct evert_address there, int *fds)
{
	int i, yes = 1;

	for (i = 0; i < 2; i++) {
		fds[i] = socket_of(AF_INET, SOCK_STREAM);
		ops->setsockopt(kernel, fds[i], SOL_SOCKET, option, &yes,
				sizeof(yes));
	}
	for (i = 0; i < 2; i++)
		SAYS(0, bind_to(fds[i], there));
}

Test(sim_calls, two_that_listen_need_to_agree)
{
	int fds[2];

	bind_two(SO_REUSEADDR, ip("0.0.0.0", 80), fds);
	SAYS(0, ops->listen(kernel, fds[0], 1));
	SAYS(-EADDRINUSE, ops->listen(kernel, fds[1], 1));
}

Test(sim_calls, two_that_share_a_port_both_listen)
{
	int fds[2];

	bind_two(SO_REUSEPORT, ip("10.0.0.1", 80), fds);
	SAYS(0, ops->listen(kernel, fds[0], 1));
	SAYS(0, ops->listen(kernel, fds[1], 1));
}

Test(sim_calls, a_host_without_such_an_address_reaches_nobody)
{
	int fd = socket_of(AF_INET6, SOCK_STREAM);

	SAYS(-ENETUNREACH, connect_to(fd, ip("2001:db8::1", 80)));
}

Test(sim_calls, who_asks_nobody_in_particular_asks_itself)
{
	int fd = socket_of(AF_INET, SOCK_STREAM);

	bind_to(fd, ip("0.0.0.0", 1234));
	SAYS(-EINPROGRESS, connect_to(fd, ip("0.0.0.0", 80)));
	evert_sim_run(sim, 1);
	SAYS(-ECONNREFUSED, connect_to(fd, ip("0.0.0.0", 80)));
}

/* ---- UDP ---- */

Test(sim_calls, a_udp_socket_without_a_peer_says_so)
{
	int fd = socket_of(AF_INET, SOCK_DGRAM);
	struct sockaddr_storage name;
	socklen_t length = sizeof(name);
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	SAYS(0, ops->getsockname(kernel, fd, (struct sockaddr *)&name,
				 &length));
	SAYS(-ENOTCONN, ops->getpeername(kernel, fd, (struct sockaddr *)&name,
					 &length));
	SAYS(-ENOTCONN, ops->shutdown(kernel, fd, SHUT_WR));
	SAYS(-EAFNOSUPPORT, connect_to(fd, ip("::1", 80)));
	SAYS(-EDESTADDRREQ, ops->send(fd, "a", 1, kernel));
	SAYS(0, ops->unacknowledged(kernel, fd));
	SAYS(-EAGAIN, ops->read(fd, &byte, 1, kernel));
	SAYS(-EAGAIN, ops->recvmsg(kernel, fd, &message, MSG_ERRQUEUE));
	SAYS(-EOPNOTSUPP, ops->listen(kernel, fd, 1));
	SAYS(-EOPNOTSUPP, ops->accept(kernel, fd, NULL, NULL));
	SAYS(0, connect_to(fd, ip("10.0.0.1", 53)));
	SAYS(0, ops->shutdown(kernel, fd, SHUT_WR));
	SAYS(0, connect_to(fd, nowhere));
	SAYS(-EDESTADDRREQ, ops->send(fd, "a", 1, kernel));
}

Test(sim_calls, a_datagram_can_go_neither_everywhere_nor_with_everything)
{
	static char large[65508];
	int fd = socket_of(AF_INET, SOCK_DGRAM);
	struct evert_address v6 = ip("::1", 53), v4 = ip("10.0.0.1", 53);
	struct iovec part = {large, sizeof(large)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_name = &v6.as,
		.msg_namelen = v6.length,
	};
	struct mmsghdr two[2] = {{.msg_hdr = message}, {.msg_hdr = message}};

	SAYS(-EAFNOSUPPORT, ops->sendmsg(kernel, fd, &message, 0));
	message.msg_namelen = 1;
	SAYS(-EINVAL, ops->sendmsg(kernel, fd, &message, 0));
	message.msg_name = &v4.as;
	message.msg_namelen = v4.length;
	SAYS(-EMSGSIZE, ops->sendmsg(kernel, fd, &message, 0));
	SAYS(-EAFNOSUPPORT, ops->sendmmsg(kernel, fd, two, 2, 0));
	part.iov_len = 1;
	two[0].msg_hdr = message;
	SAYS(1, ops->sendmmsg(kernel, fd, two, 2, 0));
}

/* ---- UNIX sockets ---- */

Test(sim_calls, a_unix_socket_that_is_no_connection_says_so)
{
	int fd = socket_of(AF_UNIX, SOCK_STREAM);
	int messages = socket_of(AF_UNIX, SOCK_SEQPACKET);
	int datagrams = socket_of(AF_UNIX, SOCK_DGRAM);
	struct sockaddr_storage name;
	socklen_t length = sizeof(name);
	char byte;

	SAYS(-EINVAL, ops->read(fd, &byte, 1, kernel));
	SAYS(-ENOTCONN, ops->send(fd, "a", 1, kernel));
	SAYS(-ENOTCONN, ops->read(messages, &byte, 1, kernel));
	SAYS(-ENOTCONN, ops->send(messages, "a", 1, kernel));
	SAYS(-EAGAIN, ops->read(datagrams, &byte, 1, kernel));
	SAYS(-ENOTCONN, ops->send(datagrams, "a", 1, kernel));
	SAYS(-ENOTCONN, ops->getpeername(kernel, fd, (struct sockaddr *)&name,
					 &length));
	SAYS(0, ops->getsockname(kernel, fd, (struct sockaddr *)&name,
				 &length));
	SAYS(-EINVAL, ops->listen(kernel, fd, 1));
	SAYS(-EOPNOTSUPP, ops->listen(kernel, datagrams, 1));
	SAYS(-EINVAL, ops->accept(kernel, fd, NULL, NULL));
	SAYS(-EOPNOTSUPP, ops->accept(kernel, datagrams, NULL, NULL));
	SAYS(-EINVAL, ops->shutdown(kernel, fd, 17));
	SAYS(0, ops->unacknowledged(kernel, fd));
	SAYS(-EINVAL, bind_to(fd, ip("10.0.0.1", 80)));
	SAYS(-EINVAL, connect_to(fd, ip("10.0.0.1", 80)));
	SAYS(-EINVAL, connect_to(datagrams, ip("10.0.0.1", 80)));
}

Test(sim_calls, a_unix_socket_that_listens_takes_no_bytes)
{
	int fd = socket_of(AF_UNIX, SOCK_STREAM);
	struct pollfd polled = {.fd = fd, .events = POLLOUT};

	bind_to(fd, path("/s"));
	SAYS(0, ops->listen(kernel, fd, 100000));
	SAYS(-EINVAL, ops->unacknowledged(kernel, fd));
	SAYS(0, ops->poll(kernel, &polled, 1, 0));
	SAYS(-EAGAIN, ops->accept(kernel, fd, NULL, NULL));
	SAYS(-EINVAL, connect_to(fd, path("/s")));
	SAYS(-EADDRINUSE, bind_to(socket_of(AF_UNIX, SOCK_STREAM), path("/s")));
	SAYS(-EINVAL, bind_to(fd, path("/other")));
}

Test(sim_calls, a_unix_stream_goes_nowhere_by_name)
{
	int fds[2], alone = socket_of(AF_UNIX, SOCK_STREAM);
	struct evert_address to = path("/s");
	struct iovec part = {"a", 1};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_name = &to.as,
		.msg_namelen = to.length,
	};

	ops->socketpair(kernel, fds);
	SAYS(-EISCONN, ops->sendmsg(kernel, fds[0], &message, 0));
	SAYS(-EOPNOTSUPP, ops->sendmsg(kernel, alone, &message, 0));
	SAYS(0, ops->send(fds[0], "", 0, kernel));
	SAYS(-EINVAL, ops->shutdown(kernel, fds[0], 17));
	ops->shutdown(kernel, fds[0], SHUT_WR);
	SAYS(-EPIPE, ops->send(fds[0], "a", 1, kernel));
}

Test(sim_calls, abstract_names_are_found_and_belong_to_one)
{
	struct evert_address name, automatic = {
		.length = sizeof(sa_family_t),
		.as.any.sa_family = AF_UNIX,
	};
	int one = socket_of(AF_UNIX, SOCK_DGRAM);
	int other = socket_of(AF_UNIX, SOCK_DGRAM);
	socklen_t length = sizeof(name.as);

	evert_address_unix(&name, "\0name", 5);
	SAYS(0, bind_to(one, name));
	SAYS(-EADDRINUSE, bind_to(other, name));
	SAYS(-EINVAL, bind_to(one, name));
	SAYS(0, connect_to(other, name));
	SAYS(0, bind_to(other, automatic));
	SAYS(0, bind_to(other, automatic));
	SAYS(0, ops->getsockname(kernel, other, &name.as.any, &length));
	cr_assert(eq(sz, length, sizeof(sa_family_t) + 6));
	evert_address_unix(&name, "\0none", 5);
	SAYS(-ECONNREFUSED, connect_to(other, name));
}

Test(sim_calls, a_datagram_socket_with_a_peer_takes_from_it_alone)
{
	int one = socket_of(AF_UNIX, SOCK_DGRAM);
	int other = socket_of(AF_UNIX, SOCK_DGRAM);
	int third = socket_of(AF_UNIX, SOCK_DGRAM);
	char byte;

	bind_to(one, path("/one"));
	bind_to(other, path("/other"));
	SAYS(0, connect_to(third, path("/one")));
	SAYS(0, connect_to(one, path("/other")));
	SAYS(-EPERM, ops->send(third, "a", 1, kernel));
	SAYS(-EPERM, connect_to(third, path("/one")));
	SAYS(0, connect_to(other, path("/one")));
	SAYS(1, ops->send(other, "a", 1, kernel));
	/* What one has not read is lost when it goes. */
	SAYS(0, connect_to(one, nowhere));
	SAYS(-ECONNRESET, ops->send(other, "a", 1, kernel));
	SAYS(-EAGAIN, ops->read(one, &byte, 1, kernel));
	ops->shutdown(kernel, one, SHUT_RD);
	SAYS(-EPIPE, ops->send(other, "a", 1, kernel));
	ops->shutdown(kernel, other, SHUT_WR);
	SAYS(-EPIPE, ops->send(other, "a", 1, kernel));
}

Test(sim_calls, a_datagram_in_several_parts_is_one)
{
	int fds[2], i;
	char first[2], second[3];
	struct iovec parts[] = {{first, 0}, {first, 2}, {second, 3}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};

	ops->socketpair(kernel, fds);
	for (i = 0; i < 2; i++)
		SAYS(3, ops->send(fds[0], i ? "def" : "abc", 3, kernel));
	SAYS(5, ops->recvmsg(kernel, fds[1], &message, 0));
	cr_assert(zero(int, memcmp(first, "ab", 2)));
	cr_assert(zero(int, memcmp(second, "cde", 3)));
}
