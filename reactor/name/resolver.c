/* SPDX-License-Identifier: MIT */
#include "resolver_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../deferred/base/memory.h"

enum { CACHE_SIZE = 4096 };

/* ---- With the reactor ---- */

static void close_sockets(struct evert_resolver *resolver)
{
	if (resolver->config)
		evert_name_config_close(resolver->config);
}

static void begin_anew(struct evert_errand *errand)
{
	struct evert_resolver *resolver =
		evert_container_of(errand, struct evert_resolver, errand);

	evert_random_forget(&resolver->random);
	evert_questions_interrupt(&resolver->questions);
	close_sockets(resolver);
	evert_questions_begin_anew(&resolver->questions);
}

static void shut_down(struct evert_member *member)
{
	struct evert_resolver *resolver =
		evert_container_of(member, struct evert_resolver, member);

	evert_member_leave(member);
	evert_questions_fail(&resolver->questions, EVERT_REACTOR_STOPPED);
	close_sockets(resolver);
}

static void release(struct evert_resolver *resolver)
{
	evert_list_remove(&resolver->errand.node);
	evert_member_leave(&resolver->member);
	evert_questions_finish(&resolver->questions);
	evert_resolver_release_files(resolver);
	evert_free(resolver);
}

/* ---- Making ---- */

static size_t cache_size(const struct evert_resolver_options *options)
{
	if (options->cache_size < 0)
		return 0;
	return options->cache_size ? (size_t)options->cache_size : CACHE_SIZE;
}

static uint32_t draw_seed(struct evert_resolver *resolver)
{
	uint32_t high = evert_random_take(&resolver->random);

	return high << 16 | evert_random_take(&resolver->random);
}

struct evert_resolver *evert_resolver_of(struct evert_reactor *reactor)
{
	struct evert_resolver *resolver = reactor->resolver;

	if (resolver)
		return resolver;
	resolver = evert_allocate(sizeof(*resolver));
	if (!resolver)
		return NULL;
	*resolver = (struct evert_resolver){
		.reactor = reactor,
		.random = { .system = reactor->system },
	};
	evert_resolver_begin_files(resolver);
	evert_dns_cache_init(&resolver->cache, CACHE_SIZE,
			     draw_seed(resolver));
	evert_questions_init(&resolver->questions, reactor, &resolver->cache);
	evert_list_init(&resolver->member.node);
	resolver->errand.begin_anew = begin_anew;
	evert_errand_join(reactor, &resolver->errand);
	reactor->resolver = resolver;
	reactor->release_resolver = release;
	return resolver;
}

struct evert_resolver *evert_resolver_ready(struct evert_reactor *reactor)
{
	struct evert_resolver *resolver = evert_resolver_of(reactor);
	int error = resolver ? 0 : -ENOMEM;

	evert_clock_refresh(&reactor->clock);
	if (reactor->shutting_down)
		error = -ESHUTDOWN;
	if (!error)
		error = evert_resolver_read_files(resolver);
	if (!error)
		return resolver;
	errno = -error;
	return NULL;
}

bool evert_resolver_is_systems(const struct evert_resolver *resolver)
{
	const char *way = evert_resolver_names(resolver)
				  ? NULL
				  : getenv("EVERT_RESOLVER");

	if (resolver->options.way != EVERT_RESOLVER_AUTOMATIC)
		return resolver->options.way == EVERT_RESOLVER_SYSTEM;
	if (way && !strcmp(way, "system"))
		return true;
	return resolver->services.others && (!way || strcmp(way, "own") != 0);
}

/* ---- Options ---- */

static int check(const struct evert_resolver_options *options)
{
	size_t i;

	if (options->server_count > EVERT_RESOLV_SERVERS)
		return -EINVAL;
	for (i = 0; i < options->server_count; i++)
		if (options->servers[i].as.any.sa_family != AF_INET &&
		    options->servers[i].as.any.sa_family != AF_INET6)
			return -EINVAL;
	return 0;
}

