/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/flow/file.h"
#include "../../../reactor/thread/thread_pool.h"
#include "../../support/memory.h"
#include "../../support/peer.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static char folder[] = "/tmp/evert-file-XXXXXX";
static char path[64];
static struct test_system kernel;
static struct evert_reactor *reactor;

static void begin(void)
{
	cr_assert(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/file", folder);
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	unlink(path);
	cr_assert(zero(int, rmdir(folder)), "something was left behind");
}

TestSuite(file, .init = begin, .fini = finish);

static void expect_text(struct evert_deferred *d, const char *expected)
{
	struct evert_result result = turn_until_fired(reactor, d);

	cr_assert(eq(str, (char *)evert_result_as_text(&result),
		     (char *)expected));
	evert_result_release(result);
}

static void expect_done(struct evert_deferred *d)
{
	struct evert_result result = turn_until_fired(reactor, d);

	cr_assert(evert_result_is_none(&result));
}

/* With the whole message, the path in it. */
static void expect_failure(struct evert_deferred *d, int error,
			   const char *format)
{
	struct evert_result result = turn_until_fired(reactor, d);
	const struct evert_failure *failure = evert_result_as_failure(&result);
	char message[256];

	cr_assert(evert_failure_is(failure, EVERT_SYSTEM));
	cr_assert(eq(int, failure->error, error));
	snprintf(message, sizeof(message), format, path);
	cr_assert(eq(str, (char *)failure->message, message));
	evert_result_release(result);
}

static void write_text(const char *text)
{
	expect_done(evert_file_write(reactor, path, text, strlen(text), NULL));
}

/* ---- Whole ---- */

Test(file, what_was_written_is_read)
{
	write_text("one\n");
	expect_text(evert_file_read(reactor, path, 4), "one\n");
}

Test(file, writing_replaces_all_that_was_there)
{
	write_text("something long");
	write_text("short");
	expect_text(evert_file_read(reactor, path, 100), "short");
}

Test(file, an_empty_one_is_written_and_read)
{
	expect_done(evert_file_write(reactor, path, NULL, 0, NULL));
	expect_text(evert_file_read(reactor, path, 0), "");
}

Test(file, a_larger_one_comes_whole)
{
	enum { LENGTH = 300000 };
	static char data[LENGTH];
	struct evert_result result;

	pattern(data, LENGTH, 0);
	expect_done(evert_file_write(reactor, path, data, LENGTH, NULL));
	result = turn_until_fired(reactor,
				  evert_file_read(reactor, path, LENGTH));
	cr_assert(eq(sz, evert_result_text_length(&result), LENGTH));
	cr_assert(zero(int, memcmp(evert_result_as_text(&result), data,
				   LENGTH)));
	evert_result_release(result);
}

Test(file, one_with_more_than_the_limit_is_refused)
{
	write_text("12345");
	expect_failure(evert_file_read(reactor, path, 4), EFBIG,
		       "cannot read the file %s: File too large");
}

Test(file, one_that_there_is_not_is_named)
{
	expect_failure(evert_file_read(reactor, path, 100), ENOENT,
		       "cannot read the file %s: No such file or directory");
}

Test(file, one_whose_length_is_not_told_is_read_to_its_end)
{
	struct evert_result result = turn_until_fired(
		reactor, evert_file_read(reactor, "/proc/self/status", 65536));

	cr_assert(gt(sz, evert_result_text_length(&result), 100));
	evert_result_release(result);
}

Test(file, a_pipe_without_a_writer_is_not_waited_for)
{
	cr_assert(zero(int, mkfifo(path, 0600)));
	expect_text(evert_file_read(reactor, path, 100), "");
}

Test(file, a_folder_is_refused)
{
	snprintf(path, sizeof(path), "%s", folder);
	expect_failure(evert_file_write(reactor, path, "x", 1, NULL), EISDIR,
		       "cannot write the file %s: Is a directory");
}

Test(file, one_that_is_made_has_the_mode_that_was_asked_for)
{
	struct evert_file_options options = { .mode = 0600 };
	struct stat status;

	expect_done(evert_file_write(reactor, path, "x", 1, &options));
	cr_assert(zero(int, stat(path, &status)));
	cr_assert(eq(int, status.st_mode & 0777, 0600));
}

/* ---- Atomically ---- */

static const struct evert_file_options atomic = { .atomic = true,
						  .sync = true };

Test(file, an_atomic_write_replaces_the_file)
{
	write_text("old");
	expect_done(evert_file_write(reactor, path, "new", 3, &atomic));
	expect_text(evert_file_read(reactor, path, 100), "new");
}

Test(file, an_atomic_write_takes_a_name_as_long_as_any)
{
	char name[NAME_MAX + 1] = "", long_path[PATH_MAX];

	memset(name, 'n', NAME_MAX);
	snprintf(long_path, sizeof(long_path), "%.*s/%s",
		 (int)(strrchr(path, '/') - path), path, name);
	expect_done(evert_file_write(reactor, long_path, "new", 3, &atomic));
	cr_assert(zero(int, unlink(long_path)));
}

Test(file, an_atomic_write_that_fails_leaves_the_old_one_and_nothing_else)
{
	static const enum test_call calls[] = { CALL_OPEN, CALL_WRITE,
						CALL_FSYNC, CALL_RENAME };
	size_t i;

	write_text("old");
	for (i = 0; i < 4; i++) {
		test_system_fail(&kernel, calls[i], 1, EIO, false);
		expect_failure(evert_file_write(reactor, path, "new", 3,
						&atomic),
			       EIO,
			       "cannot write the file %s: Input/output error");
		expect_text(evert_file_read(reactor, path, 100), "old");
	}
}

/* The file has its new content then, but it may not last. */
Test(file, an_atomic_write_tells_why_its_folder_is_not_synced)
{
	test_system_fail(&kernel, CALL_OPEN, 2, EMFILE, false);
	expect_failure(evert_file_write(reactor, path, "new", 3, &atomic),
		       EMFILE,
		       "cannot write the file %s: Too many open files");
	expect_text(evert_file_read(reactor, path, 100), "new");
}

/* ---- In pieces ---- */

Test(file, pieces_are_read_and_written_where_they_are)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	struct evert_deferred *d =
		evert_file_write_piece(reactor, fd, 3, "def", 3);

	close(fd); /* it has its own */
	expect_done(d);
	fd = open(path, O_RDWR);
	expect_done(evert_file_write_piece(reactor, fd, 0, "abc", 3));
	expect_text(evert_file_read_piece(reactor, fd, 1, 3), "bcd");
	expect_text(evert_file_read_piece(reactor, fd, 4, 100), "ef");
	expect_text(evert_file_read_piece(reactor, fd, 10, 100), "");
	close(fd);
}

