/* SPDX-License-Identifier: MIT */
#include "address_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest address, and a scope. */
enum { SCOPE_SIZE = sizeof("%4294967295") };
enum { HOST_SIZE = INET6_ADDRSTRLEN + SCOPE_SIZE };

static bool has_family(const struct evert_address *address, int family)
{
	return address->length && address->as.any.sa_family == family;
}

static void ip6_text(const struct sockaddr_in6 *ip, char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN];
	char scope[SCOPE_SIZE] = "";

	inet_ntop(AF_INET6, &ip->sin6_addr, host, sizeof(host));
	if (ip->sin6_scope_id)
		snprintf(scope, sizeof(scope), "%%%u", ip->sin6_scope_id);
	snprintf(text, size, "%s%s", host, scope);
}

const char *evert_address_host_text(const struct evert_address *address,
				    char *text, size_t size)
{
	char host[HOST_SIZE] = "";

	if (has_family(address, AF_INET))
		inet_ntop(AF_INET, &address->as.ip4.sin_addr, host,
			  sizeof(host));
	else if (has_family(address, AF_INET6))
		ip6_text(&address->as.ip6, host, sizeof(host));
	snprintf(text, size, "%s", host);
	return text;
}

static void ip_text(const struct evert_address *address, char *text,
		    size_t size)
{
	char host[HOST_SIZE];

	snprintf(text, size, has_family(address, AF_INET) ? "%s:%u" : "[%s]:%u",
		 evert_address_host_text(address, host, sizeof(host)),
		 evert_address_port(address));
}

/* Behind what `text` holds: a terminal is not to obey a name. */
static void add_character(unsigned char c, char *text, size_t size)
{
	size_t length = strlen(text);

	snprintf(text + length, size - length,
		 c < ' ' || c == 0x7f ? "\\x%02x" : "%c", c);
}

static void local_text(const struct evert_address *address, char *text,
		       size_t size)
{
	size_t i, length;
	const char *path = evert_address_path(address, &length);
	bool abstract = length && !*path;

	snprintf(text, size, abstract ? "unix-abstract:" : "unix:");
	for (i = abstract; i < length; i++)
		add_character((unsigned char)path[i], text, size);
}

const char *evert_address_text(const struct evert_address *address, char *text,
			       size_t size)
{
	if (!address->length)
		snprintf(text, size, "nowhere");
	else if (has_family(address, AF_INET) || has_family(address, AF_INET6))
		ip_text(address, text, size);
	else if (address->as.any.sa_family == AF_UNIX)
		local_text(address, text, size);
	else
		snprintf(text, size, "family %d", address->as.any.sa_family);
	return text;
}

void evert_address_add_to(const char *preposition,
			  const struct evert_address *address,
			  struct evert_text *to)
{
	char text[EVERT_ADDRESS_TEXT_SIZE];

	if (address->length)
		evert_text_add(to, " %s %s", preposition,
			       evert_address_text(address, text, sizeof(text)));
}

uint16_t evert_address_port(const struct evert_address *address)
{
	if (has_family(address, AF_INET))
		return ntohs(address->as.ip4.sin_port);
	if (has_family(address, AF_INET6))
		return ntohs(address->as.ip6.sin6_port);
	return 0;
}

void evert_address_set_port(struct evert_address *address, uint16_t port)
{
	if (has_family(address, AF_INET))
		address->as.ip4.sin_port = htons(port);
	else if (has_family(address, AF_INET6))
		address->as.ip6.sin6_port = htons(port);
}

static bool parse_ip4(struct evert_address *address, const char *host,
		      uint16_t port)
{
	struct sockaddr_in ip = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};

	if (inet_pton(AF_INET, host, &ip.sin_addr) != 1)
		return false;
	address->as.ip4 = ip;
	address->length = sizeof(ip);
	return true;
}

/* A scope is the number or the name of an interface (RFC 4007, 11). */
static bool parse_scope(const char *text, uint32_t *scope)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long number;

	if (text[digits]) {
		*scope = if_nametoindex(text);
	} else {
		number = strtoul(text, NULL, 10);
		*scope = number <= UINT32_MAX ? (uint32_t)number : 0;
	}
	return *scope;
}

