/* SPDX-License-Identifier: MIT */
#include "announce.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sockaddr_in loopback(void)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

void announce(int fd)
{
	struct sockaddr_in address = { 0 };
	socklen_t length = sizeof(address);

	/* Clients come and go; a server must survive it. */
	signal(SIGPIPE, SIG_IGN);
	getsockname(fd, (struct sockaddr *)&address, &length);
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
}

void fail(const char *what, int error)
{
	fprintf(stderr, "%s: %s\n", what, strerror(error < 0 ? -error : error));
	exit(1);
}
