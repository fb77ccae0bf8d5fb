/* SPDX-License-Identifier: MIT */
#include "host_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "sort_internal.h"

enum { NAME_TEXT = 2 * EVERT_DNS_NAME_TEXT_SIZE };

/* ---- Addresses ---- */

/* Without memory it stops, and says so. */
static void add_address(struct evert_host_lookup *lookup,
			const struct evert_address *address)
{
	if (lookup->count == EVERT_HOST_ADDRESSES)
		return;
	if (!lookup->addresses)
		lookup->addresses = evert_allocate(EVERT_HOST_ADDRESSES *
						   sizeof(*address));
	if (lookup->addresses)
		lookup->addresses[lookup->count++] = *address;
	else
		lookup->failure.kind = EVERT_NO_MEMORY;
}

static void tell(struct evert_host_lookup *lookup)
{
	evert_task_plan(lookup->resolver->reactor, &lookup->tell);
}

static void finish(struct evert_host_lookup *lookup)
{
	if (lookup->count)
		lookup->failure.kind = NULL;
	evert_sort(&lookup->resolver->policies,
		   lookup->resolver->reactor->system, lookup->addresses,
		   lookup->count);
	tell(lookup);
}

static void run_tell(struct evert_task *task)
{
	struct evert_host_lookup *lookup =
		evert_container_of(task, struct evert_host_lookup, tell);

	lookup->done(lookup);
}

/* ---- Without a server ---- */

static void set_failure(struct evert_host_lookup *lookup,
			const struct evert_error *kind, int error,
			const char *words)
{
	lookup->failure.kind = kind;
	lookup->failure.error = error;
	snprintf(lookup->failure.words, sizeof(lookup->failure.words), "%s",
		 words);
}

/* As getaddrinfo has it: "127.1" is an address, too. */
static bool find_numeric(struct evert_host_lookup *lookup)
{
	struct evert_address address;
	struct in_addr ip4;

	if (evert_address_parse(&address, lookup->host, 0)) {
		if (strpbrk(lookup->host, " \t\n") ||
		    !inet_aton(lookup->host, &ip4))
			return false;
		evert_address_parse(&address, "0.0.0.0", 0);
		address.as.ip4.sin_addr = ip4;
	}
	add_address(lookup, &address);
	return true;
}

static bool find_in_hosts(struct evert_host_lookup *lookup)
{
	const struct evert_resolver *resolver = lookup->resolver;
	const struct evert_hosts_entry *entry;

	if (!resolver->services.files)
		return false;
	entry = evert_hosts_find(resolver->hosts, lookup->host);
	if (!entry)
		return false;
	for (; entry && (!lookup->count || resolver->all_lines);
	     entry = evert_hosts_next(entry))
		add_address(lookup, &entry->address);
	return true;
}

static bool find_loopback(struct evert_host_lookup *lookup)
{
	uint8_t name[EVERT_DNS_NAME_SIZE];
	struct evert_address address;

	if (evert_dns_name_parse(name, lookup->host, NULL) ||
	    !evert_name_is_local(name))
		return false;
	evert_address_parse(&address, "127.0.0.1", 0);
	add_address(lookup, &address);
	evert_address_parse(&address, "::1", 0);
	add_address(lookup, &address);
	return true;
}

static bool find_here(struct evert_host_lookup *lookup)
{
	return find_numeric(lookup) || find_in_hosts(lookup) ||
	       find_loopback(lookup);
}

/* ---- The search list ---- */

static bool has_enough_dots(const struct evert_host_lookup *lookup)
{
	return lookup->ends_with_dot ||
	       lookup->dots >= lookup->config->conf.ndots;
}

static bool take_as_is(struct evert_host_lookup *lookup)
{
	lookup->is_as_is = lookup->tried_as_is = true;
	return true;
}

/* A domain that is the root stands for the name as it is. */
static bool take_domain(struct evert_host_lookup *lookup)
{
	const char *next = lookup->ended_search || lookup->ends_with_dot ?
				   NULL :
				   evert_resolv_conf_search(
					   &lookup->config->conf,
					   lookup->domain);

	lookup->is_as_is = false;
	lookup->ended_search |= !next;
	if (!next)
		return false;
	lookup->domain = next;
	lookup->tried_as_is |= !strcmp(next, ".");
	return true;
}

