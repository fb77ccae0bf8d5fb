/* SPDX-License-Identifier: MIT */
/* What the simulated kernel does not have says so. */
#include <errno.h>
#include <netdb.h>
#include <signal.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/sim/sim.h"
#include "../../../reactor/system/system.h"

static struct evert_sim *sim;
static struct evert_system *kernel;

static void begin(void)
{
	sim = evert_sim_create(1);
	kernel = evert_sim_system(evert_sim_add_host(sim, "host", "10.0.0.1"));
}

static void finish(void)
{
	evert_sim_destroy(sim);
}

TestSuite(sim_absent, .init = begin, .fini = finish);

#define ABSENT(call, ...) \
	cr_expect(eq(int, (int)kernel->ops->call(kernel, __VA_ARGS__), -ENOSYS))

Test(sim_absent, files_are)
{
	char byte = 0;

	ABSENT(open, "/dev/null", 0, 0);
	ABSENT(pread, 0, &byte, 1, 0);
	ABSENT(pwrite, 0, &byte, 1, 0);
	ABSENT(fsync, 0);
	ABSENT(rename, "a", "b");
}

Test(sim_absent, terminals_are)
{
	char name[8];

	ABSENT(tcgetattr, 0, NULL);
	ABSENT(tcsetattr, 0, NULL);
	ABSENT(tty_exclusive, 0, true);
	ABSENT(pty, 24, 80);
	ABSENT(pty_resize, 0, 24, 80);
	ABSENT(pty_slave, 0);
	ABSENT(pty_name, 0, name, sizeof(name));
}

Test(sim_absent, processes_are)
{
	ABSENT(spawn, NULL, NULL, NULL);
	ABSENT(waitid, 1, 0, NULL, NULL, NULL);
	ABSENT(kill, 1, SIGTERM);
	ABSENT(pidfd_send_signal, 0, SIGTERM);
}

Test(sim_absent, threads_and_the_systems_resolver_are)
{
	struct addrinfo *addresses = NULL;

	cr_expect(eq(int, kernel->ops->start_thread(kernel, NULL, NULL),
		     -EAGAIN));
	cr_expect(eq(int,
		     kernel->ops->getaddrinfo(kernel, "a", "1", NULL,
					      &addresses),
		     EAI_FAIL));
	kernel->ops->freeaddrinfo(kernel, addresses);
}
