/* SPDX-License-Identifier: MIT */
#include "host_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"

/* RFC 8305, 3: "Resolution Delay". */
static const double RESOLUTION_DELAY_SECONDS = 0.05;

/* ---- Telling ---- */

/* From the loop. */
static void tell(struct evert_host_lookup *lookup)
{
	evert_delayed_call_cancel(lookup->in_part);
	lookup->has_more = false;
	evert_task_plan(lookup->resolver->reactor, &lookup->tell);
}

/* What there is by now. Without memory for it, that is the end. */
static void tell_in_part(void *arg)
{
	struct evert_host_lookup *lookup = arg;

	evert_host_take_addresses(lookup);
	lookup->has_more = lookup->count;
	if (lookup->count)
		evert_host_sort(lookup);
	lookup->done(lookup);
}

static void run_tell(struct evert_task *task)
{
	struct evert_host_lookup *lookup =
		evert_container_of(task, struct evert_host_lookup, tell);

	if (lookup->has_more)
		tell_in_part(lookup);
	else
		lookup->done(lookup);
}

/* One family has answered, the other has not. */
static void plan_part(struct evert_host_lookup *lookup)
{
	struct evert_reactor *reactor = lookup->resolver->reactor;
	bool has_ip4 = evert_host_has_addresses(lookup->families[0].answer);
	bool has_ip6 = evert_host_has_addresses(lookup->families[1].answer);

	if (!lookup->in_parts || lookup->was_told_in_part ||
	    (!has_ip4 && !has_ip6))
		return;
	lookup->was_told_in_part = true;
	if (has_ip4)
		lookup->in_part = evert_reactor_call_later(
			reactor, RESOLUTION_DELAY_SECONDS, tell_in_part,
			lookup);
	if (evert_delayed_call_active(lookup->in_part))
		return;
	lookup->has_more = true;
	evert_task_plan(reactor, &lookup->tell);
}

/* ---- Asking ---- */

static bool is_waiting(const struct evert_host_lookup *lookup)
{
	return lookup->families[0].asker.question ||
	       lookup->families[1].asker.question;
}

static size_t family_count(const struct evert_host_lookup *lookup)
{
	return lookup->config->conf.no_aaaa ? 1 : 2;
}

/* Both families, or the second one when the first has answered. */
static void ask_families(struct evert_host_lookup *lookup, const uint8_t *name)
{
	const struct evert_resolv_conf *conf = &lookup->config->conf;
	size_t families = family_count(lookup), i;
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
	evert_host_fail(lookup, EVERT_NO_MEMORY, ENOMEM, "");
	tell(lookup);
}

/* True: it is at its end. */
static bool conclude(struct evert_host_lookup *lookup)
{
	struct evert_host_failure failure = {
		.kind = lookup->is_name ? NULL : EVERT_NO_NAME,
		.error = ENOENT,
		.words = "it is no name that a server could know",
	};
	bool found = evert_host_take_answers(lookup, &failure);

	if (lookup->failure.kind == EVERT_NO_MEMORY ||
	    failure.kind == EVERT_NO_MEMORY) {
		fail_for_memory(lookup);
		return true;
	}
	if (found) {
		evert_host_sort(lookup);
		tell(lookup);
		return true;
	}
	evert_host_remember(lookup, &failure);
	if (!evert_host_failure_is_passing(&failure))
		evert_search_end_list(&lookup->search);
	if (failure.error != ECONNREFUSED && evert_search_next(&lookup->search))
		return false;
	tell(lookup);
	return true;
}

/* What has not been asked yet of the name that the search is at. */
static void ask(struct evert_host_lookup *lookup)
{
	uint8_t name[EVERT_DNS_NAME_SIZE];

	if (lookup->families[family_count(lookup) - 1].is_asked)
		return;
	lookup->is_name = !evert_search_name(&lookup->search, name);
	if (lookup->is_name)
		ask_families(lookup, name);
}

static void go_on(struct evert_host_lookup *lookup)
{
	do {
		ask(lookup);
		if (is_waiting(lookup)) {
			plan_part(lookup);
			return;
		}
	} while (!conclude(lookup));
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
		evert_host_fail(lookup, EVERT_NO_NAME, ENOENT,
				"the name is empty");
	else if (evert_host_find_here(lookup))
		evert_host_sort(lookup);
	else if (!lookup->resolver->services.dns)
		evert_host_fail(lookup, EVERT_NO_NAME, ENOENT,
			    "it is not in the hosts file");
	else if (evert_search_next(&lookup->search)) {
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
			    bool in_parts,
			    void (*done)(struct evert_host_lookup *lookup))
{
	size_t length = strlen(host);

	*lookup = (struct evert_host_lookup){
		.resolver = resolver,
		.done = done,
		.in_parts = in_parts,
		.host = evert_allocate(length + 1),
	};
	if (!lookup->host)
		return -ENOMEM;
	memcpy(lookup->host, host, length + 1);
	lookup->config = evert_name_config_use(resolver->config);
	evert_search_init(&lookup->search, &lookup->config->conf, lookup->host);
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
	evert_delayed_call_cancel(lookup->in_part);
	evert_asker_end(&lookup->families[0].asker);
	evert_asker_end(&lookup->families[1].asker);
	evert_host_release_answers(lookup);
	evert_name_config_release(lookup->config);
	evert_free(lookup->addresses);
	evert_free(lookup->host);
	lookup->host = NULL;
}
