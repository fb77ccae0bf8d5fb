/* SPDX-License-Identifier: MIT */
/*
 * The names of hosts, as a file in the form of /etc/hosts: a resolver reads it
 * where it would read that one, and no other of /etc's. It is the one file of
 * the real kernel that a world has, in memory (memfd_create(2)), since a
 * resolver's files are not read by the table of system calls.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../deferred/base/bug.h"
#include "calls_internal.h"

int evert_sim_names_open(struct evert_sim *sim)
{
	sim->names = memfd_create("hosts", MFD_CLOEXEC);
	if (sim->names < 0)
		return -errno;
	snprintf(sim->names_path, sizeof(sim->names_path), "/proc/self/fd/%d",
		 sim->names);
	/* The others: none are there. */
	sim->names_files = (struct evert_system_names){
		.hosts = sim->names_path,
		.resolv_conf = "",
		.gai_conf = "",
		.host_conf = "",
		.nsswitch = "",
	};
	return 0;
}

/* Behind those that are there: so does the world grow. */
void evert_sim_names_add(struct evert_sim_host *host,
			 const struct evert_address *address)
{
	char text[EVERT_ADDRESS_TEXT_SIZE];

	evert_address_host_text(address, text, sizeof(text));
	if (dprintf(host->sim->names, "%s %s\n", text, host->name) < 0)
		evert_bug("the names of the simulated hosts can't be written");
}

const struct evert_system_names *
evert_sim_call_names(struct evert_system *system)
{
	return &evert_sim_host_from(system)->sim->names_files;
}

void evert_sim_names_close(struct evert_sim *sim)
{
	close(sim->names);
}
