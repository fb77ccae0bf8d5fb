/* SPDX-License-Identifier: MIT */
#include "forked.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* There are none, if no file has a TestSuite. */
extern struct criterion_suite *__start_cr_sts[] __attribute__((weak));
extern struct criterion_suite *__stop_cr_sts[] __attribute__((weak));

static void *the_param;

const struct criterion_test_extra_data *
test_suite(const struct criterion_test *test)
{
	struct criterion_suite **suite;

	for (suite = __start_cr_sts; suite < __stop_cr_sts; suite++) {
		if (*suite && !strcmp((*suite)->name, test->category))
			return (*suite)->data;
	}
	return NULL;
}

static void call(void (*fixture)(void))
{
	if (fixture)
		fixture();
}

/* What a test is made of calls this. */
#pragma GCC visibility push(default)
void criterion_internal_test_main(void (*test)(void))
{
	if (the_param)
		((void (*)(void *))test)(the_param);
	else
		test();
}
#pragma GCC visibility pop

void test_run(const struct criterion_test *test, void *param)
{
	const struct criterion_test_extra_data *suite = test_suite(test);

	the_param = param;
	call(suite ? suite->init : NULL);
	call(test->data->init);
	test->test();
	call(test->data->fini);
	call(suite ? suite->fini : NULL);
}

int child_output(void)
{
	FILE *file = tmpfile();
	int output = file ? fcntl(fileno(file), F_DUPFD_CLOEXEC,
				  LOWEST_OF_OURS)
			  : -1;

	if (output < 0) {
		perror("a file for what a test says");
		exit(2);
	}
	fclose(file);
	return output;
}

pid_t child_begin(struct child *child, int output)
{
	int pidfd;

	fflush(stdout);
	if (ftruncate(output, 0) < 0 || lseek(output, 0, SEEK_SET) < 0)
		perror("what a test says");
	child->pid = fork();
	if (child->pid < 0) {
		perror("a process for a test");
		exit(2);
	}
	if (!child->pid) {
		setpgid(0, 0);
		dup2(output, 1);
		dup2(output, 2);
		close_range(LOWEST_OF_OURS, ~0U, 0);
		return 0;
	}
	setpgid(child->pid, child->pid);
	pidfd = pidfd_open(child->pid, 0);
	child->pidfd = fcntl(pidfd, F_DUPFD_CLOEXEC, LOWEST_OF_OURS);
	close(pidfd);
	return child->pid;
}

bool child_ends_within(const struct child *child, double seconds)
{
	struct pollfd ended = {.fd = child->pidfd, .events = POLLIN};

	return poll(&ended, 1, (int)(seconds * 1000)) > 0;
}

int child_end(struct child *child)
{
	int status = 0;

	close(child->pidfd);
	kill(-child->pid, SIGKILL);
	waitpid(child->pid, &status, 0);
	return status;
}

double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}
