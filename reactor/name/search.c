/* SPDX-License-Identifier: MIT */
#include "search_internal.h"

#include <errno.h>
#include <string.h>

#include "../dns/name.h"

enum { NAME_TEXT = 2 * EVERT_DNS_NAME_TEXT_SIZE };

void evert_search_init(struct evert_search *search,
		       const struct evert_resolv_conf *conf, const char *host)
{
	size_t length = strlen(host), i;

	*search = (struct evert_search){ .conf = conf, .host = host };
	for (i = 0; i < length; i++)
		search->dots += host[i] == '.';
	search->ends_with_dot = length && host[length - 1] == '.';
}

static bool has_enough_dots(const struct evert_search *search)
{
	return search->ends_with_dot || search->dots >= search->conf->ndots;
}

static bool take_as_is(struct evert_search *search)
{
	search->is_as_is = search->tried_as_is = true;
	return true;
}

/* A domain that is the root stands for the name as it is. */
static bool take_domain(struct evert_search *search)
{
	const char *next = search->ended_list || search->ends_with_dot ?
				   NULL :
				   evert_resolv_conf_search(search->conf,
							    search->domain);

	search->is_as_is = false;
	search->ended_list |= !next;
	if (!next)
		return false;
	search->domain = next;
	search->tried_as_is |= !strcmp(next, ".");
	return true;
}

bool evert_search_next(struct evert_search *search)
{
	bool was_searched = search->domain;

	if (!search->tried_as_is && !was_searched && has_enough_dots(search))
		return take_as_is(search);
	if (take_domain(search))
		return true;
	if (search->tried_as_is ||
	    (!search->dots && was_searched && search->conf->no_tld_query))
		return false;
	return take_as_is(search);
}

int evert_search_name(const struct evert_search *search, uint8_t *name)
{
	const char *domain = search->is_as_is ? "" : search->domain;
	size_t length = strlen(search->host);
	char text[NAME_TEXT];

	if (*domain == '.')
		domain++;
	if (length + 1 + strlen(domain) >= sizeof(text))
		return -ENAMETOOLONG;
	memcpy(text, search->host, length);
	if (!search->ends_with_dot)
		text[length++] = '.';
	strcpy(text + length, domain);
	return evert_dns_name_parse(name, text, NULL);
}
