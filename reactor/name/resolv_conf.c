/* SPDX-License-Identifier: MIT */
#include "resolv_conf_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "config_file_internal.h"

/* ---- Servers ---- */

static bool parse_ip4(struct evert_address *address, const char *text)
{
	struct sockaddr_in ip = {
		.sin_family = AF_INET,
		.sin_port = htons(EVERT_DNS_PORT),
	};

	if (!inet_aton(text, &ip.sin_addr))
		return false;
	address->as.ip4 = ip;
	address->length = sizeof(ip);
	return true;
}

static void add_server(struct evert_resolv_conf *conf, char *rest)
{
	const char *text = evert_config_word(&rest);
	struct evert_address *address = &conf->servers[conf->server_count];

	if (!text || conf->server_count == EVERT_RESOLV_SERVERS)
		return;
	if (parse_ip4(address, text) ||
	    !evert_address_parse(address, text, EVERT_DNS_PORT))
		conf->server_count++;
}

/* ---- Domains ---- */

/* Instead of those before: words, or just the first one. 0, or -ENOMEM. */
static int set_search(struct evert_resolv_conf *conf, const char *text,
		      bool only_first)
{
	char *search, *end, *word, *rest;
	size_t length = strlen(text) + 1;

	text += strspn(text, " \t");
	if (!*text)
		return 0;
	/* A word takes no more in the list than in the text. */
	search = evert_allocate(2 * length);
	if (!search)
		return -ENOMEM;
	rest = memcpy(search + length, text, strlen(text) + 1);
	end = search;
	while ((word = evert_config_word(&rest))) {
		length = strlen(word) + 1;
		memmove(end, word, length);
		end += length;
		if (only_first)
			break;
	}
	evert_free(conf->search);
	conf->search = search;
	conf->search_length = (size_t)(end - search);
	return 0;
}

const char *evert_resolv_conf_search(const struct evert_resolv_conf *conf,
				     const char *domain)
{
	const char *next = domain ? domain + strlen(domain) + 1 : conf->search;

	if (!next || next == conf->search + conf->search_length)
		return NULL;
	return next;
}

/* ---- Options ---- */

static unsigned limited(const char *number, int least, int most)
{
	int value = atoi(number);

	if (value < least)
		return (unsigned)least;
	return (unsigned)(value < most ? value : most);
}

static bool begins_with(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool set_number(struct evert_resolv_conf *conf, const char *word)
{
	if (begins_with(word, "ndots:"))
		conf->ndots = limited(word + 6, 0, EVERT_RESOLV_NDOTS);
	else if (begins_with(word, "timeout:"))
		conf->timeout = limited(word + 8, 1, EVERT_RESOLV_TIMEOUT);
	else if (begins_with(word, "attempts:"))
		conf->attempts = limited(word + 9, 1, EVERT_RESOLV_ATTEMPTS);
	else
		return false;
	return true;
}

static void set_flag(struct evert_resolv_conf *conf, const char *word)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "rotate", &conf->rotate },
		{ "edns0", &conf->edns },
		{ "single-request", &conf->single_request },
		{ "no_tld_query", &conf->no_tld_query },
		{ "no-tld-query", &conf->no_tld_query },
		{ "no-reload", &conf->no_reload },
		{ "use-vc", &conf->use_tcp },
		{ "trust-ad", &conf->trust_ad },
		{ "no-aaaa", &conf->no_aaaa },
	};
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (begins_with(word, flags[i].name))
			*flags[i].flag = true;
}

static void set_options(struct evert_resolv_conf *conf, char *rest)
{
	const char *word;

	while ((word = evert_config_word(&rest)))
		if (!set_number(conf, word))
			set_flag(conf, word);
}

/* ---- All of it ---- */

/* What is behind a keyword, or NULL where the line has another. */
static char *behind(char *line, const char *keyword)
{
	size_t length = strlen(keyword);

	if (strncmp(line, keyword, length) != 0 ||
	    (line[length] != ' ' && line[length] != '\t'))
		return NULL;
	return line + length;
}

static int read_line(struct evert_resolv_conf *conf, char *line,
		     bool has_local_domain)
{
	char *rest;

	if ((rest = behind(line, "nameserver")))
		add_server(conf, rest);
	else if ((rest = behind(line, "options")))
		set_options(conf, rest);
	else if (has_local_domain)
		return 0;
	else if ((rest = behind(line, "search")))
		return set_search(conf, rest, false);
	else if ((rest = behind(line, "domain")))
		return set_search(conf, rest, true);
	return 0;
}

static int add_options_of_environment(struct evert_resolv_conf *conf,
				      const char *options)
{
	size_t length = strlen(options) + 1;
	char *copy = evert_allocate(length);

	if (!copy)
		return -ENOMEM;
	set_options(conf, memcpy(copy, options, length));
	evert_free(copy);
	return 0;
}

/* A host with a domain in its name searches that, where nothing says so. */
static int search_own_domain(struct evert_resolv_conf *conf, const char *host)
{
	const char *dot = host ? strchr(host, '.') : NULL;

	return dot && !conf->search ? set_search(conf, dot + 1, true) : 0;
}

int evert_resolv_conf_read(
	struct evert_resolv_conf *conf, char *text,
	const struct evert_resolv_conf_environment *environment)
{
	const char *local_domain = environment->local_domain;
	char *line;
	int error = 0;

	*conf = (struct evert_resolv_conf){
		.ndots = 1,
		.attempts = 2,
	};
	if (local_domain)
		error = set_search(conf, local_domain, false);
	while (!error && (line = evert_config_line(&text)))
		error = read_line(conf, line, local_domain);
	if (!error && environment->options)
		error = add_options_of_environment(conf, environment->options);
	if (!error && !local_domain)
		error = search_own_domain(conf, environment->host_name);
	if (!conf->server_count)
		evert_address_parse(&conf->servers[conf->server_count++],
				    "127.0.0.1", EVERT_DNS_PORT);
	return error;
}

void evert_resolv_conf_finish(struct evert_resolv_conf *conf)
{
	evert_free(conf->search);
	conf->search = NULL;
	conf->search_length = 0;
}
