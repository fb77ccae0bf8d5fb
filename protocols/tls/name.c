/* SPDX-License-Identifier: MIT */
/* The name of the other side: what can be looked for in a certificate. */
#include <arpa/inet.h>
#include <string.h>

#include "session_internal.h"

bool evert_tls_name_is_address(const char *name)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, address) == 1 ||
	       inet_pton(AF_INET6, name, address) == 1;
}

static bool may_be_in_a_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/* Of what is not empty and begins with no dot. */
static bool is_host_name(const char *name)
{
	const char *c;

	for (c = name; *c; c++)
		if (!may_be_in_a_name(*c) ||
		    (*c == '.' && (c[1] == '.' || !c[1])))
			return false;
	return true;
}

/* fe80::1%eth0: the scope is not the address's, only the way to it. */
static void drop_scope(char *name)
{
	char *percent = strchr(name, '%');

	if (!percent)
		return;
	*percent = '\0';
	if (!evert_tls_name_is_address(name))
		*percent = '%';
}

static struct evert_failure *refuse(const char *name, const char *why)
{
	return evert_failure_create(EVERT_TLS_BAD_CONTEXT, 0,
				    "no certificate can be for \"%.253s\": %s",
				    name, why);
}

struct evert_failure *evert_tls_name_check(const char *name,
					   char to[EVERT_TLS_NAME_SIZE])
{
	size_t length = strlen(name);

	if (!length)
		return refuse(name, "the name is empty");
	if (*name == '.')
		return refuse(name, "the name begins with a dot");
	if (name[length - 1] == '.')
		length--;
	if (length >= EVERT_TLS_NAME_SIZE)
		return refuse(name, "the name is too long");
	memcpy(to, name, length);
	to[length] = '\0';
	drop_scope(to);
	if (evert_tls_name_is_address(to) || is_host_name(to))
		return NULL;
	return refuse(name, "it is neither an address nor a host's name (one "
			    "with other letters is written with xn--)");
}
