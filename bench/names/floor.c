/* SPDX-License-Identifier: MIT */
/* The floor: the same questions, written before, by poll, sendmmsg and
   recvmmsg, with as many under way as are asked at once; answers are counted.
   With SEGMENTS the kernel cuts those of one length (UDP_SEGMENT). */
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "names/names.h"

#ifndef SEGMENTS
#define SEGMENTS false
#endif

enum { NAMES = NAMES_ROUNDS * NAMES_AT_ONCE, BATCH = 64, SIZE = 1024 };

static struct question {
	uint16_t length;
	uint8_t bytes[62];
} questions[NAMES];

static struct mmsghdr messages[BATCH];
static struct iovec parts[BATCH];
static char answers[BATCH][SIZE];
static _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))];

/* ---- Questions ---- */

static uint8_t *put_name(uint8_t *to, char *name)
{
	char *label;

	for (label = strtok(name, "."); label; label = strtok(NULL, ".")) {
		*to = (uint8_t)strlen(label);
		memcpy(to + 1, label, *to);
		to += 1 + *to;
	}
	*to = 0;
	return to + 1;
}

static void write_question(unsigned number)
{
	static const uint8_t type_and_class[] = { 0, 1, 0, 1 };
	struct question *question = &questions[number];
	uint8_t header[12] = { (uint8_t)(number >> 8), (uint8_t)number, 1, 0,
			       0, 1 };
	char name[NAMES_SIZE];
	uint8_t *end;

	memcpy(question->bytes, header, sizeof(header));
	names_write(name, 0, number);
	end = put_name(question->bytes + sizeof(header), name);
	memcpy(end, type_and_class, sizeof(type_and_class));
	end += sizeof(type_and_class);
	question->length = (uint16_t)(end - question->bytes);
}

/* ---- On their way ---- */

static struct msghdr *message_of(unsigned i, void *bytes, size_t length)
{
	parts[i] = (struct iovec){ bytes, length };
	messages[i].msg_hdr = (struct msghdr){
		.msg_iov = &parts[i],
		.msg_iovlen = 1,
	};
	return &messages[i].msg_hdr;
}

static unsigned send_apart(int fd, unsigned first, unsigned most)
{
	unsigned i;
	int sent;

	for (i = 0; i < most && i < BATCH; i++)
		message_of(i, questions[first + i].bytes,
			   questions[first + i].length);
	sent = sendmmsg(fd, messages, i, 0);
	return sent > 0 ? (unsigned)sent : 0;
}

static unsigned send_joined(int fd, unsigned first, unsigned most)
{
	const uint16_t size = questions[first].length;
	struct msghdr message = { .msg_iov = parts };
	struct cmsghdr *cut;
	unsigned i;

	for (i = 0; i < most && i < BATCH && questions[first + i].length == size;
	     i++)
		parts[i] = (struct iovec){ questions[first + i].bytes, size };
	message.msg_iovlen = i;
	if (i > 1) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		cut = CMSG_FIRSTHDR(&message);
		cut->cmsg_level = IPPROTO_UDP;
		cut->cmsg_type = UDP_SEGMENT;
		cut->cmsg_len = CMSG_LEN(sizeof(size));
		memcpy(CMSG_DATA(cut), &size, sizeof(size));
	}
	return sendmsg(fd, &message, 0) < 0 ? 0 : i;
}

static unsigned receive(int fd)
{
	unsigned i;
	int got;

	for (i = 0; i < BATCH; i++)
		message_of(i, answers[i], SIZE);
	got = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
	return got > 0 ? (unsigned)got : 0;
}

static void ask_all(int fd)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	unsigned sent = 0, got = 0, more, most;

	while (got < NAMES) {
		while (sent < NAMES && sent - got < NAMES_AT_ONCE) {
			most = NAMES_AT_ONCE - (sent - got);
			if (most > NAMES - sent)
				most = NAMES - sent;
			sent += SEGMENTS ? send_joined(fd, sent, most) :
					   send_apart(fd, sent, most);
		}
		more = receive(fd);
		got += more;
		if (!more)
			poll(&readable, 1, -1);
	}
}

static int connect_to(const char *port)
{
	struct sockaddr_in server = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int size = 4 << 20; /* for all at once */
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return connect(fd, (struct sockaddr *)&server, sizeof(server)) ? -1 :
									 fd;
}

int main(int argc, char **argv)
{
	struct names_time start;
	unsigned i;
	int fd;

	(void)argc;
	for (i = 0; i < NAMES; i++)
		write_question(i);
	names_begin(&start);
	fd = connect_to(argv[1]);
	if (fd < 0)
		return 1;
	ask_all(fd);
	names_end(&start, 0);
	return 0;
}