static bool parse_ip6(struct evert_address *address, const char *host,
		      uint16_t port)
{
	struct sockaddr_in6 ip = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	char digits[INET6_ADDRSTRLEN];
	size_t length = strcspn(host, "%");

	if (length >= sizeof(digits))
		return false;
	memcpy(digits, host, length);
	digits[length] = '\0';
	if (inet_pton(AF_INET6, digits, &ip.sin6_addr) != 1)
		return false;
	if (host[length] && !parse_scope(host + length + 1, &ip.sin6_scope_id))
		return false;
	address->as.ip6 = ip;
	address->length = sizeof(ip);
	return true;
}

int evert_address_parse(struct evert_address *address, const char *host,
			uint16_t port)
{
	if (parse_ip4(address, host, port) || parse_ip6(address, host, port))
		return 0;
	return -EINVAL;
}

int evert_address_unix(struct evert_address *address, const char *path,
		       size_t length)
{
	struct sockaddr_un local = { .sun_family = AF_UNIX };

	if (length > sizeof(local.sun_path))
		return -ENAMETOOLONG;
	if (length && *path && memchr(path, '\0', length))
		return -EINVAL;
	if (length)
		memcpy(local.sun_path, path, length);
	address->as.local = local;
	address->length =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return 0;
}

/* The kernel counts a zero byte behind a path, even the 109th, for which
   sun_path has no room. */
const char *evert_address_path(const struct evert_address *address,
			       size_t *length)
{
	const size_t before = offsetof(struct sockaddr_un, sun_path);
	const char *path = address->as.local.sun_path;

	*length = 0;
	if (!address->length || address->as.any.sa_family != AF_UNIX)
		return NULL;
	if (address->length > before)
		*length = address->length - before;
	if (*length > sizeof(address->as.local.sun_path))
		*length = sizeof(address->as.local.sun_path);
	if (*length && *path)
		*length = strnlen(path, *length);
	return path;
}

void evert_address_unmap(struct evert_address *address)
{
	const struct sockaddr_in6 *mapped = &address->as.ip6;
	struct sockaddr_in ip = { .sin_family = AF_INET };

	if (!address->length || address->as.any.sa_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&mapped->sin6_addr))
		return;
	ip.sin_port = mapped->sin6_port;
	memcpy(&ip.sin_addr, &mapped->sin6_addr.s6_addr[12],
	       sizeof(ip.sin_addr));
	address->as.ip4 = ip;
	address->length = sizeof(ip);
}

static bool ip4_is_equal(const struct sockaddr_in *a,
			 const struct sockaddr_in *b)
{
	return a->sin_port == b->sin_port &&
	       a->sin_addr.s_addr == b->sin_addr.s_addr;
}

static bool ip6_is_equal(const struct sockaddr_in6 *a,
			 const struct sockaddr_in6 *b)
{
	return a->sin6_port == b->sin6_port &&
	       a->sin6_scope_id == b->sin6_scope_id &&
	       IN6_ARE_ADDR_EQUAL(&a->sin6_addr, &b->sin6_addr);
}

/* With or without the zero byte that the kernel puts behind a path. */
static bool local_is_equal(const struct evert_address *a,
			   const struct evert_address *b)
{
	size_t a_length, b_length;
	const char *a_path = evert_address_path(a, &a_length);
	const char *b_path = evert_address_path(b, &b_length);

	return a_length == b_length && !memcmp(a_path, b_path, a_length);
}

/* Not by their bytes: padding and flow labels are no part of it. */
bool evert_address_is_equal(const struct evert_address *a,
			    const struct evert_address *b)
{
	if (!a->length || !b->length)
		return a->length == b->length;
	if (a->as.any.sa_family != b->as.any.sa_family)
		return false;
	if (a->as.any.sa_family == AF_INET)
		return ip4_is_equal(&a->as.ip4, &b->as.ip4);
	if (a->as.any.sa_family == AF_INET6)
		return ip6_is_equal(&a->as.ip6, &b->as.ip6);
	if (a->as.any.sa_family == AF_UNIX)
		return local_is_equal(a, b);
	return a->length == b->length && !memcmp(&a->as, &b->as, a->length);
}
