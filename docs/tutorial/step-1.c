/* SPDX-License-Identifier: MIT */
/* Step 1: a client that blocks. It says a name, and prints the answer. */
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int connect_to(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all, *at;
	int fd = -1;

	if (getaddrinfo(host, port, &hints, &all))
		return -1;
	for (at = all; at && fd < 0; at = at->ai_next) {
		fd = socket(at->ai_family, SOCK_STREAM, 0);
		if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen)) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(all);
	return fd;
}

static int greet(const char *host, const char *port, const char *name)
{
	int fd = connect_to(host, port);
	FILE *server = fd < 0 ? NULL : fdopen(fd, "r");
	char line[1000];
	int status = 1;

	if (!server)
		return status;
	dprintf(fd, "%s\r\n", name);
	if (fgets(line, sizeof(line), server)) {
		fputs(line, stdout);
		status = 0;
	}
	fclose(server);
	return status;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: %s HOST PORT NAME\n", argv[0]);
		return 2;
	}
	return greet(argv[1], argv[2], argv[3]);
}
