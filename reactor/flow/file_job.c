/* SPDX-License-Identifier: MIT */
#include "file_job_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"

struct evert_file_job *evert_file_job_create(const char *place,
					     struct evert_reactor *reactor,
					     const char *path,
					     const void *data, size_t length)
{
	size_t copied = data ? length : 0, named = strlen(path) + 1;
	struct evert_file_job *job;

	if (copied > SIZE_MAX - sizeof(*job) - named)
		return NULL;
	job = evert_allocate(sizeof(*job) + copied + named);
	if (!job)
		return NULL;
	*job = (struct evert_file_job){
		.place = place,
		.system = reactor->system,
		.fd = -1,
		.length = length,
		.path = job->data + copied,
	};
	if (copied)
		memcpy(job->data, data, copied);
	memcpy(job->data + copied, path, named);
	return job;
}

void evert_file_job_destroy(void *arg)
{
	struct evert_file_job *job = arg;

	if (job->fd >= 0)
		job->system->ops->close(job->system, job->fd);
	evert_free(job);
}

struct evert_deferred *evert_file_job_start(struct evert_file_job *job,
					    struct evert_reactor *reactor,
					    evert_thread_call run)
{
	return evert_defer_to_thread_at(reactor, run, job,
					evert_file_job_destroy, job->place);
}

struct evert_result evert_file_job_fail(const struct evert_file_job *job,
					int error, const char *verb)
{
	return evert_result_failure(evert_failure_create_at(
		job->place, EVERT_SYSTEM, error, "cannot %s the file%s%s",
		verb, *job->path ? " " : "", job->path));
}

struct evert_deferred *evert_file_job_start_on(struct evert_file_job *job,
					       struct evert_reactor *reactor,
					       int fd, off_t offset,
					       evert_thread_call run,
					       const char *verb)
{
	struct evert_result failed;
	const char *place = job->place;

	job->offset = offset;
	job->fd = job->system->ops->dup(job->system, fd);
	if (job->fd >= 0)
		return evert_file_job_start(job, reactor, run);
	failed = evert_file_job_fail(job, job->fd, verb);
	evert_file_job_destroy(job);
	return evert_deferred_create_fired_at(place, failed);
}

int evert_file_job_write(const struct evert_file_job *job, int fd, bool at)
{
	const struct evert_system_ops *ops = job->system->ops;
	size_t done = 0;
	ssize_t wrote;

	while (done < job->length) {
		if (at)
			wrote = ops->pwrite(job->system, fd, job->data + done,
					    job->length - done,
					    job->offset + (off_t)done);
		else
			wrote = ops->write(job->system, fd, job->data + done,
					   job->length - done);
		if (wrote == 0)
			return -EIO;
		if (wrote < 0 && wrote != -EINTR)
			return (int)wrote;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	return 0;
}
