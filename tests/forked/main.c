/* SPDX-License-Identifier: MIT */
/*
 * PROGRAM [--filter PATTERN]: each test whose suite/name the pattern fits, as
 * many at once as there are processors. It tells of those that fail, with what
 * they said, and ends with Criterion's line of sums.
 */
#include "forked.h"

#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../criterion/timeout.h"

enum {
	MOST_LANES = 16
};

/* Where one test at a time runs. */
struct lane {
	const struct criterion_test *test; /* NULL: none */
	struct child child;
	double until;
	int output;
	enum how *how; /* as the child tells */
};

static struct lane lanes[MOST_LANES];
static enum how *how_here; /* in a child: its lane's */
static size_t lane_count, running, passed, failed;

_Noreturn void end_run(enum how how)
{
	*how_here = how;
	_exit(how == HOW_SKIPPED ? 0 : 1);
}

/* ---- Leaks ---- */

/* Those of AddressSanitizer's, where it is. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated(void)
{
	return __sanitizer_get_current_allocated_bytes
		       ? __sanitizer_get_current_allocated_bytes()
		       : 0;
}

/* At exit LeakSanitizer reads all that is static, tens of megabytes in some
   programs. It need not, where as much is allocated as there was before. */
static void search_unless(size_t before)
{
	if (allocated() <= before)
		unsetenv("BXFI_MAP"); /* tests/criterion/lsan.c */
}

/* ---- How it went ---- */

static void tell_what_it_said(const struct lane *lane)
{
	char some[4096];
	off_t at = 0;
	ssize_t size;

	while ((size = pread(lane->output, some, sizeof(some), at)) > 0) {
		fwrite(some, 1, (size_t)size, stdout);
		at += size;
	}
}

static bool ended_as_it_should(const struct lane *lane, int status)
{
	const struct criterion_test_extra_data *data = lane->test->data;

	if (*lane->how == HOW_NOTICED)
		return false;
	if (data->signal)
		return WIFSIGNALED(status) && WTERMSIG(status) == data->signal;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != data->exit_code)
		return false;
	return *lane->how == HOW_PASSED || data->exit_code;
}

static void tell_status(const struct lane *lane, int status, bool in_time)
{
	printf("[FAIL] %s: ", lane->test->data->identifier_);
	if (!in_time)
		puts("it takes too long");
	else if (*lane->how == HOW_NOTICED)
		puts("an assertion failed");
	else if (WIFSIGNALED(status))
		printf("ended by signal %d, %s\n", WTERMSIG(status),
		       strsignal(WTERMSIG(status)));
	else
		printf("ended with status %d\n", WEXITSTATUS(status));
}

static void end(struct lane *lane, bool in_time)
{
	int status = child_end(&lane->child);

	if (in_time && ended_as_it_should(lane, status)) {
		passed++;
	} else if (!in_time || *lane->how != HOW_SKIPPED || status) {
		failed++;
		tell_status(lane, status, in_time);
		tell_what_it_said(lane);
	}
	lane->test = NULL;
	running--;
}

/* ---- Which runs when ---- */

/* Until one has ended, or has had its time. */
static void wait_for_one(void)
{
	struct pollfd ends[MOST_LANES];
	double left = DEFAULT_TIMEOUT;
	size_t i;

	for (i = 0; i < lane_count; i++) {
		ends[i] = (struct pollfd){.fd = -1, .events = POLLIN};
		if (!lanes[i].test)
			continue;
		ends[i].fd = lanes[i].child.pidfd;
		if (lanes[i].until - now() < left)
			left = lanes[i].until - now();
	}
	if (poll(ends, lane_count, left > 0 ? (int)(left * 1000) + 1 : 0) < 0)
		return;
	for (i = 0; i < lane_count; i++) {
		if (!lanes[i].test)
			continue;
		if (ends[i].revents)
			end(&lanes[i], true);
		else if (now() >= lanes[i].until)
			end(&lanes[i], false);
	}
}

static struct lane *free_lane(void)
{
	size_t i;

	while (running == lane_count)
		wait_for_one();
	for (i = 0; lanes[i].test; i++)
		;
	return &lanes[i];
}

static double timeout(const struct criterion_test *test)
{
	const struct criterion_test_extra_data *suite = test_suite(test);

	if (test->data->timeout > 0)
		return test->data->timeout;
	return suite && suite->timeout > 0 ? suite->timeout : DEFAULT_TIMEOUT;
}

static _Noreturn void be_the_child(const struct criterion_test *test,
				   void *param)
{
	size_t before = allocated();

	test_run(test, param);
	*how_here = HOW_PASSED;
	search_unless(before);
	exit(0);
}

static void begin(const struct criterion_test *test, void *param)
{
	struct lane *lane = free_lane();

	*lane->how = HOW_UNKNOWN;
	if (!child_begin(&lane->child, lane->output)) {
		how_here = lane->how;
		be_the_child(test, param);
	}
	lane->test = test;
	lane->until = now() + timeout(test);
	running++;
}

static void begin_each(const struct criterion_test *test)
{
	struct criterion_test_params params;
	size_t i;

	if (test->data->kind_ != CR_TEST_PARAMETERIZED) {
		begin(test, NULL);
		return;
	}
	params = test->data->param_();
	for (i = 0; i < params.length; i++)
		begin(test, (char *)params.params + i * params.size);
}

static bool is_wanted(const struct criterion_test *test, const char *pattern)
{
	const struct criterion_test_extra_data *suite = test_suite(test);

	return !test->data->disabled && !(suite && suite->disabled) &&
	       !fnmatch(pattern, test->data->identifier_, FNM_EXTMATCH);
}

static void run_all(const char *pattern)
{
	struct criterion_test **test;

	for (test = __start_cr_tst; test < __stop_cr_tst; test++) {
		if (*test && is_wanted(*test, pattern))
			begin_each(*test);
	}
	while (running)
		wait_for_one();
}

static void open_lanes(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t i;

	lane_count = processors < 1		  ? 1
		     : processors > MOST_LANES ? MOST_LANES
						  : (size_t)processors;
	for (i = 0; i < lane_count; i++) {
		lanes[i].output = child_output();
		lanes[i].how = mmap(NULL, sizeof(enum how),
				    PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	}
}

int main(int argc, char **argv)
{
	if (argc != 1 && (argc != 3 || strcmp(argv[1], "--filter"))) {
		fprintf(stderr, "usage: %s [--filter PATTERN]\n", argv[0]);
		return 2;
	}
	setenv("BXFI_MAP", "1", 1); /* as Criterion does, for lsan.c */
	signal(SIGPIPE, SIG_DFL);
	open_lanes();
	run_all(argc == 3 ? argv[2] : "*");
	printf("[====] Synthesis: Tested: %zu | Passing: %zu | Failing: %zu "
	       "| Crashing: 0\n",
	       passed + failed, passed, failed);
	fflush(stdout);
	_exit(failed ? 1 : 0);
}