/* Is there something left to ask for? */
static bool take_next(struct evert_host_lookup *lookup)
{
	bool was_searched = lookup->domain;

	if (!lookup->tried_as_is && !was_searched && has_enough_dots(lookup))
		return take_as_is(lookup);
	if (take_domain(lookup))
		return true;
	if (lookup->tried_as_is ||
	    (!lookup->dots && was_searched &&
	     lookup->config->conf.no_tld_query))
		return false;
	return take_as_is(lookup);
}

/* 0, or -errno: it is no name. */
static int write_name(const struct evert_host_lookup *lookup, uint8_t *name)
{
	const char *domain = lookup->is_as_is ? "" : lookup->domain;
	char text[NAME_TEXT];
	int length;

	if (*domain == '.')
		domain++;
	length = snprintf(text, sizeof(text), "%s%s%s", lookup->host,
			  lookup->ends_with_dot ? "" : ".", domain);
	if (length >= (int)sizeof(text))
		return -ENAMETOOLONG;
	return evert_dns_name_parse(name, text, NULL);
}

/* ---- Reasons ---- */

/* Of several reasons: that the name exists, then that a server failed, then
   the latest; but before all what was said of the name as it is. */
static void remember(struct evert_host_lookup *lookup,
		     const struct evert_host_failure *failure)
{
	const struct evert_error *kind = lookup->failure.kind;

	if (lookup->failed_first || kind == EVERT_NO_DATA ||
	    (kind == EVERT_SERVER_FAILED && failure->kind != EVERT_NO_DATA))
		return;
	lookup->failure = *failure;
	lookup->failed_first = lookup->is_as_is && !lookup->domain;
}

/* Of both families': a server that failed, then no data, then no name. */
static int weight(const struct evert_error *kind)
{
	if (!kind)
		return 0;
	if (kind == EVERT_NO_NAME)
		return 1;
	return kind == EVERT_NO_DATA ? 2 : 3;
}

static void take_failure(struct evert_host_failure *failure,
			 const struct evert_answer *answer)
{
	if (weight(answer->kind) <= weight(failure->kind))
		return;
	failure->kind = answer->kind;
	failure->error = answer->error;
	memcpy(failure->words, answer->words, sizeof(failure->words));
}

/* Is it one to ask for the next name of the search list? */
static bool is_about_name(const struct evert_host_failure *failure)
{
	return failure->kind == EVERT_NO_NAME ||
	       failure->kind == EVERT_NO_DATA ||
	       (failure->kind == EVERT_SERVER_FAILED &&
		failure->error == EAGAIN);
}

/* ---- Asking ---- */

static void take_addresses(struct evert_host_lookup *lookup,
			   const struct evert_answer *answer)
{
	struct evert_address address;
	size_t i;

	for (i = 0; answer->records && i < answer->records->count; i++)
		if (!evert_dns_record_address(&answer->records->record[i], 0,
					      &address))
			add_address(lookup, &address);
}

static void release_answers(struct evert_host_lookup *lookup)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		evert_answer_release(lookup->families[i].answer);
		lookup->families[i].answer = NULL;
		lookup->families[i].is_asked = false;
	}
}

static bool is_waiting(const struct evert_host_lookup *lookup)
{
	return lookup->families[0].asker.question ||
	       lookup->families[1].asker.question;
}

/* Both families, or the second one when the first has answered. */
static void ask_families(struct evert_host_lookup *lookup, const uint8_t *name)
{
	const struct evert_resolv_conf *conf = &lookup->config->conf;
	size_t families = conf->no_aaaa ? 1 : 2, i;
	struct evert_host_family *family;

	for (i = 0; i < families; i++) {
		family = &lookup->families[i];
		if (family->is_asked)
			continue;
		if (i && conf->single_request && is_waiting(lookup))
			return;
		family->is_asked = true;
		family->answer = evert_resolver_ask(
			lookup->resolver, lookup->config, name, family->type,
			&family->asker);
	}
}

static void fail_for_memory(struct evert_host_lookup *lookup)
{
	lookup->count = 0;
	set_failure(lookup, EVERT_NO_MEMORY, ENOMEM, "");
	tell(lookup);
}

