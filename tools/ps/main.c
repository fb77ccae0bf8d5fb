/* SPDX-License-Identifier: MIT */
/*
 * What a process that uses evert waits for, from outside:
 *
 *	evert-ps PID
 *	evert-ps PROGRAM CORE
 *
 * docs/debugging.md tells what it shows. Ends with 0; 1: there is no such
 * process, no evert in it, no permission, and the like, told on standard error;
 * 2: wrong usage.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../deferred/base/version.h"
#include "core.h"
#include "process.h"
#include "report.h"
#include "show.h"

static const char usage[] = "usage: evert-ps PID\n"
			    "       evert-ps PROGRAM CORE\n";

/* Draws all into memory, to be printed if it was so at one moment. Is a list
   `*damaged`? */
static char *draw(struct target *target, bool *damaged)
{
	struct scene scene;
	char *drawn = NULL;
	size_t length;
	FILE *out = open_memstream(&drawn, &length);

	if (!out)
		give_up("there is not enough memory");
	scene_read(&scene, target);
	show(&scene, out);
	*damaged = scene.damaged;
	scene_free(&scene);
	if (fclose(out))
		give_up("there is not enough memory");
	return drawn;
}

static void print(const char *drawn)
{
	if (fputs(drawn, stdout) < 0 || fflush(stdout))
		give_up("can't write: %s", strerror(errno));
}

static void show_core(const char *program, const char *path)
{
	struct target target = { 0 };
	struct core core;
	bool damaged;
	char *drawn;

	core_open(&core, &target.images, program, path);
	target.memory = &core.base;
	target_find_evert(&target, path);
	drawn = draw(&target, &damaged);
	print(drawn);
	free(drawn);
	core_close(&core);
	images_free(&target.images);
}

static void tell_how(const struct process *process)
{
	char link[64], name[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/%d/exe",
		 (int)process->blocks.pid);
	length = readlink(link, name, sizeof(name) - 1);
	name[length < 0 ? 0 : length] = '\0';
	printf("process %d, %s, ", (int)process->blocks.pid, name);
	if (!process->stops)
		puts("not stopped");
	else if (process->stops == 1)
		printf("stopped for %.3f ms\n",
		       (double)process->stopped / 1e6);
	else
		printf("stopped %u times, for at most %.3f ms\n",
		       process->stops, (double)process->stopped / 1e6);
}

/* A moment may be one in which a list is being changed: then another one. */
static char *draw_process(struct target *target, struct process *process)
{
	unsigned moments = 4;
	char *drawn = NULL;
	bool damaged;

	do {
		if (drawn)
			process_look_again(process);
		do {
			free(drawn);
			drawn = draw(target, &damaged);
		} while (!process_is_consistent(process));
	} while (damaged && --moments);
	return drawn;
}

static void show_process(pid_t pid)
{
	struct target target = { 0 };
	struct process process;
	char name[32], *drawn;

	process_open(&process, &target.images, pid);
	target.memory = &process.base;
	snprintf(name, sizeof(name), "process %d", (int)pid);
	target_find_evert(&target, name);
	drawn = draw_process(&target, &process);
	tell_how(&process);
	print(drawn);
	free(drawn);
	process_close(&process);
	images_free(&target.images);
}

static bool is_process(const char *text, pid_t *pid)
{
	char *rest;
	long number;

	errno = 0;
	number = strtol(text, &rest, 10);
	*pid = (pid_t)number;
	return !errno && rest != text && !*rest && number > 0 &&
	       number <= INT_MAX;
}

int main(int argc, char **argv)
{
	pid_t pid;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		print(usage);
	} else if (argc == 2 && is_process(argv[1], &pid)) {
		show_process(pid);
	} else if (argc == 3 && argv[1][0] != '-') {
		show_core(argv[1], argv[2]);
	} else {
		fputs(usage, stderr);
		return 2;
	}
	return 0;
}
