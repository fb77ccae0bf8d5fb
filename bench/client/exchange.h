/* SPDX-License-Identifier: MIT */
/* What a client says, and what a server has to answer. */
#ifndef BENCH_CLIENT_EXCHANGE_H
#define BENCH_CLIENT_EXCHANGE_H

#include <stddef.h>

/* At once; that many fit into a socket's buffer. */
#define DATAGRAMS_AT_MOST 64

struct exchange {
	char *request;
	size_t request_length;
	char *answer;
	size_t answer_length;
	size_t piece; /* bytes sent in one packet, at most */
	size_t datagrams; /* UDP: pieces sent at once; 0: TCP */
};

/*
 * Makes what `text` describes; wrong text ends the program.
 *
 *	echo:SIZE	SIZE bytes come back
 *	lines:COUNT	COUNT names in one packet; a greeting for each
 *	pieces:COUNT	one name in COUNT packets; a greeting
 *	bulk:SIZE	one byte; SIZE bytes
 *	sink:SIZE	SIZE bytes; no answer
 *	greeting	nothing; a greeting, and the end
 *	datagrams:COUNT	COUNT datagrams of 64 bytes at once; they come back
 */
struct exchange exchange_make(const char *text);

#endif
