/* SPDX-License-Identifier: MIT */
/* Tells which files of a folder change: a coroutine that waits for a
   descriptor that evert knows nothing of, inotify's. Linux only. */
#include <evert.h>

#include <errno.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/example.h"

static const struct {
	uint32_t event;
	const char *name;
} changes[] = {
	{ IN_CREATE, "created" },   { IN_CLOSE_WRITE, "written" },
	{ IN_DELETE, "deleted" },   { IN_MOVED_FROM, "moved away" },
	{ IN_MOVED_TO, "moved here" },
};

enum { CHANGES = sizeof(changes) / sizeof(changes[0]) };

static void print_event(const struct inotify_event *event)
{
	int i;

	for (i = 0; i < CHANGES; i++)
		if (event->mask & changes[i].event)
			printf("%s %s\n", changes[i].name, event->name);
	fflush(stdout);
}

static void print_changes(int fd)
{
	_Alignas(struct inotify_event) char buffer[4096];
	ssize_t length = read(fd, buffer, sizeof(buffer)), at = 0;
	const struct inotify_event *event;

	while (at < length) {
		event = (const void *)(buffer + at);
		print_event(event);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
}

/* Until the program is interrupted. */
static struct evert_result print_all(int fd)
{
	struct evert_result r;

	for (;;) {
		r = evert_await(evert_wait_readable(fd));
		if (evert_result_is_failure(&r))
			return r;
		print_changes(fd);
	}
}

static struct evert_result watch_files(void *folder)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	uint32_t wanted = IN_ONLYDIR;
	struct evert_result r;
	int i;

	for (i = 0; i < CHANGES; i++)
		wanted |= changes[i].event;
	if (fd < 0 || inotify_add_watch(fd, folder, wanted) < 0) {
		r = evert_result_failure(evert_failure_create(
			EVERT_SYSTEM, errno, "watching %s", (char *)folder));
	} else {
		printf("watching %s\n", (char *)folder);
		fflush(stdout);
		r = print_all(fd);
	}
	close(fd);
	return r;
}

int main(int argc, char **argv)
{
	const struct example_option options[] = {
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Prints which files of a folder change, until it is ended.",
		"FOLDER", 1, 1, options,
	};
	int first = example_begin(&example, argc, argv);

	return evert_run(watch_files, argv[first]);
}
