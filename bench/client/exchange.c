/* SPDX-License-Identifier: MIT */
#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DATAGRAM = 64 };

static const char name[] = "World\r\n";
static const char greeting[] = "Hello, World!\r\n";

static char *allocate(size_t size)
{
	char *memory = calloc(1, size + 1);

	if (!memory)
		abort();
	return memory;
}

static char *repeat(const char *text, size_t count)
{
	size_t i, length = strlen(text);
	char *all = allocate(length * count);

	for (i = 0; i < count; i++)
		memcpy(all + i * length, text, length);
	return all;
}

/* Bytes such that a shifted or exchanged one is noticed. */
static char *noise(size_t size)
{
	char *all = allocate(size);
	size_t i;

	for (i = 0; i < size; i++)
		all[i] = (char)(i * 31 + i / 251);
	return all;
}

static struct exchange make_echo(size_t size)
{
	struct exchange e = { noise(size), size, NULL, size, size, 0 };

	e.answer = e.request;
	return e;
}

static struct exchange make_lines(size_t count)
{
	return (struct exchange){
		repeat(name, count),	 strlen(name) * count,
		repeat(greeting, count), strlen(greeting) * count,
		strlen(name) * count,	 0,
	};
}

static struct exchange make_pieces(size_t count)
{
	struct exchange e = make_lines(1);

	e.piece = (e.request_length + count - 1) / count;
	return e;
}

static struct exchange make_bulk(size_t size)
{
	return (struct exchange){ repeat("s", 1), 1, allocate(size), size, 1,
				  0 };
}

static struct exchange make_sink(size_t size)
{
	struct exchange e = { allocate(size), size, NULL, 0, size, 0 };

	*e.request = 'r';
	return e;
}

static struct exchange make_greeting(void)
{
	return (struct exchange){ NULL, 0, repeat(greeting, 1),
				  strlen(greeting), 0, 0 };
}

static struct exchange make_datagrams(size_t count)
{
	struct exchange e = make_echo(count * DATAGRAM);

	e.piece = DATAGRAM;
	e.datagrams = count;
	return e;
}

struct exchange exchange_make(const char *text)
{
	size_t number;

	if (sscanf(text, "echo:%zu", &number) == 1 && number)
		return make_echo(number);
	if (sscanf(text, "lines:%zu", &number) == 1 && number)
		return make_lines(number);
	if (sscanf(text, "pieces:%zu", &number) == 1 && number)
		return make_pieces(number);
	if (sscanf(text, "bulk:%zu", &number) == 1 && number)
		return make_bulk(number);
	if (sscanf(text, "sink:%zu", &number) == 1 && number)
		return make_sink(number);
	if (!strcmp(text, "greeting"))
		return make_greeting();
	if (sscanf(text, "datagrams:%zu", &number) == 1 && number &&
	    number <= DATAGRAMS_AT_MOST)
		return make_datagrams(number);
	fprintf(stderr, "no such exchange: %s\n", text);
	exit(2);
}
