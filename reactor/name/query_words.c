/* SPDX-License-Identifier: MIT */
/* What came of a query, for a person. */
#include "query_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void trial_text(const struct evert_query_trial *trial, char *text,
		       size_t size)
{
	char rcode[EVERT_DNS_NUMBER_TEXT_SIZE];

	switch (trial->what) {
	case EVERT_WAS_OUT_OF_REACH:
		snprintf(text, size, "cannot be reached (%s)",
			 strerror(trial->number));
		break;
	case EVERT_WAS_NO_HELP:
		snprintf(text, size, trial->number ? "said %s" : "knows nothing",
			 evert_dns_rcode_text((uint16_t)trial->number, rcode,
					      sizeof(rcode)));
		break;
	case EVERT_WAS_NONSENSE:
		snprintf(text, size, "talks nonsense");
		break;
	default:
		snprintf(text, size, "is silent");
		break;
	}
}

static void add_words(const struct evert_query *query, size_t i, char *words)
{
	const struct evert_address *server = &query->config->servers[i].address;
	char text[96], address[EVERT_ADDRESS_TEXT_SIZE];
	size_t length = strlen(words);

	trial_text(&query->trials[i], text, sizeof(text));
	snprintf(words + length, EVERT_QUERY_WORDS - length, "%s%s %s",
		 length ? ", " : "",
		 evert_address_text(server, address, sizeof(address)), text);
}

const struct evert_error *evert_query_why(const struct evert_query *query,
					  int *error, char *words)
{
	const struct evert_error *kind = EVERT_LOOKUP_TIMED_OUT;
	size_t i;

	words[0] = '\0';
	*error = ETIMEDOUT;
	for (i = 0; i < query->config->server_count; i++) {
		add_words(query, i, words);
		if (query->trials[i].what <= EVERT_WAS_SILENT)
			continue;
		kind = EVERT_SERVER_FAILED;
		*error = query->trials[i].what == EVERT_WAS_OUT_OF_REACH ?
				 query->trials[i].number :
				 EAGAIN;
	}
	return query->has_no_memory ? EVERT_NO_MEMORY : kind;
}

void evert_query_who_said(const struct evert_query *query, uint16_t rcode,
			  char *words)
{
	const struct evert_name_config *config = query->config;
	size_t i = evert_query_index(query);
	char text[EVERT_DNS_NUMBER_TEXT_SIZE], address[EVERT_ADDRESS_TEXT_SIZE];

	snprintf(words, EVERT_QUERY_WORDS, "%s said %s",
		 evert_address_text(&config->servers[i].address, address,
				    sizeof(address)),
		 evert_dns_rcode_text(rcode, text, sizeof(text)));
}
