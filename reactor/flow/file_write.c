/* SPDX-License-Identifier: MIT */
#include "file_job_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../deferred/base/memory.h"

enum { NAMES = 100, SUFFIX_SIZE = 48 };

/* ---- One file ---- */

/* Closing may tell of an error, too (close(2), EDQUOT and EIO). */
static int close_after(const struct evert_file_job *job, int fd, int error)
{
	int closed = job->system->ops->close(job->system, fd);

	return error || closed == -EINTR ? error : closed;
}

static int write_to(const struct evert_file_job *job, int fd)
{
	int error = evert_file_job_write(job, fd, false);

	if (!error && job->options.sync)
		error = job->system->ops->fsync(job->system, fd);
	return close_after(job, fd, error);
}

static int open_to_write(const struct evert_file_job *job, const char *path,
			 int flags)
{
	mode_t mode = job->options.mode ? job->options.mode : 0666;

	return job->system->ops->open(job->system, path,
				      O_WRONLY | O_CREAT | O_NONBLOCK | flags,
				      mode);
}

/* ---- A new one beside it, that takes its name ---- */

/* Makes one that nobody else has: a descriptor, or -errno. */
static int open_beside(const struct evert_file_job *job, char *name,
		       size_t size)
{
	static atomic_uint number;
	const char *slash = strrchr(job->path, '/');
	const char *last = slash ? slash + 1 : job->path;
	int i, fd = -EEXIST;

	for (i = 0; i < NAMES && fd == -EEXIST; i++) {
		snprintf(name, size, "%.*s%.*s.%ld-%u.new",
			 (int)(last - job->path), job->path,
			 NAME_MAX - SUFFIX_SIZE, last, (long)getpid(),
			 atomic_fetch_add(&number, 1));
		fd = open_to_write(job, name, O_EXCL);
	}
	return fd;
}

/* So that the name is on the disk. */
static int sync_folder(const struct evert_file_job *job, char *name)
{
	struct evert_system *system = job->system;
	char *slash = strrchr(name, '/');
	int fd, error;

	if (slash)
		slash[slash == name] = '\0';
	fd = system->ops->open(system, slash ? name : ".",
			       O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	error = system->ops->fsync(system, fd);
	return close_after(job, fd, error);
}

static int replace(const struct evert_file_job *job, char *name, size_t size)
{
	struct evert_system *system = job->system;
	int fd = open_beside(job, name, size);
	int error;

	if (fd < 0)
		return fd;
	error = write_to(job, fd);
	if (!error)
		error = system->ops->rename(system, name, job->path);
	if (error)
		system->ops->unlink(system, name);
	else if (job->options.sync)
		error = sync_folder(job, name);
	return error;
}

static int replace_whole(const struct evert_file_job *job)
{
	size_t size = strlen(job->path) + SUFFIX_SIZE;
	char *name = evert_allocate(size);
	int error = name ? replace(job, name, size) : -ENOMEM;

	evert_free(name);
	return error;
}

/* ---- Whole ---- */

static int write_over(const struct evert_file_job *job)
{
	int fd = open_to_write(job, job->path, O_TRUNC);

	return fd < 0 ? fd : write_to(job, fd);
}

static struct evert_result outcome(struct evert_file_job *job, int error)
{
	struct evert_result result =
		error ? evert_file_job_fail(job, error, "write") :
			evert_result_none();

	evert_file_job_destroy(job);
	return result;
}

static struct evert_result write_whole(void *arg)
{
	struct evert_file_job *job = arg;

	return outcome(job, job->options.atomic ? replace_whole(job) :
						  write_over(job));
}

struct evert_deferred *
evert_file_write_at(const char *place, struct evert_reactor *reactor,
		    const char *path, const void *data, size_t length,
		    const struct evert_file_options *options)
{
	struct evert_file_job *job = evert_file_job_create(
		place, reactor, path, length ? data : "", length);

	if (!job)
		return NULL;
	if (options)
		job->options = *options;
	return evert_file_job_start(job, reactor, write_whole);
}

/* ---- In pieces ---- */

static struct evert_result write_piece(void *arg)
{
	struct evert_file_job *job = arg;

	return outcome(job, evert_file_job_write(job, job->fd, true));
}

struct evert_deferred *
evert_file_write_piece_at(const char *place, struct evert_reactor *reactor,
			  int fd, off_t offset, const void *data,
			  size_t length)
{
	struct evert_file_job *job = evert_file_job_create(
		place, reactor, "", length ? data : "", length);

	return job ? evert_file_job_start_on(job, reactor, fd, offset,
					     write_piece, "write") :
		     NULL;
}
