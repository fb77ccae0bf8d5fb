/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

static bool run(bool (*act)(void), void (*end)(int status))
{
	pid_t process = fork();
	int status;

	cr_assert(process >= 0);
	if (!process) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* with a test that hangs */
		end(act() ? 0 : 1);
	}
	cr_assert(waitpid(process, &status, 0) == process);
	return status == 0;
}

bool child(bool (*act)(void))
{
	return run(act, _exit);
}

bool child_exits(bool (*act)(void))
{
	return run(act, exit);
}
