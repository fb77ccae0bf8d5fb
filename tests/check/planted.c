/* SPDX-License-Identifier: MIT */
/*
 * Bugs on purpose. `make check` first sees to it that each of them is found,
 * in the very way in which the tests are run.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int shared;

static void *increment(void *unused)
{
	for (int i = 0; i < 1000; i++)
		shared++;
	return unused;
}

Test(planted, leak)
{
	char *volatile lost = malloc(77);

	cr_assert(lost);
	lost = NULL;
}

Test(planted, overflow)
{
	volatile char *volatile block = malloc(8);

	block[8] = 1;
	free((void *)block);
}

/* In a child, and nobody looks at how it ends: only the report tells. */
Test(planted, shift)
{
	volatile int places = 40;
	pid_t child = fork();

	if (child == 0)
		_exit(1 << places == 3);
	waitpid(child, NULL, 0);
}

Test(planted, race)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, increment, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}
