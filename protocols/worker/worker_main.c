/* SPDX-License-Identifier: MIT */
/* In a worker: reads calls and writes answers, and blocks. */
#include "worker_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"

static const evert_worker_function *all_functions;

const evert_worker_function *evert_worker_functions(void)
{
	return all_functions;
}

/* ---- Bytes ---- */

/* False: nobody asks any more. */
static bool read_all(int fd, void *to, size_t length)
{
	char *at = to;
	ssize_t got;

	for (; length; at += got, length -= (size_t)got) {
		do {
			got = read(fd, at, length);
		} while (got < 0 && errno == EINTR);
		if (got <= 0)
			return false;
	}
	return true;
}

static void skip(struct msghdr *message, size_t sent)
{
	struct iovec *part = message->msg_iov;

	for (; message->msg_iovlen && sent >= part->iov_len; part++) {
		sent -= part->iov_len;
		message->msg_iovlen--;
	}
	if (sent) {
		part->iov_base = (char *)part->iov_base + sent;
		part->iov_len -= sent;
	}
	message->msg_iov = part;
}

static bool send_all(int fd, struct iovec *parts, size_t count)
{
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = count };
	ssize_t sent;

	while (message.msg_iovlen) {
		do {
			sent = sendmsg(fd, &message, MSG_NOSIGNAL);
		} while (sent < 0 && errno == EINTR);
		if (sent < 0)
			return false;
		skip(&message, (size_t)sent);
	}
	return true;
}

/* More bytes than the prefix can say are over any pool's limit, as is the most
   that it says. */
static bool answer(int fd, enum evert_worker_answer how, const char *bytes,
		   size_t length)
{
	uint32_t prefix = htonl(length < UINT32_MAX ? (uint32_t)length + 1
						    : UINT32_MAX);
	char kind = (char)how;
	struct iovec parts[] = {
		{ &prefix, sizeof(prefix) },
		{ &kind, 1 },
		{ (char *)bytes, length },
	};

	return send_all(fd, parts, 3);
}

/* ---- Calls ---- */

static bool answer_with(int fd, struct evert_result result)
{
	const struct evert_failure *failure;
	bool sent;

	if (evert_result_is_failure(&result)) {
		failure = evert_result_as_failure(&result);
		sent = answer(fd, EVERT_WORKER_SAID_NO, failure->message,
			      strlen(failure->message));
	} else if (!result.type) {
		sent = answer(fd, EVERT_WORKER_DONE, NULL, 0);
	} else {
		sent = answer(fd, EVERT_WORKER_DONE,
			      evert_result_as_text(&result),
			      evert_result_text_length(&result));
	}
	evert_result_release(result);
	return sent;
}

static bool call(int fd, const char *frame, size_t length)
{
	struct evert_result result;
	size_t i, number = (unsigned char)*frame;

	for (i = 0; i < number && all_functions[i];)
		i++;
	if (!all_functions[i])
		evert_bug("a worker was asked for a function that is not "
			  "among those its main gave to evert_worker_main");
	result = all_functions[i](frame + 1, length - 1);
	fflush(NULL); /* it may be killed at any time */
	return answer_with(fd, result);
}

static bool serve_one(int fd)
{
	uint32_t length;
	bool served;
	char *frame;

	if (!read_all(fd, &length, sizeof(length)))
		return false;
	length = ntohl(length);
	frame = length ? evert_allocate(length) : NULL;
	if (!frame)
		return false; /* the caller is told that it died */
	served = read_all(fd, frame, length) && call(fd, frame, length);
	evert_free(frame);
	return served;
}

static _Noreturn void serve(int fd)
{
	signal(SIGINT, SIG_IGN);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	while (serve_one(fd)) {
	}
	exit(0);
}

static bool is_socket(int fd)
{
	struct stat status;

	return !fstat(fd, &status) && S_ISSOCK(status.st_mode);
}

void evert_worker_main(const evert_worker_function *functions)
{
	const char *variable = getenv(EVERT_WORKER_VARIABLE);
	int fd;

	all_functions = functions;
	if (!variable)
		return;
	fd = atoi(variable);
	unsetenv(EVERT_WORKER_VARIABLE);
	if (!is_socket(fd))
		evert_bug(EVERT_WORKER_VARIABLE " is in the environment, but "
			  "no pool started this process; it is for workers "
			  "alone");
	serve(fd);
}
