/* SPDX-License-Identifier: MIT */
/*
 * /etc/hosts (hosts(5)), as glibc 2.36 reads it: an address as inet_pton(3)
 * has it (no "127.1", no scope), then names, between white space; from a # on
 * nothing counts. Names are equal in any case, spelt as they are: one with a
 * dot at its end is another.
 */
#ifndef EVERT_REACTOR_HOSTS_INTERNAL_H
#define EVERT_REACTOR_HOSTS_INTERNAL_H

#include "../address.h"

struct evert_hosts;

/* A name and one of its addresses. */
struct evert_hosts_entry {
	const char *name;
	const char *canonical;	      /* the first name of its line */
	struct evert_address address; /* port 0 */
	struct evert_hosts_entry *next; /* of equal hash */
};

/* Of a file with this text. NULL, errno ENOMEM. */
struct evert_hosts *evert_hosts_create(const char *text);

/* NULL does nothing. */
void evert_hosts_destroy(struct evert_hosts *hosts);

/* The first entry of a name, in the file's order, and the one after `entry`
   of the same name. NULL: there is none. */
const struct evert_hosts_entry *evert_hosts_find(const struct evert_hosts *hosts,
						 const char *name);
const struct evert_hosts_entry *
evert_hosts_next(const struct evert_hosts_entry *entry);

#endif
