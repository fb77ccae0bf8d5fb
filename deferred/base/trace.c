/* SPDX-License-Identifier: MIT */
/*
 * Events are gathered in a buffer, which is written when it is full and at the
 * end. The file is non-blocking: where it is a pipe whose reader has stalled,
 * the buffer stays full, and events are left out and counted.
 *
 * The buffer is no stdio stream's, which every child of a fork would flush at
 * its end into the same file.
 */
#include "trace_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "descriptor_internal.h"
#include "say_internal.h"

enum {
	BUFFER_SIZE = 65536,
	EVENT_SIZE = 1024,	 /* at most; what is longer is left out */
	END_MILLISECONDS = 1000, /* for a reader that takes nothing more */
};

#define PROCESS_ID "%p" /* in the file's name */

atomic_bool evert_trace_is_on;

static struct {
	pthread_mutex_t mutex;
	int fd;
	const char *separator;
	size_t left_out; /* events, since the last that was not */
	char *pattern;	 /* of the file's name, if each process has its own */
	size_t length;
	char buffer[BUFFER_SIZE];
} trace = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.separator = "[\n",
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

/* ---- The buffer ---- */

/* As much as the file takes now; false: nothing, errno says why. */
static bool flush(void)
{
	ssize_t written;

	do {
		written = write(trace.fd, trace.buffer, trace.length);
	} while (written < 0 && errno == EINTR);
	if (written <= 0)
		return false;
	trace.length -= (size_t)written;
	memmove(trace.buffer, trace.buffer + written, trace.length);
	return true;
}

/* False: there is no room, nothing was added. */
static bool add(const char *text, size_t length)
{
	if (length > BUFFER_SIZE - trace.length)
		flush();
	if (length > BUFFER_SIZE - trace.length)
		return false;
	memcpy(trace.buffer + trace.length, text, length);
	trace.length += length;
	return true;
}

/* ---- Events ---- */

struct event {
	size_t length;
	char text[EVENT_SIZE];
};

static void EVERT_PRINTF(2, 3)
	print(struct event *event, const char *format, ...)
{
	size_t room = EVENT_SIZE - event->length;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(event->text + event->length, room, format, args);
	va_end(args);
	event->length += length > 0 && (size_t)length < room ? (size_t)length :
							       room;
}

static void put(struct event *event, char letter)
{
	if (event->length < EVENT_SIZE)
		event->text[event->length++] = letter;
}

static void put_text(struct event *event, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			put(event, '\\');
		if ((unsigned char)*text < ' ')
			print(event, "\\u%04x", (unsigned char)*text);
		else
			put(event, *text);
	}
}

static void begin(struct event *event, const char *phase)
{
	/* Threads are told apart by an address of their own. */
	static _Thread_local char here;

	event->length = 0;
	print(event, "%s{\"ph\":%s,\"ts\":%.3f,\"pid\":%ld,\"tid\":%lu,",
	      trace.separator, phase, now(), (long)getpid(),
	      (unsigned long)(uintptr_t)&here);
}

static bool add_event(const struct event *event)
{
	if (event->length == EVENT_SIZE || !add(event->text, event->length))
		return false;
	trace.separator = ",\n";
	return true;
}

/* An event that tells of those that were left out. */
static bool tell_left_out(void)
{
	struct event event;

	if (!trace.left_out)
		return true;
	begin(&event, "\"i\",\"s\":\"g\"");
	print(&event, "\"cat\":\"trace\",\"name\":\"%zu events left out\"}",
	      trace.left_out);
	if (!add_event(&event))
		return false;
	trace.left_out = 0;
	return true;
}

