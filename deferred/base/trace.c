/* SPDX-License-Identifier: MIT */
#include "trace_internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

atomic_bool evert_trace_is_on;

static FILE *file;
static const char *separator = "[\n";

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

static void write_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', file);
		fputc(*text, file);
	}
}

void evert_trace_write(char phase, const char *category, const char *name)
{
	/* Threads are told apart by an address of their own. */
	static _Thread_local char here;

	flockfile(file);
	fprintf(file, "%s{\"ph\":\"%c\",\"ts\":%.3f,\"pid\":%ld,\"tid\":%lu,",
		separator, phase, now(), (long)getpid(),
		(unsigned long)(uintptr_t)&here);
	fprintf(file, "\"cat\":\"%s\",\"name\":\"", category);
	write_text(name);
	fputs("\"}", file);
	separator = ",\n";
	funlockfile(file);
}

static void finish(void)
{
	atomic_store(&evert_trace_is_on, false);
	fputs("\n]\n", file);
	fclose(file);
}

static void start(void)
{
	const char *name = getenv("EVERT_TRACE");

	if (!name || !*name)
		return;
	file = fopen(name, "we");
	if (!file) {
		fprintf(stderr, "evert: cannot write the trace %s: %s\n", name,
			strerror(errno));
		return;
	}
	atexit(finish);
	atomic_store(&evert_trace_is_on, true);
}

void evert_trace_start(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, start);
}