Test(file, a_descriptor_that_is_none_is_refused)
{
	expect_failure(evert_file_read_piece(reactor, -1, 0, 1), EBADF,
		       "cannot read the file: Bad file descriptor");
}

/* ---- When it does not go as one likes ---- */

Test(file, short_reads_and_writes_and_interruptions_change_nothing)
{
	kernel.read_at_most = kernel.send_at_most = 7;
	test_system_fail(&kernel, CALL_PWRITE, 1, EINTR, false);
	test_system_fail(&kernel, CALL_PREAD, 1, EINTR, false);
	write_text("a text of more than seven bytes");
	expect_text(evert_file_read(reactor, path, 100),
		    "a text of more than seven bytes");
}

Test(file, a_cancelled_read_fails_at_once)
{
	struct evert_deferred *d;

	write_text("x");
	d = evert_file_read(reactor, path, 100);
	evert_deferred_cancel(d);
	cr_assert(eq(ptr, (void *)turn_until_failed(reactor, d),
		     (void *)EVERT_CANCELLED));
}

Test(file, what_waits_when_the_reactor_goes_leaks_nothing)
{
	struct evert_deferred *d;

	evert_thread_pool_set_threads(evert_reactor_thread_pool(reactor), 1);
	d = evert_file_write(reactor, path, "x", 1, NULL);
	evert_deferred_cancel(d);
	cr_assert(eq(ptr, (void *)turn_until_failed(reactor, d),
		     (void *)EVERT_CANCELLED));
}

static struct evert_result forget(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	return evert_result_none();
}

static void settle(struct evert_reactor *under, struct evert_deferred *d)
{
	evert_deferred_add_errback(d, forget, NULL);
	if (d)
		evert_result_release(turn_until_fired(under, d));
}

Test(file_memory, without_memory_nothing_leaks)
{
	size_t n, failed = 1;

	begin();
	evert_reactor_destroy(reactor);
	for (n = 1; failed; n++) {
		failing_allocator_start(0, false);
		reactor = make_reactor(&kernel.base);
		failing_allocator_fail(n, false);
		settle(reactor,
		       evert_file_write(reactor, path, "new", 3, &atomic));
		settle(reactor, evert_file_read(reactor, path, 100));
		failed = failing_allocator_counts().failed;
		evert_reactor_destroy(reactor);
		cr_assert(zero(sz, failing_allocator_stop().live));
	}
	cr_assert(gt(sz, n, 5));
	reactor = make_reactor(&kernel.base);
	finish();
}