/* NULL where there is none to copy; `*error` where there is no memory. */
static char *copy_path(const char *path, int *error)
{
	char *copy = path ? evert_allocate(strlen(path) + 1) : NULL;

	if (copy)
		strcpy(copy, path);
	else if (path)
		*error = -ENOMEM;
	return copy;
}

static int copy_paths(char **paths,
		      const struct evert_resolver_options *options)
{
	int error = 0;

	paths[EVERT_FILE_HOSTS] = copy_path(options->hosts_file, &error);
	paths[EVERT_FILE_RESOLV_CONF] =
		copy_path(options->resolv_conf_file, &error);
	paths[EVERT_FILE_GAI_CONF] = copy_path(options->gai_conf_file, &error);
	paths[EVERT_FILE_HOST_CONF] =
		copy_path(options->host_conf_file, &error);
	paths[EVERT_FILE_NSSWITCH] = copy_path(options->nsswitch_file, &error);
	return error;
}

static void copy_servers(struct evert_resolver *resolver,
			 const struct evert_resolver_options *options)
{
	struct evert_address *server;
	size_t i;

	for (i = 0; i < options->server_count; i++) {
		server = &resolver->servers[i];
		*server = options->servers[i];
		/* Where the port stands is the same in both families. */
		if (!evert_address_port(server))
			server->as.ip4.sin_port = htons(EVERT_DNS_PORT);
	}
}

/* Anew, as if nothing had been read. */
static void apply(struct evert_resolver *resolver,
		  const struct evert_resolver_options *options, char **paths)
{
	evert_resolver_release_files(resolver);
	resolver->options = *options;
	resolver->hosts = NULL;
	resolver->config = NULL;
	memcpy(resolver->paths, paths, sizeof(resolver->paths));
	copy_servers(resolver, options);
	evert_resolver_begin_files(resolver);
	resolver->cache.most = cache_size(options);
}

int evert_reactor_set_resolver(struct evert_reactor *reactor,
			       const struct evert_resolver_options *options)
{
	static const struct evert_resolver_options defaults;
	struct evert_resolver *resolver = evert_resolver_of(reactor);
	char *paths[EVERT_RESOLVER_FILES];
	int error = resolver ? 0 : -ENOMEM;
	size_t i;

	evert_reactor_check_running(reactor, "evert_reactor_set_resolver");
	if (!options)
		options = &defaults;
	if (!error)
		error = check(options);
	if (!error && resolver->questions.count)
		error = -EBUSY;
	if (error)
		return error;
	error = copy_paths(paths, options);
	if (!error)
		apply(resolver, options, paths);
	for (i = 0; error && i < EVERT_RESOLVER_FILES; i++)
		evert_free(paths[i]);
	return error;
}

void evert_reactor_forget_names(struct evert_reactor *reactor)
{
	struct evert_resolver *resolver = reactor->resolver;
	size_t i;

	evert_reactor_check_running(reactor, "evert_reactor_forget_names");
	if (!resolver)
		return;
	evert_dns_cache_clear(&resolver->cache);
	resolver->look_again = 0;
	for (i = 0; i < EVERT_RESOLVER_FILES; i++)
		evert_config_file_forget(&resolver->files[i]);
}

/* ---- Asking ---- */

struct evert_answer *evert_resolver_ask(struct evert_resolver *resolver,
					struct evert_name_config *config,
					const uint8_t *name, uint16_t type,
					struct evert_asker *asker)
{
	const struct evert_name_key key =
		evert_name_key(name, type, resolver->cache.seed);
	int64_t now = resolver->reactor->clock.now;
	struct evert_answer *answer;

	asker->question = NULL;
	if (evert_name_is_local(name, key.length))
		return evert_local_answer(&key, now);
	answer = evert_dns_cache_find(&resolver->cache, &key, now);
	if (answer)
		return evert_answer_use(answer);
	evert_question_ask(&resolver->questions, config, &key, asker);
	if (asker->question && evert_list_is_empty(&resolver->member.node))
		evert_member_join(resolver->reactor, &resolver->member,
				  shut_down);
	return NULL;
}
