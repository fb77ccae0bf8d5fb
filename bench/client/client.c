/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"

enum { SOURCES = 16, BUFFER = 65536 };

uint64_t client_calls;

void client_fail(const char *what)
{
	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Counts a call and looks at its result. */
static int called(int result, const char *what)
{
	client_calls++;
	if (result < 0)
		client_fail(what);
	return result;
}

/* ---- Connecting ---- */

static void set(int fd, int level, int option)
{
	int on = 1;

	called(setsockopt(fd, level, option, &on, sizeof(on)), "setsockopt");
}

static struct sockaddr_in address(unsigned host, int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl((127u << 24) + host),
		.sin_port = htons((uint16_t)port),
	};
}

void client_connect(struct client *client, const struct exchange *exchange,
		    int port)
{
	static unsigned connects;
	struct sockaddr_in from = address(2 + connects++ % SOURCES, 0);
	struct sockaddr_in to = address(1, port);
	int type = exchange->datagrams ? SOCK_DGRAM : SOCK_STREAM;
	int fd = called(socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket");

	set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
	if (!exchange->datagrams)
		set(fd, IPPROTO_TCP, TCP_NODELAY);
	called(bind(fd, (struct sockaddr *)&from, sizeof(from)), "bind");
	called(connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
	called(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
	*client = (struct client){ .fd = fd };
	if (!exchange->datagrams)
		channel_open(client);
}

/* ---- Talking ---- */

/* All of a request at once: what is lost of it is not worth measuring. */
static void send_datagrams(struct client *client,
			   const struct exchange *exchange)
{
	struct mmsghdr messages[DATAGRAMS_AT_MOST] = { 0 };
	struct iovec parts[DATAGRAMS_AT_MOST];
	size_t i, count = exchange->datagrams;
	int sent;

	for (i = 0; i < count; i++) {
		parts[i] = (struct iovec){
			exchange->request + i * exchange->piece,
			exchange->piece,
		};
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	sent = called(sendmmsg(client->fd, messages, (unsigned)count, 0),
		      "sendmmsg");
	errno = ENOBUFS;
	if ((size_t)sent < count)
		client_fail("sendmmsg");
	client->sent += exchange->request_length;
}

bool client_send(struct client *client, const struct exchange *exchange)
{
	uint64_t due = client->due * exchange->request_length - client->sent;
	size_t at, size;
	ssize_t sent;

	if (!due)
		return false;
	if (exchange->datagrams) {
		send_datagrams(client, exchange);
		return false;
	}
	at = client->sent % exchange->request_length;
	size = exchange->request_length - at;
	if (size > exchange->piece)
		size = exchange->piece;
	sent = channel_send(client, exchange->request + at, size);
	if (sent < 0 && errno != EAGAIN)
		client_fail("send");
	client->sent += sent > 0 ? (uint64_t)sent : 0;
	return sent < 0 || (uint64_t)sent < due;
}

static void check(const struct client *client, const struct exchange *exchange,
		  const char *data, size_t length)
{
	size_t at = client->received % exchange->answer_length, part;

	for (; length; data += part, length -= part, at = 0) {
		part = exchange->answer_length - at;
		if (part > length)
			part = length;
		errno = EPROTO;
		if (memcmp(data, exchange->answer + at, part))
			client_fail("wrong answer");
	}
}

static int receive_bytes(struct client *client, const struct exchange *exchange)
{
	static char buffer[BUFFER];
	ssize_t got = channel_receive(client, buffer, sizeof(buffer));

	if (got < 0 && errno == EAGAIN)
		return 0;
	if (got < 0)
		client_fail("recv");
	if (got == 0)
		return -1;
	check(client, exchange, buffer, (size_t)got);
	client->received += (uint64_t)got;
	return (int)got;
}

static int receive_datagrams(struct client *client,
			     const struct exchange *exchange)
{
	static char buffers[DATAGRAMS_AT_MOST][256];
	struct mmsghdr messages[DATAGRAMS_AT_MOST] = { 0 };
	struct iovec parts[DATAGRAMS_AT_MOST];
	int i, count, bytes = 0;

	for (i = 0; i < DATAGRAMS_AT_MOST; i++) {
		parts[i] = (struct iovec){ buffers[i], sizeof(buffers[i]) };
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	count = recvmmsg(client->fd, messages, DATAGRAMS_AT_MOST, 0, NULL);
	client_calls++;
	if (count < 0 && errno != EAGAIN)
		client_fail("recvmmsg");
	for (i = 0; i < count; i++) {
		check(client, exchange, buffers[i], messages[i].msg_len);
		client->received += messages[i].msg_len;
		bytes += (int)messages[i].msg_len;
	}
	return bytes;
}

int client_receive(struct client *client, const struct exchange *exchange)
{
	if (exchange->datagrams)
		return receive_datagrams(client, exchange);
	return receive_bytes(client, exchange);
}

uint64_t client_answers(const struct client *client,
			const struct exchange *exchange)
{
	if (!exchange->answer_length)
		return client->sent / exchange->request_length;
	return client->received / exchange->answer_length;
}

/* ---- Ending ---- */

void client_shutdown(struct client *client)
{
	channel_shutdown(client);
}

void client_close(struct client *client)
{
	channel_close(client);
	called(close(client->fd), "close");
	client->fd = -1;
}
