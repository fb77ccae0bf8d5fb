/* SPDX-License-Identifier: MIT */
#include "where.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is behind the scheme, or NULL. */
static const char *behind(const char *endpoint, const char *scheme)
{
	size_t length = strlen(scheme);

	return strncmp(endpoint, scheme, length) ? NULL : endpoint + length;
}

/* HOST:PORT or [HOST]:PORT; what is behind it, or NULL. */
static const char *read_host(struct example_where *where, const char *text)
{
	int end = 0;

	if (sscanf(text, "[%255[^]]]:%7[0-9]%n", where->host, where->port,
		   &end) != 2 &&
	    sscanf(text, "%255[^]:[]:%7[0-9]%n", where->host, where->port,
		   &end) != 2)
		return NULL;
	return text + end;
}

static int split(struct example_where *where, const char *text)
{
	const char *rest = read_host(where, text);

	return rest && !*rest ? 0 : -1;
}

/* The name is the host's, if no other one is said. */
static int split_tls(struct example_where *where, const char *text)
{
	const char *rest = read_host(where, text);
	int end;

	where->tls = 1;
	strcpy(where->name, where->host);
	while (rest && *rest) {
		end = 0;
		if (sscanf(rest, ":name=%255[^:]%n", where->name, &end) != 1 &&
		    sscanf(rest, ":trust=%255[^:]%n", where->trust, &end) != 1)
			return -1;
		rest += end;
	}
	return rest ? 0 : -1;
}

/* An abstract name begins with a zero byte, and ends with its length. */
static int set_path(struct example_where *where, const char *name, int abstract)
{
	size_t length = strlen(name);

	if (length + 1 > sizeof(where->local.sun_path))
		return -1;
	where->family = AF_UNIX;
	where->local.sun_family = AF_UNIX;
	memcpy(where->local.sun_path + abstract, name, length);
	where->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				    length + 1);
	return 0;
}

int example_find(struct example_where *where, const char *endpoint)
{
	const char *rest;

	*where = (struct example_where){ .fd = -1, .family = AF_UNSPEC };
	if ((rest = behind(endpoint, "tcp:")))
		return split(where, rest);
	if ((rest = behind(endpoint, "tls:")))
		return split_tls(where, rest);
	if ((rest = behind(endpoint, "tcp4:"))) {
		where->family = AF_INET;
		return split(where, rest);
	}
	if ((rest = behind(endpoint, "tcp6:"))) {
		where->family = AF_INET6;
		return split(where, rest);
	}
	if ((rest = behind(endpoint, "unix:")))
		return set_path(where, rest, 0);
	if ((rest = behind(endpoint, "unix-abstract:")))
		return set_path(where, rest, 1);
	if (!(rest = behind(endpoint, "fd:")) || !*rest ||
	    rest[strspn(rest, "0123456789")])
		return -1;
	where->fd = atoi(rest);
	return 0;
}
