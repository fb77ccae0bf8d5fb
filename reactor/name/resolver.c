/* SPDX-License-Identifier: MIT */
#include "resolver_internal.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../deferred/base/memory.h"

enum { CACHE_SIZE = 4096 };

static const char *const usual_paths[EVERT_RESOLVER_FILES] = {
	[EVERT_FILE_HOSTS] = "/etc/hosts",
	[EVERT_FILE_RESOLV_CONF] = "/etc/resolv.conf",
	[EVERT_FILE_GAI_CONF] = "/etc/gai.conf",
	[EVERT_FILE_HOST_CONF] = "/etc/host.conf",
	[EVERT_FILE_NSSWITCH] = "/etc/nsswitch.conf",
};

/* ---- What is in the files: 0, or -ENOMEM; then what was before stays ---- */

static int read_hosts(struct evert_resolver *resolver, char *text)
{
	struct evert_hosts *hosts = evert_hosts_create(text);

	if (!hosts)
		return -ENOMEM;
	evert_hosts_destroy(resolver->hosts);
	resolver->hosts = hosts;
	return 0;
}

/* What the options say instead. */
static void override(const struct evert_resolver *resolver,
		     struct evert_resolv_conf *conf)
{
	const struct evert_resolver_options *options = &resolver->options;

	if (options->server_count) {
		memcpy(conf->servers, resolver->servers,
		       sizeof(conf->servers));
		conf->server_count = options->server_count;
	}
	if (options->timeout)
		conf->timeout = options->timeout;
	if (options->attempts)
		conf->attempts = options->attempts;
	conf->use_tcp |= options->over_tcp;
	conf->edns |= options->with_edns;
}

static int read_resolv_conf(struct evert_resolver *resolver, char *text)
{
	char host[HOST_NAME_MAX + 1] = "";
	const struct evert_resolv_conf_environment environment = {
		.local_domain = getenv("LOCALDOMAIN"),
		.options = getenv("RES_OPTIONS"),
		.host_name = gethostname(host, sizeof(host) - 1) ? NULL : host,
	};
	struct evert_resolv_conf conf;
	struct evert_name_config *config;
	int error = evert_resolv_conf_read(&conf, text, &environment);

	if (error) {
		evert_resolv_conf_finish(&conf);
		return error;
	}
	override(resolver, &conf);
	config = evert_name_config_create(resolver->reactor, &resolver->random,
					  &conf);
	if (!config)
		return -ENOMEM;
	evert_name_config_release(resolver->config);
	resolver->config = config;
	/* Other servers may say other things. */
	evert_dns_cache_clear(&resolver->cache);
	return 0;
}

static int read_gai_conf(struct evert_resolver *resolver, char *text)
{
	struct evert_policies policies;
	int error = evert_policies_read(&policies, text);

	if (error) {
		evert_policies_finish(&policies);
		return error;
	}
	evert_policies_finish(&resolver->policies);
	resolver->policies = policies;
	return 0;
}

static int read_host_conf(struct evert_resolver *resolver, char *text)
{
	char *line, *keyword, *value;

	resolver->all_lines = false;
	while ((line = evert_config_line(&text))) {
		keyword = evert_config_word(&line);
		value = evert_config_word(&line);
		if (value && !strcmp(keyword, "multi"))
			resolver->all_lines = !strcmp(value, "on");
	}
	return 0;
}

static int read_nsswitch(struct evert_resolver *resolver, char *text)
{
	evert_name_services_read(&resolver->services, text);
	return 0;
}

static int (*const readers[EVERT_RESOLVER_FILES])(
	struct evert_resolver *resolver, char *text) = {
	[EVERT_FILE_HOSTS] = read_hosts,
	[EVERT_FILE_RESOLV_CONF] = read_resolv_conf,
	[EVERT_FILE_GAI_CONF] = read_gai_conf,
	[EVERT_FILE_HOST_CONF] = read_host_conf,
	[EVERT_FILE_NSSWITCH] = read_nsswitch,
};

static bool is_settled(const struct evert_resolver *resolver, size_t file)
{
	return file == EVERT_FILE_RESOLV_CONF && resolver->config &&
	       resolver->config->conf.no_reload &&
	       resolver->files[file].was_read;
}

static int look_at(struct evert_resolver *resolver, size_t file)
{
	struct evert_config_text text;
	int changed, error;

	if (is_settled(resolver, file))
		return 0;
	changed = evert_config_file_look(&resolver->files[file],
					 resolver->reactor->clock.now, &text);
	if (changed <= 0)
		return changed;
	error = readers[file](resolver, text.text);
	evert_free(text.text);
	if (error)
		evert_config_file_forget(&resolver->files[file]);
	return error;
}

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

static void release_files(struct evert_resolver *resolver)
{
	size_t i;

	evert_dns_cache_clear(&resolver->cache);
	evert_hosts_destroy(resolver->hosts);
	evert_name_config_release(resolver->config);
	evert_policies_finish(&resolver->policies);
	for (i = 0; i < EVERT_RESOLVER_FILES; i++)
		evert_free(resolver->paths[i]);
}

static void release(struct evert_resolver *resolver)
{
	evert_list_remove(&resolver->errand.node);
	evert_member_leave(&resolver->member);
	release_files(resolver);
	evert_free(resolver);
}

/* ---- Making ---- */

static void begin_files(struct evert_resolver *resolver)
{
	size_t i;

	for (i = 0; i < EVERT_RESOLVER_FILES; i++)
		evert_config_file_init(&resolver->files[i],
				       resolver->paths[i] ?
					       resolver->paths[i] :
					       usual_paths[i]);
}

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
	*resolver = (struct evert_resolver){ .reactor = reactor };
	begin_files(resolver);
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
	size_t file;
	int error = resolver ? 0 : -ENOMEM;

	evert_clock_refresh(&reactor->clock);
	if (reactor->shutting_down)
		error = -ESHUTDOWN;
	for (file = 0; file < EVERT_RESOLVER_FILES && !error; file++)
		error = look_at(resolver, file);
	if (!error)
		return resolver;
	errno = -error;
	return NULL;
}

bool evert_resolver_is_systems(const struct evert_resolver *resolver)
{
	const char *way = getenv("EVERT_RESOLVER");

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
	release_files(resolver);
	resolver->options = *options;
	resolver->hosts = NULL;
	resolver->config = NULL;
	memcpy(resolver->paths, paths, sizeof(resolver->paths));
	copy_servers(resolver, options);
	begin_files(resolver);
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
	for (i = 0; i < EVERT_RESOLVER_FILES; i++)
		evert_config_file_forget(&resolver->files[i]);
}

/* ---- Asking ---- */

struct evert_answer *evert_resolver_ask(struct evert_resolver *resolver,
					struct evert_name_config *config,
					const uint8_t *name, uint16_t type,
					struct evert_asker *asker)
{
	int64_t now = resolver->reactor->clock.now;
	struct evert_answer *answer;

	asker->question = NULL;
	if (evert_name_is_local(name))
		return evert_local_answer(name, type, now);
	answer = evert_dns_cache_find(&resolver->cache, name, type, now);
	if (answer)
		return evert_answer_use(answer);
	evert_question_ask(&resolver->questions, config, name, type, asker);
	if (asker->question && evert_list_is_empty(&resolver->member.node))
		evert_member_join(resolver->reactor, &resolver->member,
				  shut_down);
	return NULL;
}
