/* SPDX-License-Identifier: MIT */
/*
 * stderr's file description is shared with other processes, so that to make it
 * non-blocking is out of the question. Whether it takes a report now is asked
 * in three ways; what is left may block, but does not: files.
 */
#include "say_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { LONG_LINE = 1024 };

atomic_size_t evert_say_left_out;

/* The last one was cut. */
static atomic_bool in_a_line;

/* ---- Text ---- */

static void cut(struct evert_text *text)
{
	static const char end[] = " ...\n";
	size_t length = sizeof(end) - 1;

	memcpy(text->gathered + EVERT_TEXT_SIZE - length, end, length);
	text->length = EVERT_TEXT_SIZE;
}

void evert_text_add_list(struct evert_text *text, const char *format,
			 va_list args)
{
	size_t room = EVERT_TEXT_SIZE - text->length;
	int length;

	if (text->to) {
		vfprintf(text->to, format, args);
		return;
	}
	length = room ? vsnprintf(text->gathered + text->length, room, format,
				  args) :
			0;
	if (length > 0 && (size_t)length >= room)
		cut(text);
	else if (length > 0)
		text->length += (size_t)length;
}

void evert_text_add(struct evert_text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	evert_text_add_list(text, format, args);
	va_end(args);
}

void evert_text_end_line(struct evert_text *text)
{
	evert_text_add(text, "\n");
	if (text->length < EVERT_TEXT_SIZE - LONG_LINE)
		return;
	evert_text_say(text);
	text->length = 0;
}

/* ---- Writing without waiting ---- */

/* -1 and EAGAIN if it takes nothing now, EOPNOTSUPP if that is not known. */
static ssize_t write_now(int fd, const char *text, size_t length)
{
	struct iovec all = { (char *)text, length };
	ssize_t sent = send(fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent >= 0 || errno != ENOTSOCK)
		return sent;
	return pwritev2(fd, &all, 1, -1, RWF_NOWAIT);
}

/* A terminal that says it takes something may take little: to write to it
   without waiting needs a file description of our own. */
static ssize_t write_to_terminal(int fd, const char *text, size_t length)
{
	ssize_t written = -1;
	char path[32];
	int own;

	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own >= 0) {
		written = write(own, text, length);
		close(own);
	}
	return written;
}

/* Terminals, files, and pipes of an older kernel. */
static ssize_t write_when_ready(int fd, const char *text, size_t length)
{
	struct pollfd stream = { .fd = fd, .events = POLLOUT };

	if (poll(&stream, 1, 0) != 1 || !(stream.revents & POLLOUT)) {
		errno = EAGAIN;
		return -1;
	}
	return isatty(fd) ? write_to_terminal(fd, text, length) :
			    write(fd, text, length);
}

/* As much as it takes now. */
static size_t write_some(int fd, const char *text, size_t length)
{
	size_t done = 0;
	ssize_t written;

	while (done < length) {
		written = write_now(fd, text + done, length - done);
		if (written < 0 &&
		    (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL))
			written = write_when_ready(fd, text + done,
						   length - done);
		if (written > 0)
			done += (size_t)written;
		else if (written == 0 || errno != EINTR)
			break;
	}
	return done;
}

/* The same, without a SIGPIPE where nobody reads any more. */
static size_t write_in_peace(int fd, const char *text, size_t length)
{
	static const struct timespec at_once;
	sigset_t pipe, before, pending;
	size_t done;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &before);
	sigpending(&pending);
	done = write_some(fd, text, length);
	if (done < length && errno == EPIPE && !sigismember(&pending, SIGPIPE))
		sigtimedwait(&pipe, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return done;
}

bool evert_say_whole(const char *text, size_t length)
{
	int saved = errno;
	size_t done = 0;

	if (!atomic_load(&in_a_line) ||
	    write_in_peace(fileno(stderr), "\n", 1) == 1) {
		atomic_store(&in_a_line, false);
		done = write_in_peace(fileno(stderr), text, length);
	}
	if (done && done < length)
		atomic_store(&in_a_line, true);
	errno = saved;
	return done == length;
}

/* ---- Counting ---- */

/* A fork's child tells of its own. */
static atomic_long owner;

static void leave_out(size_t count)
{
	static atomic_flag at_exit = ATOMIC_FLAG_INIT;
	long self = getpid();

	if (atomic_exchange(&owner, self) != self)
		atomic_store(&evert_say_left_out, 0);
	atomic_fetch_add(&evert_say_left_out, count);
	if (!atomic_flag_test_and_set(&at_exit))
		atexit(evert_say_what_was_left_out);
}

void evert_say_what_was_left_out(void)
{
	size_t count = atomic_exchange(&evert_say_left_out, 0);
	struct evert_text text;

	if (!count || atomic_load(&owner) != getpid())
		return;
	evert_text_init(&text, NULL);
	evert_text_add(&text,
		       "evert: %zu report%s left out, since stderr took no "
		       "more\n",
		       count, count == 1 ? " was" : "s were");
	if (!evert_say_whole(text.gathered, text.length))
		leave_out(count);
}

void evert_say_try_again(int64_t now)
{
	static _Atomic(int64_t) next;

	if (now < atomic_load(&next))
		return;
	atomic_store(&next, now + 1000000000);
	evert_say_what_was_left_out();
}

/* ---- Saying ---- */

void evert_text_say(struct evert_text *text)
{
	if (atomic_load(&evert_say_left_out))
		evert_say_what_was_left_out();
	if (atomic_load(&evert_say_left_out) ||
	    !evert_say_whole(text->gathered, text->length))
		leave_out(1);
}

void evert_say(const char *format, ...)
{
	struct evert_text text;
	va_list args;

	evert_text_init(&text, NULL);
	va_start(args, format);
	evert_text_add_list(&text, format, args);
	va_end(args);
	evert_text_say(&text);
}
