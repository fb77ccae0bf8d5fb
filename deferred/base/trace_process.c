/* SPDX-License-Identifier: MIT */
#include "trace_process_internal.h"

#include <fcntl.h>
#include <unistd.h>

struct evert_trace_process evert_trace_process;

/* As proc(5) has it: a zero byte ends each argument. */
static void read_command(char *command, size_t size)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, command, size - 1), i;

	if (fd >= 0)
		close(fd);
	if (length < 0)
		length = 0;
	while (length && !command[length - 1])
		length--;
	for (i = 0; i < length; i++)
		if (!command[i])
			command[i] = ' ';
	command[length] = '\0';
}

void evert_trace_process_look(void)
{
	struct evert_trace_process *process = &evert_trace_process;

	process->id = (long)getpid();
	read_command(process->command, sizeof(process->command));
	if (gethostname(process->host, sizeof(process->host)))
		process->host[0] = '\0';
	process->host[sizeof(process->host) - 1] = '\0';
	if (!getcwd(process->directory, sizeof(process->directory)))
		process->directory[0] = '\0';
}
