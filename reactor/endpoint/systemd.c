/* SPDX-License-Identifier: MIT */
#include "systemd_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../system/system.h"

enum {
	FIRST = 3, /* SD_LISTEN_FDS_START */
	MOST = 4096,
	MOST_NAMES = 8192, /* bytes */
};

/* Written once. */
static struct {
	pthread_once_t once;
	int count;	   /* of descriptors */
	const char *wrong; /* what is malformed, or NULL */
	bool named;
	char names[MOST_NAMES];
} passed = { .once = PTHREAD_ONCE_INIT };

/* ---- The environment ---- */

/* A decimal number up to `most`, or -1. */
static long read_number(const char *text, long most)
{
	long number = 0;

	if (!*text || text[strspn(text, "0123456789")] || strlen(text) > 10)
		return -1;
	number = strtol(text, NULL, 10);
	return number <= most ? number : -1;
}

static int count_names(const char *names)
{
	int count = 1;

	for (; *names; names++)
		count += *names == ':';
	return count;
}

static bool has_empty_name(const char *names)
{
	return *names == ':' || !*names || strstr(names, "::") ||
	       names[strlen(names) - 1] == ':';
}

static const char *read_names(void)
{
	const char *names = getenv("LISTEN_FDNAMES");

	passed.named = names && passed.count;
	if (!passed.named)
		return NULL;
	if (strlen(names) >= sizeof(passed.names))
		return "LISTEN_FDNAMES is too long";
	if (has_empty_name(names))
		return "LISTEN_FDNAMES has an empty name";
	if (count_names(names) != passed.count)
		return "LISTEN_FDNAMES has not as many names as LISTEN_FDS "
		       "says";
	strcpy(passed.names, names);
	return NULL;
}

static const char *read_variables(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");
	long number;

	if (!pid || !fds)
		return NULL;
	number = read_number(pid, 0x7fffffff);
	if (number < 1)
		return "LISTEN_PID is no process's number";
	if (number != getpid())
		return NULL;
	number = read_number(fds, MOST);
	if (number < 0)
		return "LISTEN_FDS is no number of descriptors";
	passed.count = (int)number;
	return read_names();
}

static void read_once(void)
{
	struct evert_system *system = evert_system_real();
	int i;

	passed.wrong = read_variables();
	if (passed.wrong)
		passed.count = 0;
	for (i = 0; i < passed.count; i++)
		system->ops->fcntl(system, FIRST + i, F_SETFD, FD_CLOEXEC);
}

int evert_systemd_descriptors(bool unset_environment)
{
	pthread_once(&passed.once, read_once);
	if (unset_environment) {
		unsetenv("LISTEN_PID");
		unsetenv("LISTEN_FDS");
		unsetenv("LISTEN_FDNAMES");
	}
	return passed.wrong ? -EINVAL : passed.count;
}

/* ---- Finding one ---- */

/* How many have this name, and the last of them. */
static int find_named(const char *name, int *fd)
{
	const char *at = passed.names;
	size_t length = strlen(name), here;
	int i, found = 0;

	for (i = 0; passed.named && i < passed.count; i++) {
		here = strcspn(at, ":");
		if (here == length && !memcmp(at, name, length)) {
			found++;
			*fd = FIRST + i;
		}
		at += here + 1;
	}
	return found;
}

static int find(const char *name, char *why)
{
	long number = read_number(name, MOST);
	int fd = -1, found = find_named(name, &fd);

	if (found == 1)
		return fd;
	if (found > 1)
		snprintf(why, EVERT_SYSTEMD_WHY_SIZE,
			 "%d descriptors have this name; a number picks one",
			 found);
	else if (number >= 0 && number < passed.count)
		return FIRST + (int)number;
	else if (!passed.count)
		snprintf(why, EVERT_SYSTEMD_WHY_SIZE,
			 "systemd has passed nothing to this process");
	else if (passed.named)
		snprintf(why, EVERT_SYSTEMD_WHY_SIZE,
			 "systemd has passed no such socket; there are %.150s",
			 passed.names);
	else
		snprintf(why, EVERT_SYSTEMD_WHY_SIZE,
			 "systemd has passed no such socket; there are 0 to "
			 "%d, without names", passed.count - 1);
	return found ? -ENOTUNIQ : -ENOENT;
}

int evert_systemd_find(const char *name, char *why)
{
	if (evert_systemd_descriptors(false) >= 0)
		return find(name, why);
	snprintf(why, EVERT_SYSTEMD_WHY_SIZE, "%s", passed.wrong);
	return -EINVAL;
}
