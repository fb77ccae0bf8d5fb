/* SPDX-License-Identifier: MIT */
#include "file_job_internal.h"

#include <errno.h>
#include <fcntl.h>

#include "../../deferred/base/memory.h"

enum { PIECE = 1 << 16 };

/* What was read so far. */
struct gathered {
	char *data;
	size_t length, room;
};

static int make_room(struct gathered *gathered, size_t most)
{
	size_t room = gathered->room ? 2 * gathered->room : PIECE;
	char *grown;

	if (gathered->length < gathered->room)
		return 0;
	if (room > most)
		room = most;
	grown = evert_reallocate(gathered->data, room);
	if (!grown)
		return -ENOMEM;
	gathered->data = grown;
	gathered->room = room;
	return 0;
}

/* To its end, or `most` bytes: 0, or -errno. */
static int gather(struct gathered *gathered, struct evert_file_job *job,
		  int fd, bool at, size_t most)
{
	const struct evert_system_ops *ops = job->system->ops;
	ssize_t got = 1;
	size_t size;

	while (gathered->length < most && got != 0) {
		if (evert_thread_is_let_go())
			return -ECANCELED;
		if (make_room(gathered, most))
			return -ENOMEM;
		size = gathered->room - gathered->length;
		if (at)
			got = ops->pread(job->system, fd,
					 gathered->data + gathered->length,
					 size,
					 job->offset +
						 (off_t)gathered->length);
		else
			got = ops->read(fd, gathered->data + gathered->length,
					size, job->system);
		if (got < 0 && got != -EINTR)
			return (int)got;
		gathered->length += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

static struct evert_result outcome(const struct evert_file_job *job,
				   struct gathered *gathered, int error)
{
	struct evert_result result =
		error ? evert_file_job_fail(job, error, "read") :
			evert_result_text(gathered->data, gathered->length);

	evert_free(gathered->data);
	return result;
}

/* ---- Whole ---- */

static struct evert_result read_whole(void *arg)
{
	struct evert_file_job *job = arg;
	struct evert_system *system = job->system;
	size_t most = job->length < SIZE_MAX ? job->length + 1 : SIZE_MAX;
	struct gathered gathered = { .data = NULL };
	struct evert_result result;
	int error;

	/* A pipe would be waited for. */
	job->fd = system->ops->open(system, job->path, O_RDONLY | O_NONBLOCK,
				    0);
	error = job->fd < 0 ? job->fd : 0;
	if (!error)
		error = gather(&gathered, job, job->fd, false, most);
	if (!error && gathered.length > job->length)
		error = -EFBIG;
	result = outcome(job, &gathered, error);
	evert_file_job_destroy(job);
	return result;
}

struct evert_deferred *evert_file_read_at(const char *place,
					  struct evert_reactor *reactor,
					  const char *path, size_t most)
{
	struct evert_file_job *job =
		evert_file_job_create(place, reactor, path, NULL, most);

	return job ? evert_file_job_start(job, reactor, read_whole) : NULL;
}

/* ---- In pieces ---- */

static struct evert_result read_piece(void *arg)
{
	struct evert_file_job *job = arg;
	struct gathered gathered = { .data = NULL };
	int error = gather(&gathered, job, job->fd, true, job->length);
	struct evert_result result = outcome(job, &gathered, error);

	evert_file_job_destroy(job);
	return result;
}

struct evert_deferred *
evert_file_read_piece_at(const char *place, struct evert_reactor *reactor,
			 int fd, off_t offset, size_t length)
{
	struct evert_file_job *job =
		evert_file_job_create(place, reactor, "", NULL, length);

	return job ? evert_file_job_start_on(job, reactor, fd, offset,
					     read_piece, "read") :
		     NULL;
}
