/* SPDX-License-Identifier: MIT */
/*
 * resolv.conf and its environment: whatever stands there, what is read is
 * within bounds; and written down again in the plainest way, it is read the
 * same. The first byte says what the environment has; a zero byte ends each
 * text.
 */
#include "must.h"

#include "../../reactor/name/resolv_conf_internal.h"

struct texts {
	const char *at, *end;
};

static const char *next_text(struct texts *texts)
{
	const char *text = texts->at;

	if (text < texts->end)
		texts->at += strlen(text) + 1;
	return text < texts->end ? text : "";
}

static struct evert_resolv_conf
read_file(const char *file, const struct evert_resolv_conf_environment *with)
{
	struct evert_resolv_conf conf;
	char *text = copy_text((const uint8_t *)file, strlen(file));

	must(!evert_resolv_conf_read(&conf, text, with));
	free(text);
	return conf;
}

static void check_bounds(const struct evert_resolv_conf *conf)
{
	const char *domain = NULL;
	size_t i, length = 0;

	must(conf->server_count >= 1);
	must(conf->server_count <= EVERT_RESOLV_SERVERS);
	for (i = 0; i < conf->server_count; i++)
		must(evert_address_port(&conf->servers[i]) == EVERT_DNS_PORT);
	must(conf->ndots <= EVERT_RESOLV_NDOTS);
	must(conf->timeout <= EVERT_RESOLV_TIMEOUT);
	must(conf->attempts >= 1 && conf->attempts <= EVERT_RESOLV_ATTEMPTS);
	while ((domain = evert_resolv_conf_search(conf, domain))) {
		must(*domain && !strpbrk(domain, " \t"));
		length += strlen(domain) + 1;
	}
	must(length == conf->search_length);
}

/* ---- Written down ---- */

static char plain[1 << 16];

static void write_flag(FILE *to, bool flag, const char *name)
{
	if (flag)
		fprintf(to, "options %s\n", name);
}

/* A domain stands in a line of its own text, so it has no line feed; but one
   from the environment may. */
static bool write_domains(FILE *to, const struct evert_resolv_conf *conf)
{
	const char *domain = NULL;
	bool can_be = true;

	if (conf->search)
		fprintf(to, "search");
	while ((domain = evert_resolv_conf_search(conf, domain))) {
		fprintf(to, " %s", domain);
		can_be &= !strpbrk(domain, "\r\n");
	}
	fprintf(to, "\n");
	return can_be;
}

static bool write_plainly(const struct evert_resolv_conf *conf)
{
	FILE *to = fmemopen(plain, sizeof(plain), "w");
	char text[EVERT_ADDRESS_TEXT_SIZE];
	bool can_be;
	size_t i;

	must(to);
	for (i = 0; i < conf->server_count; i++)
		fprintf(to, "nameserver %s\n",
			evert_address_host_text(&conf->servers[i], text,
					   sizeof(text)));
	can_be = write_domains(to, conf);
	fprintf(to, "options ndots:%u attempts:%u\n", conf->ndots,
		conf->attempts);
	if (conf->timeout)
		fprintf(to, "options timeout:%u\n", conf->timeout);
	write_flag(to, conf->rotate, "rotate");
	write_flag(to, conf->use_tcp, "use-vc");
	write_flag(to, conf->edns, "edns0");
	write_flag(to, conf->single_request, "single-request");
	write_flag(to, conf->no_aaaa, "no-aaaa");
	write_flag(to, conf->no_tld_query, "no-tld-query");
	write_flag(to, conf->trust_ad, "trust-ad");
	write_flag(to, conf->no_reload, "no-reload");
	fclose(to);
	return can_be;
}

static void check_equal(const struct evert_resolv_conf *a,
			const struct evert_resolv_conf *b)
{
	size_t i;

	must(a->server_count == b->server_count);
	for (i = 0; i < a->server_count; i++)
		must(evert_address_is_equal(&a->servers[i], &b->servers[i]));
	must(a->search_length == b->search_length);
	must(!a->search ||
	     !memcmp(a->search, b->search, a->search_length));
	must(a->ndots == b->ndots && a->attempts == b->attempts);
	must(a->timeout == b->timeout && a->rotate == b->rotate);
	must(a->use_tcp == b->use_tcp && a->edns == b->edns);
	must(a->single_request == b->single_request);
	must(a->no_aaaa == b->no_aaaa && a->no_tld_query == b->no_tld_query);
	must(a->trust_ad == b->trust_ad && a->no_reload == b->no_reload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct evert_resolv_conf_environment nothing;
	struct evert_resolv_conf_environment environment = { 0 };
	struct evert_resolv_conf conf, again;
	unsigned has = size ? data[0] : 0;
	char *text = copy_text(data, size);
	struct texts texts = { text + !!size, text + size };
	const char *file = next_text(&texts);

	if (has & 1)
		environment.local_domain = next_text(&texts);
	if (has & 2)
		environment.options = next_text(&texts);
	if (has & 4)
		environment.host_name = next_text(&texts);
	conf = read_file(file, &environment);
	check_bounds(&conf);
	if (write_plainly(&conf)) {
		again = read_file(plain, &nothing);
		check_equal(&conf, &again);
		evert_resolv_conf_finish(&again);
	}
	evert_resolv_conf_finish(&conf);
	free(text);
	return 0;
}
