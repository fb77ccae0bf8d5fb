/* SPDX-License-Identifier: MIT */
/* The floor: vfork, exec, waitpid. */
#include <sys/wait.h>
#include <unistd.h>

#include "common/measure.h"
#include "common/spawn.h"

static void run(size_t events)
{
	int status;
	pid_t pid;

	while (events--) {
		pid = vfork();
		if (!pid) {
			execl("/bin/true", "true", (char *)NULL);
			_exit(127);
		}
		waitpid(pid, &status, 0);
		measure_check("status", (uint64_t)status, 0);
	}
}

int main(void)
{
	return spawn_main(run);
}
