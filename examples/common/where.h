/* SPDX-License-Identifier: MIT */
/* Endpoint strings for who has no reactor: a socket address, a host and port to
   look up, or a descriptor. */
#ifndef EXAMPLES_COMMON_WHERE_H
#define EXAMPLES_COMMON_WHERE_H

#include <sys/socket.h>
#include <sys/un.h>

struct example_where {
	int fd;	    /* a connected socket, or -1 */
	int family; /* AF_UNIX; AF_INET, AF_INET6 or both, AF_UNSPEC */
	char host[256], port[8];
	int tls; /* with these two */
	char name[256], trust[256];
	struct sockaddr_un local;
	socklen_t length; /* of that */
};

/* Reads tcp:, tcp4:, tcp6:, unix:, unix-abstract: and fd:, without options, and
   tls: with name= and trust=; 0, or -1 for one that it does not know. */
int example_find(struct example_where *where, const char *endpoint);

#endif
