/* SPDX-License-Identifier: MIT */
/*
 * The form that all examples have: options, --help, how a failure is told,
 * and how a server of protocols runs.
 */
#ifndef EXAMPLES_COMMON_EXAMPLE_H
#define EXAMPLES_COMMON_EXAMPLE_H

#include <evert.h>

/* An option takes a value, which lands in the one target that is not NULL. One
   whose value is "VALUE..." may be given several times: `text` is a list. One
   whose value is NULL takes none: `*text` is its name when it is given. */
enum { EXAMPLE_LIST = 8 };
struct example_option {
	const char *name;  /* "--port" */
	const char *value; /* "P" */
	const char *help;
	const char **text;
	double *number; /* from 0 to UINT32_MAX */
};

/* What an example is; the list of options ends with an empty one. */
struct example {
	const char *summary;   /* one line */
	const char *arguments; /* "NAME...", or "" */
	int least_arguments, most_arguments;
	const struct example_option *options;
};

/*
 * Reads the command line. Returns the index of the first argument behind the
 * options. --help prints the usage and exits with 0, a wrong usage says what
 * is wrong and exits with 2.
 */
int example_begin(const struct example *example, int argc, char **argv);

/* Writes "tcp:HOST:PORT", an IPv6 address in brackets, to `endpoint`. */
#define EXAMPLE_ENDPOINT_SIZE 300
const char *example_endpoint(char *endpoint, const char *host,
			     const char *port);

/* The same of another scheme. */
const char *example_endpoint_of(char *endpoint, const char *scheme,
				const char *host, const char *port);

/* The command line of a server, --listen, or --host and --port for short: the
   endpoints to listen on. */
struct example_listen {
	const char *endpoints[EXAMPLE_LIST + 1]; /* NULL ends */
	char endpoint[EXAMPLE_ENDPOINT_SIZE];	 /* of --host and --port */
};
void example_server(struct example_listen *wanted, int argc, char **argv,
		    const char *summary, const char *port);

/* The same for a server that listens on one endpoint only. */
const char *example_server_of_one(struct example_listen *wanted, int argc,
				  char **argv, const char *summary,
				  const char *port);

/* The same of a server of datagrams. */
const char *example_datagram_server(struct example_listen *wanted, int argc,
				    char **argv, const char *summary,
				    const char *port);

/* The command line of a greeting client, --connect, or --host and --port. */
struct example_greeting {
	const char *connect; /* the endpoint */
	char endpoint[EXAMPLE_ENDPOINT_SIZE];
	double timeout; /* seconds; 0: never */
	char **names;	/* NULL ends */
};
void example_greeting_client(struct example_greeting *wanted, int argc,
			     char **argv);

/* From now on endpoints may be "tls:HOST:PORT" (docs/tls.md): examples/tls/,
   where the program is built with OpenSSL. */
void example_add_tls(void);

/* Prints "PROGRAM: what failed" to stderr. */
void example_complain(const struct evert_failure *failure);

/* Prints "listening on HOST:PORT" to stdout, a line for each address. */
void example_announce(const struct evert_port *port);

void example_announce_address(const struct evert_address *address);

/* Writes the other side's address, for a person; room for
   EVERT_ADDRESS_TEXT_SIZE. */
void example_peer(const struct evert_transport *transport, char *text);

/* Resets a connection that reads so slowly that more than 64 KiB are queued for
   it, and says so: for who sends to many, so that nobody waits and nothing
   piles up. */
void example_drop_if_slow(struct evert_transport *transport);

/*
 * Serves with `factory` on a reactor of its own, announces the ports, and ends
 * in order on SIGINT or SIGTERM. Returns main's exit status.
 */
int example_serve(const struct example_listen *wanted,
		  struct evert_factory *factory);

/* The same for datagrams, with one protocol for all of them. */
int example_serve_datagrams(const char *endpoint,
			    struct evert_datagram_protocol *protocol);

/* Prints a line to stderr, formatted as printf does. */
void example_log(const char *format, ...) EVERT_PRINTF(1, 2);

#endif
