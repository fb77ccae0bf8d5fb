/* SPDX-License-Identifier: MIT */
#include "routes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/address.h"

struct route routes[MOST_ROUTES];
char attempts[256];
int64_t first_attempt;

static struct test_system *network;
static struct evert_system_ops ops;

static struct route *route_to(const struct sockaddr *address, socklen_t length)
{
	struct evert_address to = { .length = length };
	char text[EVERT_ADDRESS_TEXT_SIZE];
	struct route *route;

	memcpy(&to.as, address, length);
	evert_address_text(&to, text, sizeof(text));
	*strrchr(text, ':') = '\0';
	for (route = routes; route->host; route++)
		if (!strcmp(route->host, text))
			return route;
	return NULL;
}

static void note_attempt(const char *host)
{
	size_t length = strlen(attempts);

	if (!length)
		first_attempt = network->now;
	snprintf(attempts + length, sizeof(attempts) - length, "%s%s@%d",
		 length ? " " : "", host,
		 (int)((network->now - first_attempt) / 1000000));
}

/* `fd` becomes a connection whose other end takes no more for now. */
static int hang(struct route *route, int fd)
{
	static const char bytes[4096];
	int pair[2];

	cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) ==
		  0);
	while (write(pair[0], bytes, sizeof(bytes)) > 0) {
	}
	dup2(pair[0], fd);
	close(pair[0]);
	route->other = pair[1];
	return -EINPROGRESS;
}

static bool is_datagram(int fd)
{
	int type = 0;
	socklen_t length = sizeof(type);

	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
	return type == SOCK_DGRAM;
}

static int routed_connect(struct evert_system *base, int fd,
			  const struct sockaddr *address, socklen_t length)
{
	struct route *route = route_to(address, length);
	struct evert_system *kernel = evert_system_real();

	if (!route)
		return kernel->ops->connect(kernel, fd, address, length);
	(void)base;
	/* Who sorts addresses asks so from where one is reached. */
	if (is_datagram(fd))
		return -ENETUNREACH;
	note_attempt(route->host);
	if (route->error)
		return -route->error;
	if (route->hangs)
		return hang(route, fd);
	return kernel->ops->connect(kernel, fd, address, length);
}

static int routed_socket(struct evert_system *base, int domain, int type,
			 int protocol)
{
	struct evert_system *kernel = evert_system_real();

	(void)base;
	(void)domain;
	return kernel->ops->socket(kernel, AF_INET, type, protocol);
}

void route_succeed(const char *host)
{
	struct route *route = routes;
	char bytes[4096];

	while (strcmp(route->host, host) != 0)
		route++;
	while (read(route->other, bytes, sizeof(bytes)) > 0) {
	}
}

void route_fail(struct route *route)
{
	close(route->other);
	route->other = -1;
}

bool route_is_closed(const struct route *route)
{
	char bytes[4096];
	ssize_t size;

	do {
		size = read(route->other, bytes, sizeof(bytes));
	} while (size > 0);
	return size == 0;
}

size_t routes_open_ends(void)
{
	const struct route *route;
	size_t count = 0;

	for (route = routes; route->host; route++)
		count += route->hangs && route->other > 0;
	return count;
}

struct evert_system_ops *routes_begin(struct test_system *with)
{
	network = with;
	ops = *network->base.ops;
	ops.connect = routed_connect;
	network->base.ops = &ops;
	return &ops;
}

void routes_use_any_family(void)
{
	ops.socket = routed_socket;
}

void routes_end(void)
{
	struct route *route;

	for (route = routes; route->host; route++)
		if (route->hangs && route->other > 0)
			close(route->other);
}
