/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <stdio.h>
#include <time.h>

#include "client/client.h"

int64_t server_time(pid_t pid)
{
	struct timespec time;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &time))
		client_fail("processor time");
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t server_memory(pid_t pid)
{
	char path[64], line[256];
	long kilobytes = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	file = fopen(path, "r");
	if (!file)
		client_fail(path);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Anonymous: %ld", &kilobytes) == 1)
			break;
	fclose(file);
	if (kilobytes < 0)
		client_fail(path);
	return (int64_t)kilobytes * 1024;
}
