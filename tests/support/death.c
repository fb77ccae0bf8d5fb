/* SPDX-License-Identifier: MIT */
#include "death.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

enum { TEXT_SIZE = 16384 };

static void live_and_die(void (*call)(void *arg), void *arg, int output)
{
	dup2(output, STDERR_FILENO);
	call(arg);
	_exit(0);
}

/* To the end, as a string. */
static void read_all(int fd, char *text)
{
	size_t length = 0;
	ssize_t size;

	while ((size = read(fd, text + length, TEXT_SIZE - 1 - length)) > 0)
		length += (size_t)size;
	text[length] = '\0';
}

/* How it ended, as waitpid(2) has it, and what it said. */
static int watch(void (*call)(void *arg), void *arg, char *said)
{
	int output[2], status;
	pid_t child;

	cr_assert(pipe(output) == 0);
	child = fork();
	cr_assert(child >= 0);
	if (!child)
		live_and_die(call, arg, output[1]);
	close(output[1]);
	read_all(output[0], said);
	close(output[0]);
	cr_assert(waitpid(child, &status, 0) == child);
	return status;
}

void dies(void (*call)(void *arg), void *arg, int signal, const char *text)
{
	char said[TEXT_SIZE];
	int status = watch(call, arg, said);

	cr_assert(WIFSIGNALED(status), "it ended with status %d, saying: %s",
		  WEXITSTATUS(status), said);
	cr_assert(WTERMSIG(status) == signal, "it ended by signal %d, not %d",
		  WTERMSIG(status), signal);
	cr_assert(strstr(said, text) != NULL, "it said: %s", said);
}

void exits(void (*call)(void *arg), void *arg, int status, const char *text)
{
	char said[TEXT_SIZE];
	int end = watch(call, arg, said);

	cr_assert(WIFEXITED(end), "it ended by signal %d, saying: %s",
		  WTERMSIG(end), said);
	cr_assert(WEXITSTATUS(end) == status,
		  "it ended with status %d, not %d, saying: %s",
		  WEXITSTATUS(end), status, said);
	cr_assert(strstr(said, text) != NULL, "it said: %s", said);
}
