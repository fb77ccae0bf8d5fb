/* SPDX-License-Identifier: MIT */
/*
 * How a reactor looks names up: by evert's own resolver, which is part of the
 * loop and has no thread (twisted.names), or by getaddrinfo(3) in a thread.
 *
 * The resolver reads what glibc reads, and again when it was changed (it is
 * looked at once a second at most): /etc/hosts; /etc/resolv.conf with
 * RES_OPTIONS and LOCALDOMAIN, every option of resolv.conf(5) that is about
 * more than glibc's own debugging; /etc/gai.conf; "multi on" of
 * /etc/host.conf. "localhost", and what is below it, never leaves this machine
 * (RFC 6761).
 *
 * Where /etc/nsswitch.conf names services for hosts other than "files" and
 * "dns", in this order, names of hosts are looked up by getaddrinfo, so that
 * these are asked, too. The environment variable EVERT_RESOLVER, "own" or
 * "system", decides otherwise. evert_resolve (resolve.h) always asks name
 * servers.
 *
 * By a server of one's own (the files count all the same):
 *
 *	evert_address_parse(&server, "127.0.0.1", 5353);
 *	evert_reactor_set_resolver(reactor, &(struct evert_resolver_options){
 *		.way = EVERT_RESOLVER_OWN,
 *		.servers = &server,
 *		.server_count = 1,
 *	});
 *
 * A system of one's own may say where these files are, and then no variable of
 * the environment counts (system/system.h, `names`): a simulated one does.
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_RESOLVER_H
#define EVERT_REACTOR_RESOLVER_H

#include "../address.h"
#include "../reactor.h"

EVERT_BEGIN

/* Who looks names of hosts up. */
enum evert_resolver_way {
	EVERT_RESOLVER_AUTOMATIC, /* as EVERT_RESOLVER or nsswitch.conf says */
	EVERT_RESOLVER_OWN,
	EVERT_RESOLVER_SYSTEM, /* getaddrinfo in a thread */
};

/* How names are looked up. All zero is the default. What it points to is
   copied. */
struct evert_resolver_options {
	enum evert_resolver_way way; /* for names of hosts */
	/* Instead of those of resolv.conf: at most 3; port 0 is 53. */
	const struct evert_address *servers;
	size_t server_count;
	/* Other files than those of /etc; NULL: these. */
	const char *hosts_file;
	const char *resolv_conf_file;
	const char *gai_conf_file;
	const char *host_conf_file;
	const char *nsswitch_file;
	/*
	 * How many seconds a server may take, each time; 0: as resolv.conf
	 * says, else 2.5 the first time, and twice as many each time after.
	 * How often all servers are asked; 0: as resolv.conf says, else 2.
	 */
	unsigned timeout;
	unsigned attempts;
	/* Answers that are kept at most; 0: 4096; negative: none. */
	long cache_size;
	bool over_tcp; /* as the option use-vc */
	bool with_edns; /* as the option edns0 */
};

/*
 * Looks names up in this way from now on; NULL is the default again. Not while
 * lookups are under way. 0; -EINVAL: more than 3 servers, or one without an
 * address; -EBUSY; -ENOMEM: then nothing has changed.
 */
int evert_reactor_set_resolver(struct evert_reactor *reactor,
			       const struct evert_resolver_options *options);

/* Empties the cache, and has all files read again. */
void evert_reactor_forget_names(struct evert_reactor *reactor);

EVERT_END

#endif
