/* SPDX-License-Identifier: MIT */
/* The names that may stand for a host, one after another: as it is, and with
   each domain of the search list behind it (resolv.conf(5)). */
#ifndef EVERT_REACTOR_SEARCH_INTERNAL_H
#define EVERT_REACTOR_SEARCH_INTERNAL_H

#include "resolv_conf_internal.h"

struct evert_search {
	const struct evert_resolv_conf *conf;
	const char *host;
	unsigned dots;
	bool ends_with_dot;
	bool is_as_is; /* what it is at now has no domain behind it */
	bool tried_as_is;
	bool ended_list;
	const char *domain; /* of the list, NULL: none yet */
};

/* Both must live as long. It is at no name yet. */
void evert_search_init(struct evert_search *search,
		       const struct evert_resolv_conf *conf, const char *host);

/* Goes to the next name; false: there is none. */
bool evert_search_next(struct evert_search *search);

/* Leaves out what is left of the list. */
static inline void evert_search_end_list(struct evert_search *search)
{
	search->ended_list = true;
}

/* Is it at the name as it is, before all domains? */
static inline bool evert_search_is_plain(const struct evert_search *search)
{
	return search->is_as_is && !search->domain;
}

/* Writes the name it is at: 0, or -errno: it is no name. */
int evert_search_name(const struct evert_search *search, uint8_t *name);

#endif
