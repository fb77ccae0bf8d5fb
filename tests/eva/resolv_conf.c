/* SPDX-License-Identifier: MIT */
/*
 * /etc/resolv.conf: any small text behind its keywords, and more servers
 * than there is room for.
 *
 * sources: reactor/name/resolv_conf.c reactor/name/config_file.c
 * options: -eva-slevel 300 -eva-split-return full
 * options: -eva-alloc-builtin fresh
 * options: -eva-slevel-merge-after-loop read_texts
 */
#include "../../reactor/name/resolv_conf_internal.h"

/* Which it is does not matter here. */
int evert_address_parse(struct evert_address *address, const char *text,
			uint16_t port)
{
	(void)port;
	if (text[0] != 'b')
		return -1;
	*address = (struct evert_address){ .length = 4 };
	return 0;
}

int inet_aton(const char *text, struct in_addr *address)
{
	address->s_addr = 1;
	return text[0] == '1';
}

static void use(struct evert_resolv_conf *conf)
{
	const char *domain = NULL;

	while ((domain = evert_resolv_conf_search(conf, domain)))
		look_at(domain, 1);
	/*@ assert conf->server_count <= EVERT_RESOLV_SERVERS; */
	evert_resolv_conf_finish(conf);
}

static const char special[] = " \n";

static void read_text(const char *keyword, size_t length, unsigned number)
{
	struct evert_resolv_conf_environment environment = { .host_name = "a.b" };
	struct evert_resolv_conf conf;
	char text[32];

	eva_text_behind(text, keyword, length, special, number);
	evert_resolv_conf_read(&conf, text, &environment);
	use(&conf);
}

static void read_servers(void)
{
	static const struct evert_resolv_conf_environment nothing;
	struct evert_resolv_conf conf;
	char text[] = "nameserver 1\nnameserver 2\nnameserver 3\nnameserver 4\n"
		      "nameserver 5\n";

	evert_resolv_conf_read(&conf, text, &nothing);
	use(&conf);
}

/* It says what is searched, and more. */
static void read_environment(void)
{
	static const struct evert_resolv_conf_environment environment = {
		.local_domain = " a  b ",
		.options = "timeout:3 attempts:9",
	};
	struct evert_resolv_conf conf;
	char text[] = "search c\n";

	evert_resolv_conf_read(&conf, text, &environment);
	use(&conf);
}

static void read_texts(const char *keyword)
{
	for (size_t length = 0; length <= 2; length++)
		for (unsigned i = 0; i < eva_texts(special, length); i++)
			read_text(keyword, length, i);
}

int main(void)
{
	read_texts("");
	read_texts("nameserver ");
	read_texts("options ndots:");
	read_texts("options rotate");
	read_texts("search b ");
	read_texts("domain ");
	read_environment();
	read_servers();
	return 0;
}
