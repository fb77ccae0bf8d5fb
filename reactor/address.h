/* SPDX-License-Identifier: MIT */
/* Socket addresses as values. */
#ifndef EVERT_REACTOR_ADDRESS_H
#define EVERT_REACTOR_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../deferred/base/base.h"

EVERT_BEGIN

/* The address of a socket, of any family. */
struct evert_address {
	socklen_t length; /* of what `any` holds; 0: no address */
	union {
		struct sockaddr any;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
		struct sockaddr_un local;
	} as;
};

/* Room for every text that evert_address_text writes. */
#define EVERT_ADDRESS_TEXT_SIZE 448

/*
 * Writes the address for a person, as an endpoint string would name it
 * without its "tcp:": "127.0.0.1:9999", "[::1]:9999"; "unix:/run/a.sock",
 * "unix-abstract:name", "unix:" for a socket without a name; a control
 * character as "\x0a". Cuts it to `size` bytes, the zero byte included. Returns
 * `text`. Any thread.
 */
const char *evert_address_text(const struct evert_address *address, char *text,
			       size_t size);

/* The same of an IPv4 or IPv6 address alone, without port and brackets, as
   evert_address_parse reads it; "" of all others. */
const char *evert_address_host_text(const struct evert_address *address,
				    char *text, size_t size);

/* The port number in host byte order; 0 where the family has none. */
uint16_t evert_address_port(const struct evert_address *address);

/* Sets the port number, of an address that was looked up, say; does nothing
   where the family has none. */
void evert_address_set_port(struct evert_address *address, uint16_t port);

/*
 * Reads a numeric IPv4 or IPv6 address (RFC 4291 text, a scope as in
 * "fe80::1%eth0" included); no name is looked up. 0, or -EINVAL.
 */
int evert_address_parse(struct evert_address *address, const char *host,
			uint16_t port);

/*
 * A UNIX socket's address (unix(7)): a path of 1 to 108 bytes, with no zero
 * byte in it nor needed behind it; or, where the first byte is zero, an
 * abstract name (Linux), 107 bytes of any value at most behind that. With a
 * `length` of 0 binding picks a free abstract name (autobind). 0, or -EINVAL
 * for a zero byte in a path, -ENAMETOOLONG.
 */
int evert_address_unix(struct evert_address *address, const char *path,
		       size_t length);

/* The path or abstract name of an address, as above, and how long that is: 0
   for a socket without a name. No zero byte ends it. NULL: it is no UNIX
   socket's. */
const char *evert_address_path(const struct evert_address *address,
			       size_t *length);

/* An IPv4 address that is mapped into IPv6 ("::ffff:192.0.2.1", as a socket
   for both gives it) becomes the IPv4 address that it is. */
void evert_address_unmap(struct evert_address *address);

/* Do both name the same: family, address, port, scope, path? */
bool evert_address_is_equal(const struct evert_address *a,
			    const struct evert_address *b);

EVERT_END

#endif
