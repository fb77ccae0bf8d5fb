/* SPDX-License-Identifier: MIT */
/*
 * The names of hosts, as a file in the form of /etc/hosts: a resolver reads it
 * where it would read that one. It is the one file of the real kernel that a
 * world has, in memory (memfd_create(2)), since a resolver's files are not read
 * by the table of system calls.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../deferred/base/bug.h"
#include "../name/resolver.h"
#include "world_internal.h"

static void add_line(struct evert_sim_bytes *to,
		     const struct evert_sim_host *host, size_t i)
{
	char address[EVERT_ADDRESS_TEXT_SIZE];

	evert_address_host_text(&host->addresses[i], address, sizeof(address));
	evert_sim_bytes_put(to, address, strlen(address));
	evert_sim_bytes_put(to, " ", 1);
	evert_sim_bytes_put(to, host->name, strlen(host->name));
	evert_sim_bytes_put(to, "\n", 1);
}

static void add_hosts(struct evert_sim_bytes *to, const struct evert_sim *sim)
{
	const struct evert_list_node *node;
	const struct evert_sim_host *host;
	size_t i;

	for (node = sim->hosts.next; node != &sim->hosts; node = node->next) {
		host = evert_container_of((struct evert_list_node *)node,
					  struct evert_sim_host, node);
		for (i = 0; i < host->address_count; i++)
			add_line(to, host, i);
	}
}

/* The file only grows: so does the world. */
void evert_sim_names_write(struct evert_sim *sim)
{
	struct evert_sim_bytes lines = {.length = 0};

	sim->names_are_old = false;
	if (sim->names < 0)
		return;
	add_hosts(&lines, sim);
	if (pwrite(sim->names, lines.data, lines.length, 0) !=
	    (ssize_t)lines.length)
		evert_bug("the names of the simulated hosts can't be written");
	evert_sim_bytes_clear(&lines);
}

void evert_sim_names_changed(struct evert_sim *sim)
{
	sim->names_are_old = true;
}

static int make(struct evert_sim *sim)
{
	if (sim->names >= 0)
		return 0;
	sim->names = memfd_create("hosts", MFD_CLOEXEC);
	if (sim->names < 0)
		return -errno;
	sim->names_are_old = true;
	return 0;
}

int evert_sim_names_give(struct evert_sim *sim, struct evert_reactor *reactor)
{
	char path[64];
	int error = make(sim);

	if (error)
		return error;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", sim->names);
	return evert_reactor_set_resolver(
		reactor, &(struct evert_resolver_options){
				 .way = EVERT_RESOLVER_OWN,
				 .hosts_file = path,
				 .resolv_conf_file = "/dev/null",
				 .gai_conf_file = "/dev/null",
				 .host_conf_file = "/dev/null",
				 .nsswitch_file = "/dev/null",
			 });
}

void evert_sim_names_release(struct evert_sim *sim)
{
	if (sim->names >= 0)
		close(sim->names);
}
