/* SPDX-License-Identifier: MIT */
/*
 * The child's descriptors. Their numbers here and there may overlap in any
 * way, so those that might be overwritten are moved out of the way first.
 */
#include "spawn_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436 /* of all processors; Linux 5.9 */
#endif

/* By the kernel's call, whatever a library puts before the C library's. */
static EVERT_IN_CHILD int control(int fd, int command, int argument)
{
	return (int)syscall(SYS_fcntl, fd, command, argument);
}

static EVERT_IN_CHILD int open_null(void)
{
	return (int)syscall(SYS_openat, AT_FDCWD, "/dev/null",
			    O_RDWR | O_CLOEXEC);
}

/* Whose standard output is closed, say, has a child whose output goes nowhere,
   not into the first file that it opens. */
static EVERT_IN_CHILD void replace_missing(const struct evert_spawn_plan *plan)
{
	struct evert_child_source *source = plan->sources;
	size_t i;

	for (i = 0; i < plan->source_count; i++, source++)
		if (source->from >= 0 && source->from <= STDERR_FILENO &&
		    control(source->from, F_GETFD, 0) < 0)
			source->from = EVERT_FROM_NULL;
}

static EVERT_IN_CHILD bool is_kept(const struct evert_spawn_plan *plan, int fd)
{
	size_t i;

	for (i = 0; i < plan->source_count; i++)
		if (plan->sources[i].to == fd)
			return true;
	return false;
}

static EVERT_IN_CHILD bool is_named(const struct evert_spawn_plan *plan, int fd)
{
	size_t i;

	for (i = 0; i < plan->source_count; i++)
		if (plan->sources[i].from == fd)
			return true;
	return is_kept(plan, fd);
}

/* Where nothing lies beyond the child's numbers, since there may be no more,
   a copy is put between them. Its number, or -1. */
static EVERT_IN_CHILD int copy(const struct evert_spawn_plan *plan, int from,
			       int beyond)
{
	int fd = control(from, F_DUPFD_CLOEXEC, beyond);
	bool is_bad = fd < 0 && errno == EINVAL;

	for (beyond = 0; is_bad; beyond = fd + 1) {
		fd = control(from, F_DUPFD_CLOEXEC, beyond);
		is_bad = fd >= 0 && is_named(plan, fd);
		if (is_bad)
			syscall(SYS_close, fd);
	}
	return fd;
}

/* So that all of them are where no number of the child's is, but for those
   that have the right one. False: errno. */
static EVERT_IN_CHILD bool move_away(struct evert_spawn_plan *plan)
{
	struct evert_child_source *source = plan->sources, *end;
	int beyond;

	end = source + plan->source_count;
	beyond = plan->source_count ? end[-1].to + 1 : 0;
	for (; source < end; source++) {
		if (source->from == EVERT_FROM_NULL)
			source->from = open_null();
		if (source->from >= 0 && source->from < beyond &&
		    source->from != source->to)
			source->from = copy(plan, source->from, beyond);
		if (source->from < 0)
			return false;
	}
	return true;
}

static EVERT_IN_CHILD bool put_one(const struct evert_child_source *source)
{
	if (source->from == source->to)
		return control(source->to, F_SETFD, 0) >= 0;
	return syscall(SYS_dup3, source->from, source->to, 0) >= 0;
}

static EVERT_IN_CHILD bool put(struct evert_spawn_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->source_count; i++)
		if (!put_one(&plan->sources[i]))
			return false;
	return true;
}

/* ---- All others ---- */

struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

static EVERT_IN_CHILD int number_of(const char *name)
{
	int number = 0;

	if (*name < '0' || *name > '9')
		return -1;
	for (; *name; name++)
		number = number * 10 + (*name - '0');
	return number;
}

/* By a list of those that are open. What is closed is seen no more, the
   others in any order. False: there is no such list. */
static EVERT_IN_CHILD bool close_listed(const struct evert_spawn_plan *plan)
{
	_Alignas(struct entry) char room[1024];
	const struct entry *entry;
	int list, fd;
	long size, at;

	list = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/fd",
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (list < 0)
		return false;
	while ((size = syscall(SYS_getdents64, list, room, sizeof(room))) > 0)
		for (at = 0; at < size; at += entry->length) {
			entry = (const void *)(room + at);
			fd = number_of(entry->name);
			if (fd >= 0 && fd != list && !is_kept(plan, fd))
				syscall(SYS_close, fd);
		}
	syscall(SYS_close, list);
	return size == 0;
}

static EVERT_IN_CHILD void close_up_to(const struct evert_spawn_plan *plan,
				       rlim_t most)
{
	int fd;

	for (fd = 0; fd < INT_MAX && (rlim_t)fd < most; fd++)
		if (!is_kept(plan, fd))
			syscall(SYS_close, fd);
}

/* Without close_range(2). */
static EVERT_IN_CHILD void close_one_by_one(const struct evert_spawn_plan *plan)
{
	struct rlimit limit = { 1024, 1024 };

	if (close_listed(plan))
		return;
	syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit);
	close_up_to(plan, limit.rlim_cur);
}

static EVERT_IN_CHILD bool close_gap(int first, unsigned last)
{
	return (unsigned)first > last ||
	       syscall(SYS_close_range, first, last, 0) >= 0;
}

static EVERT_IN_CHILD void close_others(const struct evert_spawn_plan *plan)
{
	int next = 0;
	size_t i;

	for (i = 0; i < plan->source_count; i++) {
		if (plan->sources[i].to > next &&
		    !close_gap(next, (unsigned)plan->sources[i].to - 1)) {
			close_one_by_one(plan);
			return;
		}
		next = plan->sources[i].to + 1;
	}
	if (!close_gap(next, UINT_MAX))
		close_one_by_one(plan);
}

EVERT_IN_CHILD int evert_spawn_descriptors(struct evert_spawn_plan *plan)
{
	replace_missing(plan);
	if (!move_away(plan) || !put(plan))
		return errno;
	close_others(plan);
	return 0;
}
