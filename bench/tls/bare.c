/* SPDX-License-Identifier: MIT */
#include "bare.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/announce.h"

enum { EVENTS = 256 };

static int epoll;

static void set_wait(SSL *ssl, int operation, uint32_t what)
{
	struct epoll_event event = { .events = what, .data.ptr = ssl };

	epoll_ctl(epoll, operation, SSL_get_fd(ssl), &event);
}

void bare_wait(SSL *ssl, uint32_t what)
{
	set_wait(ssl, EPOLL_CTL_MOD, what);
}

void bare_end(SSL *ssl)
{
	int fd = SSL_get_fd(ssl);

	SSL_free(ssl);
	ERR_clear_error();
	close(fd);
}

bool bare_goes_on(SSL *ssl, int result)
{
	int error = SSL_get_error(ssl, result);

	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return true;
	if (error == SSL_ERROR_ZERO_RETURN)
		SSL_shutdown(ssl);
	bare_end(ssl);
	return false;
}

/* ---- Accepting ---- */

/* Reading ahead, a record is one system call and not two. */
static void accept_all(int listener)
{
	int fd, on = 1;
	SSL *ssl;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		ssl = tls_session();
		SSL_set_fd(ssl, fd);
		SSL_set_read_ahead(ssl, 1);
		set_wait(ssl, EPOLL_CTL_ADD, EPOLLIN);
	}
}

static int listen_somewhere(void)
{
	struct sockaddr_in address = loopback();
	struct epoll_event event = { .events = EPOLLIN };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, BACKLOG))
		fail("listen", errno);
	announce(fd);
	epoll = epoll_create1(0);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	return fd;
}

_Noreturn void bare_serve(void (*ready)(SSL *ssl))
{
	struct epoll_event events[EVENTS];
	int i, count, listener = listen_somewhere();

	for (;;) {
		count = epoll_wait(epoll, events, EVENTS, -1);
		for (i = 0; i < count; i++)
			if (events[i].data.ptr)
				ready(events[i].data.ptr);
			else
				accept_all(listener);
	}
}
