/* SPDX-License-Identifier: MIT */
#include "trace_output_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "descriptor_internal.h"
#include "say_internal.h"

enum {
	BUFFER_SIZE = 65536,
	END_MILLISECONDS = 1000, /* for a reader that takes nothing more */
};

#define PROCESS_ID "%p" /* in the file's name */

static struct {
	int fd;
	size_t length;
	char buffer[BUFFER_SIZE];
} output;

/* ---- The file ---- */

bool evert_trace_output_is_of_process(const char *pattern)
{
	return strstr(pattern, PROCESS_ID) != NULL;
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

bool evert_trace_output_open(const char *pattern)
{
	char name[PATH_MAX];

	errno = ENAMETOOLONG;
	output.length = 0;
	output.fd = -1;
	if (name_file(name, sizeof(name), pattern))
		output.fd = open_beyond_stderr(name);
	if (output.fd < 0)
		evert_say("evert: cannot write the trace %.200s: %s\n", pattern,
			  strerror(errno));
	return output.fd >= 0;
}

void evert_trace_output_close(void)
{
	close(output.fd);
	output.fd = -1;
	output.length = 0;
}

/* ---- The buffer ---- */

/* As much as the file takes now; false: nothing, errno says why. */
static bool flush(void)
{
	ssize_t written;

	do {
		written = write(output.fd, output.buffer, output.length);
	} while (written < 0 && errno == EINTR);
	if (written <= 0)
		return false;
	output.length -= (size_t)written;
	memmove(output.buffer, output.buffer + written, output.length);
	return true;
}

void evert_trace_output_flush(void)
{
	if (output.length)
		flush();
}

size_t evert_trace_output_flush_all(void)
{
	struct pollfd file = { .events = POLLOUT };

	file.fd = output.fd;
	while (output.length &&
	       (flush() ||
		(errno == EAGAIN && poll(&file, 1, END_MILLISECONDS) == 1))) {
	}
	return output.length;
}

char *evert_trace_output_room(size_t size)
{
	if (size > BUFFER_SIZE - output.length)
		flush();
	if (size > BUFFER_SIZE - output.length)
		return NULL;
	return output.buffer + output.length;
}

void evert_trace_output_put(size_t length)
{
	output.length += length;
}