/* What both have answered. False: nothing. */
static bool take_answers(struct evert_host_lookup *lookup,
			 struct evert_host_failure *failure)
{
	struct evert_host_family *family;
	size_t i;

	for (i = 0; i < 2; i++) {
		family = &lookup->families[i];
		if (family->is_asked && !family->answer)
			failure->kind = EVERT_NO_MEMORY;
		if (!family->answer)
			continue;
		take_addresses(lookup, family->answer);
		take_failure(failure, family->answer);
	}
	release_answers(lookup);
	return lookup->count;
}

/* True: it is at its end. */
static bool conclude(struct evert_host_lookup *lookup, bool is_name)
{
	struct evert_host_failure failure = {
		.kind = is_name ? NULL : EVERT_NO_NAME,
		.error = ENOENT,
		.words = "it is no name that a server could know",
	};
	bool found = take_answers(lookup, &failure);

	if (lookup->failure.kind == EVERT_NO_MEMORY ||
	    failure.kind == EVERT_NO_MEMORY) {
		fail_for_memory(lookup);
		return true;
	}
	if (found) {
		finish(lookup);
		return true;
	}
	remember(lookup, &failure);
	lookup->ended_search |= !is_about_name(&failure);
	if (failure.error != ECONNREFUSED && take_next(lookup))
		return false;
	tell(lookup);
	return true;
}

static void go_on(struct evert_host_lookup *lookup)
{
	uint8_t name[EVERT_DNS_NAME_SIZE];
	bool is_name;

	do {
		is_name = !write_name(lookup, name);
		if (is_name)
			ask_families(lookup, name);
		if (is_waiting(lookup))
			return;
	} while (!conclude(lookup, is_name));
}

static void answered(struct evert_asker *asker, struct evert_answer *answer)
{
	struct evert_host_family *family =
		evert_container_of(asker, struct evert_host_family, asker);

	family->answer = answer ? evert_answer_use(answer) : NULL;
	go_on(family->lookup);
}

/* ---- Beginning, ending ---- */

static void begin(struct evert_host_lookup *lookup)
{
	if (!*lookup->host)
		set_failure(lookup, EVERT_NO_NAME, ENOENT, "the name is empty");
	else if (find_here(lookup)) {
		finish(lookup);
		return;
	} else if (!lookup->resolver->services.dns)
		set_failure(lookup, EVERT_NO_NAME, ENOENT,
			    "it is not in the hosts file");
	else if (take_next(lookup)) {
		go_on(lookup);
		return;
	}
	tell(lookup);
}

static void init_families(struct evert_host_lookup *lookup)
{
	static const uint16_t types[] = { EVERT_DNS_A, EVERT_DNS_AAAA };
	size_t i;

	for (i = 0; i < 2; i++)
		lookup->families[i] = (struct evert_host_family){
			.asker.answered = answered,
			.lookup = lookup,
			.type = types[i],
		};
}

int evert_host_lookup_begin(struct evert_host_lookup *lookup,
			    struct evert_resolver *resolver, const char *host,
			    void (*done)(struct evert_host_lookup *lookup))
{
	size_t length = strlen(host), i;

	*lookup = (struct evert_host_lookup){
		.resolver = resolver,
		.done = done,
		.host = evert_allocate(length + 1),
	};
	if (!lookup->host)
		return -ENOMEM;
	memcpy(lookup->host, host, length + 1);
	for (i = 0; i < length; i++)
		lookup->dots += host[i] == '.';
	lookup->ends_with_dot = length && host[length - 1] == '.';
	lookup->config = evert_name_config_use(resolver->config);
	evert_task_init(&lookup->tell, run_tell);
	init_families(lookup);
	begin(lookup);
	return 0;
}

void evert_host_lookup_end(struct evert_host_lookup *lookup)
{
	if (!lookup->host)
		return;
	evert_task_cancel(&lookup->tell);
	evert_asker_end(&lookup->families[0].asker);
	evert_asker_end(&lookup->families[1].asker);
	release_answers(lookup);
	evert_name_config_release(lookup->config);
	evert_free(lookup->addresses);
	evert_free(lookup->host);
	lookup->host = NULL;
}
