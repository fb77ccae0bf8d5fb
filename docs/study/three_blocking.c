/* SPDX-License-Identifier: MIT */
/* Several greetings at the same time, with calls that block: a thread for
   each. */
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MOST = 8
};

static const char *host, *port;

static FILE *connect_to(void)
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

static void *greet(void *name)
{
	FILE *server = connect_to();
	char line[100];

	if (!server)
		return NULL;
	dprintf(fileno(server), "%s\r\n", (const char *)name);
	if (fgets(line, sizeof(line), server))
		fputs(line, stdout);
	fclose(server);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[MOST];
	int count = 0;

	if (argc < 4) {
		fprintf(stderr, "usage: %s HOST PORT NAME...\n", argv[0]);
		return 2;
	}
	host = argv[1];
	port = argv[2];
	for (argv += 3; argv[count] && count < MOST; count++)
		if (pthread_create(&threads[count], NULL, greet, argv[count]))
			break;
	while (count)
		pthread_join(threads[--count], NULL);
	return 0;
}
