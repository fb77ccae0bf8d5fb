/* SPDX-License-Identifier: MIT */
/* One thing to be done with a file, in a thread. */
#ifndef EVERT_REACTOR_FLOW_FILE_JOB_INTERNAL_H
#define EVERT_REACTOR_FLOW_FILE_JOB_INTERNAL_H

#include "../reactor_internal.h"
#include "../thread/thread_pool.h"
#include "file.h"

struct evert_file_job {
	const char *place;
	struct evert_system *system;
	int fd; /* its own, or -1 */
	off_t offset;
	size_t length; /* of `data`; to be read: at most */
	struct evert_file_options options;
	const char *path; /* behind `data`; "" where there is none */
	char data[];
};

/* `data` NULL: none. NULL without memory. */
struct evert_file_job *evert_file_job_create(const char *place,
					     struct evert_reactor *reactor,
					     const char *path,
					     const void *data, size_t length);
void evert_file_job_destroy(void *job);

/* Has `run(job)` run in the pool; it destroys the job. */
struct evert_deferred *evert_file_job_start(struct evert_file_job *job,
					    struct evert_reactor *reactor,
					    evert_thread_call run);

/* The same, with a duplicate of `fd`; without one the Deferred has failed. */
struct evert_deferred *evert_file_job_start_on(struct evert_file_job *job,
					       struct evert_reactor *reactor,
					       int fd, off_t offset,
					       evert_thread_call run,
					       const char *verb);

/* "cannot VERB the file PATH", and why. */
struct evert_result evert_file_job_fail(const struct evert_file_job *job,
					int error, const char *verb);

/* Writes all of `data`, at `offset` if `at`, else where the descriptor is: 0,
   or -errno. */
int evert_file_job_write(const struct evert_file_job *job, int fd, bool at);

#endif
