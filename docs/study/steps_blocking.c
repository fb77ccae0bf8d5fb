/* SPDX-License-Identifier: MIT */
/* Five steps, of which each may fail; with calls that block. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static FILE *connect_to(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all;
	int fd = -1;

	if (getaddrinfo(host, port, &hints, &all))
		return NULL;
	fd = socket(all->ai_family, SOCK_STREAM, 0);
	if (fd >= 0 && connect(fd, all->ai_addr, all->ai_addrlen)) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(all);
	return fd < 0 ? NULL : fdopen(fd, "r");
}

/* Whether the server says OK to it. */
static int say(FILE *server, const char *what, char *answer, int size)
{
	dprintf(fileno(server), "%s\r\n", what);
	if (fgets(answer, size, server) && !strncmp(answer, "OK", 2))
		return 0;
	fprintf(stderr, "steps_blocking: refused\n");
	return -1;
}

static int visit(const char *host, const char *port)
{
	FILE *server = connect_to(host, port); /* 1 */
	char answer[100];
	int failed;

	if (!server)
		return 1;
	failed = say(server, "USER World", answer, sizeof(answer)) || /* 2 */
		 say(server, "TIME", answer, sizeof(answer)) ||	      /* 3 */
		 fputs(answer, stdout) < 0 ||			      /* 4 */
		 say(server, "QUIT", answer, sizeof(answer));	      /* 5 */
	fclose(server);
	return failed;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
		return 2;
	}
	return visit(argv[1], argv[2]);
}
