/* SPDX-License-Identifier: MIT */
/* The files of a resolver: where they are, and what is in them. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../deferred/base/memory.h"
#include "resolver_internal.h"

static const char *const usual_paths[EVERT_RESOLVER_FILES] = {
	[EVERT_FILE_HOSTS] = "/etc/hosts",
	[EVERT_FILE_RESOLV_CONF] = "/etc/resolv.conf",
	[EVERT_FILE_GAI_CONF] = "/etc/gai.conf",
	[EVERT_FILE_HOST_CONF] = "/etc/host.conf",
	[EVERT_FILE_NSSWITCH] = "/etc/nsswitch.conf",
};

const struct evert_system_names *
evert_resolver_names(const struct evert_resolver *resolver)
{
	struct evert_system *system = resolver->reactor->system;

	return system->ops->names ? system->ops->names(system) : NULL;
}

/* Of the system's files that one. */
static const char *path_of(const struct evert_system_names *names,
			   size_t file)
{
	const char *const paths[EVERT_RESOLVER_FILES] = {
		[EVERT_FILE_HOSTS] = names->hosts,
		[EVERT_FILE_RESOLV_CONF] = names->resolv_conf,
		[EVERT_FILE_GAI_CONF] = names->gai_conf,
		[EVERT_FILE_HOST_CONF] = names->host_conf,
		[EVERT_FILE_NSSWITCH] = names->nsswitch,
	};

	return paths[file];
}

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

/* What the machine says beside the file. */
static int read_with_environment(struct evert_resolv_conf *conf, char *text)
{
	char host[HOST_NAME_MAX + 1] = "";
	const struct evert_resolv_conf_environment environment = {
		.local_domain = getenv("LOCALDOMAIN"),
		.options = getenv("RES_OPTIONS"),
		.host_name = gethostname(host, sizeof(host) - 1) ? NULL : host,
	};

	return evert_resolv_conf_read(conf, text, &environment);
}

static int read_resolv_conf(struct evert_resolver *resolver, char *text)
{
	static const struct evert_resolv_conf_environment nothing;
	struct evert_resolv_conf conf;
	struct evert_name_config *config;
	int error = evert_resolver_names(resolver)
			    ? evert_resolv_conf_read(&conf, text, &nothing)
			    : read_with_environment(&conf, text);

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

/* The earliest time at which a look is due. */
static int64_t next_look(const struct evert_resolver *resolver)
{
	int64_t next = INT64_MAX;
	size_t file;

	for (file = 0; file < EVERT_RESOLVER_FILES; file++)
		if (!is_settled(resolver, file) &&
		    resolver->files[file].look_again < next)
			next = resolver->files[file].look_again;
	return next;
}

int evert_resolver_read_files(struct evert_resolver *resolver)
{
	int64_t now = resolver->reactor->clock.now;
	size_t file;
	int error = 0;

	if (now < resolver->look_again)
		return 0;
	for (file = 0; file < EVERT_RESOLVER_FILES && !error; file++)
		error = look_at(resolver, file);
	if (!error)
		resolver->look_again = next_look(resolver);
	return error;
}

void evert_resolver_begin_files(struct evert_resolver *resolver)
{
	const struct evert_system_names *names = evert_resolver_names(resolver);
	const char *path;
	size_t i;

	resolver->look_again = 0;
	for (i = 0; i < EVERT_RESOLVER_FILES; i++) {
		path = resolver->paths[i];
		if (!path)
			path = names ? path_of(names, i) : usual_paths[i];
		evert_config_file_init(&resolver->files[i], path);
	}
}

void evert_resolver_release_files(struct evert_resolver *resolver)
{
	size_t i;

	evert_dns_cache_clear(&resolver->cache);
	evert_hosts_destroy(resolver->hosts);
	evert_name_config_release(resolver->config);
	evert_policies_finish(&resolver->policies);
	for (i = 0; i < EVERT_RESOLVER_FILES; i++)
		evert_free(resolver->paths[i]);
}