void evert_trace_write(char phase, const char *category, const char *name)
{
	char quoted[] = { '"', phase, '"', '\0' };
	struct event event;

	pthread_mutex_lock(&trace.mutex);
	if (!evert_trace_is_recording()) {
		/* It has ended meanwhile. */
	} else if (tell_left_out()) {
		begin(&event, quoted);
		print(&event, "\"cat\":\"%s\",\"name\":\"", category);
		put_text(&event, name);
		print(&event, "\"}");
		if (!add_event(&event))
			trace.left_out++;
	} else {
		trace.left_out++;
	}
	pthread_mutex_unlock(&trace.mutex);
}

/* ---- Begin and end ---- */

/* A reader may be slow now, but not for ever. */
static void flush_all(void)
{
	struct pollfd file = { .events = POLLOUT };

	file.fd = trace.fd;
	while (trace.length &&
	       (flush() ||
		(errno == EAGAIN && poll(&file, 1, END_MILLISECONDS) == 1))) {
	}
}

static void finish(void)
{
	/* Not in a fork's child; whoever records in another thread is last. */
	if (!atomic_exchange(&evert_trace_is_on, false))
		return;
	pthread_mutex_lock(&trace.mutex);
	if (trace.left_out)
		flush_all();
	tell_left_out();
	flush_all();
	add(trace.separator[0] == '[' ? "[\n]\n" : "\n]\n",
	    trace.separator[0] == '[' ? 4 : 3);
	flush_all();
	if (trace.length || trace.left_out)
		evert_say("evert: the end of the trace was not written: "
			  "%zu bytes, after %zu events left out\n",
			  trace.length, trace.left_out);
	close(trace.fd);
	pthread_mutex_unlock(&trace.mutex);
}

static int open_beyond_stderr(const char *name)
{
	return evert_descriptor_beyond_stderr(
		open(name,
		     O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK |
			     O_NOCTTY,
		     0666));
}

/* The name with this process's id for its "%p"; false: it is too long. */
static bool name_file(char *name, size_t size, const char *pattern)
{
	const char *id = strstr(pattern, PROCESS_ID);
	size_t before = id ? (size_t)(id - pattern) : strlen(pattern);
	int length = id ? snprintf(name, size, "%.*s%ld%s", (int)before,
				   pattern, (long)getpid(),
				   id + strlen(PROCESS_ID)) :
			  snprintf(name, size, "%s", pattern);

	return length >= 0 && (size_t)length < size;
}

static bool open_file(const char *pattern)
{
	char name[PATH_MAX];

	errno = ENAMETOOLONG;
	trace.fd = -1;
	if (name_file(name, sizeof(name), pattern))
		trace.fd = open_beyond_stderr(name);
	if (trace.fd < 0)
		evert_say("evert: cannot write the trace %.200s: %s\n", pattern,
			  strerror(errno));
	return trace.fd >= 0;
}

/* A parent that ends by _exit, as daemon(3) makes it, writes nothing more. */
static void before_fork(void)
{
	pthread_mutex_lock(&trace.mutex);
	if (evert_trace_is_recording() && trace.length)
		flush();
}

static void in_parent(void)
{
	pthread_mutex_unlock(&trace.mutex);
}

/* The file is the parent's: it has another one, or none. */
static void begin_anew(void)
{
	close(trace.fd);
	trace.length = 0;
	trace.left_out = 0;
	trace.separator = "[\n";
	if (trace.pattern)
		atomic_store(&evert_trace_is_on, open_file(trace.pattern));
}

static void in_child(void)
{
	if (atomic_exchange(&evert_trace_is_on, false))
		begin_anew();
	pthread_mutex_unlock(&trace.mutex);
}

static void start(void)
{
	const char *pattern = getenv("EVERT_TRACE");

	if (!pattern || !*pattern || !open_file(pattern))
		return;
	if (strstr(pattern, PROCESS_ID))
		trace.pattern = strdup(pattern);
	if (pthread_atfork(before_fork, in_parent, in_child)) {
		evert_say("evert: cannot write the trace: no memory\n");
		close(trace.fd);
		return;
	}
	atexit(finish);
	atomic_store(&evert_trace_is_on, true);
}

void evert_trace_start(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, start);
}
