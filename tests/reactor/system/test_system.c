/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/system/system.h"
#include "../../support/child.h"
#include "../../support/reactor.h"

/* ---- A program without stdin, stdout and stderr ---- */

static bool are_free(void)
{
	return fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0 &&
	       fcntl(2, F_GETFD) < 0;
}

static bool is_beyond(int fd)
{
	return fd > STDERR_FILENO && fcntl(fd, F_GETFD) == FD_CLOEXEC &&
	       are_free();
}

static void close_standard_streams(void)
{
	close(0);
	close(1);
	close(2);
}

static int listen_somewhere(struct evert_system *system)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = system->ops->socket(system, AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bind(fd, (struct sockaddr *)&address, sizeof(address));
	listen(fd, 1);
	return fd;
}

static bool accepts_beyond(struct evert_system *system)
{
	int port = listen_somewhere(system);
	int client = system->ops->socket(system, AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address;
	socklen_t length = sizeof(address);

	getsockname(port, (struct sockaddr *)&address, &length);
	connect(client, (struct sockaddr *)&address, length);
	return is_beyond(port) && is_beyond(client) &&
	       is_beyond(system->ops->accept(system, port, NULL, NULL));
}

static bool makes_none_of_them(void)
{
	struct evert_system *system = evert_system_real();
	int fds[2];

	close_standard_streams();
	return accepts_beyond(system) && !system->ops->pipe(system, fds) &&
	       is_beyond(fds[0]) && is_beyond(fds[1]) &&
	       is_beyond(system->ops->dup(system, fds[0])) &&
	       is_beyond(system->ops->epoll_create(system)) &&
	       is_beyond(system->ops->timerfd_create(system));
}

Test(system, p92_no_descriptor_is_one_of_a_standard_stream)
{
	cr_assert(child(makes_none_of_them));
}

static bool leaks_none(void)
{
	struct evert_system *system = evert_system_real();
	struct rlimit three = { 3, 3 };
	int fds[2];

	close_standard_streams();
	setrlimit(RLIMIT_NOFILE, &three);
	return system->ops->socket(system, AF_INET, SOCK_STREAM, 0) ==
		       -EMFILE &&
	       system->ops->pipe(system, fds) == -EMFILE && are_free();
}

Test(system, p94_where_there_is_no_other_none_is_open)
{
	cr_assert(child(leaks_none));
}

static struct recorder_factory clients, servers;

static bool talks(void)
{
	struct evert_reactor *reactor;
	struct connected pair;

	close_standard_streams();
	reactor = make_reactor(NULL);
	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, NULL, NULL);
	pair = connect_pair(reactor, &clients, &servers);
	/* What a report is written to. */
	if (write(STDERR_FILENO, "evert: ", 7) >= 0 || errno != EBADF)
		return false;
	recorder_write(pair.client, "hello");
	turn_until_count(reactor, &pair.server->received, 5);
	evert_reactor_destroy(reactor);
	return are_free();
}

Test(system, p92_no_peer_gets_what_a_program_without_stderr_says)
{
	cr_assert(child(talks));
}
