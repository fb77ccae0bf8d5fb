/* SPDX-License-Identifier: MIT */
#include "twins.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	PATIENCE = 200, /* milliseconds, for the real one to agree */
};

struct twin twins[TWINS];
struct evert_sim *twin_sim;
struct evert_system *twin_systems[2];

static char words[16384]; /* what was done */
static uint8_t next_byte;

void twins_begin(struct evert_sim *sim)
{
	const struct evert_sim_network smooth = {
		.receive_buffer = 200000,
		.send_buffer = 200000,
	};

	twin_sim = sim;
	evert_sim_set_network(sim, &smooth);
	twin_systems[REAL] = evert_system_real();
	twin_systems[SIMULATED] =
		evert_sim_system(evert_sim_add_host(sim, "host", "10.0.0.1"));
	memset(twins, 0, sizeof(twins));
	words[0] = '\0';
}

/* ---- What was done ---- */

static EVERT_PRINTF(1, 0) void add(const char *format, va_list args)
{
	size_t length = strlen(words);

	vsnprintf(words + length, sizeof(words) - length, format, args);
}

void twin_tell(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(format, args);
	va_end(args);
}

void twin_says(const struct twin *twin, const char *format, ...)
{
	va_list args;

	twin_tell("%d: ", (int)(twin - twins));
	va_start(args, format);
	add(format, args);
	va_end(args);
}

void twin_differ(const char *what, long real, long simulated)
{
	evert_sim_fail(twin_sim, "after\n%s%s is %ld really, and %ld simulated",
		       words, what, real, simulated);
}

long twin_agree(const long results[2])
{
	twin_tell(" = %ld\n", results[REAL]);
	if (results[REAL] != results[SIMULATED])
		twin_differ("that", results[REAL], results[SIMULATED]);
	return results[REAL];
}

/* ---- Readiness ---- */

static long ready(const struct twin *twin, int which)
{
	struct evert_system *system = twin_systems[which];
	struct pollfd poll = {twin->fd[which], POLLIN | POLLOUT | POLLRDHUP, 0};

	system->ops->poll(system, &poll, 1, 0);
	return poll.revents;
}

static void compare_one(const struct twin *twin)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	long simulated = ready(twin, SIMULATED), real;
	int i;

	for (i = 0; i < PATIENCE; i++) {
		real = ready(twin, REAL);
		if (real == simulated)
			return;
		nanosleep(&moment, NULL);
	}
	twin_says(twin, "is ready\n");
	twin_differ("readiness", real, simulated);
}

void twins_compare(void)
{
	size_t i;

	evert_sim_run(twin_sim, 0.01);
	for (i = 0; i < TWINS; i++)
		if (twins[i].open)
			compare_one(&twins[i]);
}

/* ---- Which ---- */

struct twin *twin_unused(void)
{
	size_t i;

	for (i = 0; i < TWINS; i++)
		if (!twins[i].open)
			return &twins[i];
	return NULL;
}

struct twin *twin_any(void)
{
	return &twins[evert_sim_random(twin_sim, TWINS)];
}

void twin_take(struct twin *twin, int domain, int type, const long fds[2])
{
	*twin = (struct twin){
		.open = true,
		.domain = domain,
		.type = type,
		.fd = {(int)fds[REAL], (int)fds[SIMULATED]},
	};
}

/* ---- Operations ---- */

void twin_open(struct twin *twin, int domain, int type)
{
	long results[2];

	TWIN_BOTH(socket(system, domain, type, 0));
	twin_says(twin, "socket %d of %d\n", type, domain);
	if (results[REAL] < 0 || results[SIMULATED] < 0)
		twin_differ("socket", results[REAL], results[SIMULATED]);
	twin_take(twin, domain, type, results);
}

void twin_accept(struct twin *twin)
{
	struct twin *made = twin_unused();
	long results[2];

	if (!made)
		return;
	twin_says(twin, "accept as %d", (int)(made - twins));
	TWIN_BOTH(accept(system, twin->fd[which], NULL, NULL));
	if (results[REAL] >= 0 && results[SIMULATED] >= 0) {
		twin_take(made, twin->domain, twin->type, results);
		made->connected = true;
		results[REAL] = results[SIMULATED] = 0;
	}
	twin_agree(results);
}

void twin_send(struct twin *twin, size_t most)
{
	size_t length = evert_sim_random(twin_sim, most), i;
	char data[TWIN_MOST_BYTES];
	long results[2];

	for (i = 0; i < length; i++)
		data[i] = (char)next_byte++;
	twin_says(twin, "send %zu", length);
	TWIN_BOTH(send(twin->fd[which], data, length, system));
	twin_agree(results);
}

void twin_read(struct twin *twin, bool peek)
{
	size_t length =
		evert_sim_random(twin_sim, 4)
			? 2 * TWIN_MOST_BYTES
			: evert_sim_random(twin_sim, 100) + (peek ? 1 : 0);
	static char data[2][2 * TWIN_MOST_BYTES];
	long results[2];

	twin_says(twin, "%s %zu", peek ? "peek" : "read", length);
	if (peek)
		TWIN_BOTH(peek(system, twin->fd[which], data[which], length));
	else
		TWIN_BOTH(read(twin->fd[which], data[which], length, system));
	if (twin_agree(results) > 0 &&
	    memcmp(data[REAL], data[SIMULATED], (size_t)results[REAL]))
		twin_differ("the byte", data[REAL][0], data[SIMULATED][0]);
}

void twin_shut(struct twin *twin)
{
	int how = (int)evert_sim_random(twin_sim, 3);
	long results[2];

	twin->shut = true;
	twin_says(twin, "shutdown %d", how);
	TWIN_BOTH(shutdown(system, twin->fd[which], how));
	twin_agree(results);
}

void twin_ask(struct twin *twin)
{
	static const int options[] = {SO_ERROR, SO_TYPE, SO_ACCEPTCONN,
				      SO_DOMAIN, SO_PROTOCOL};
	int option = options[evert_sim_random(twin_sim, 5)];
	int values[2] = {0, 0};
	socklen_t length = sizeof(int);
	long results[2];

	twin_says(twin, "getsockopt %d", option);
	TWIN_BOTH(getsockopt(system, twin->fd[which], SOL_SOCKET, option,
			     &values[which], &length));
	twin_agree(results);
	if (values[REAL] != values[SIMULATED])
		twin_differ("the option", values[REAL], values[SIMULATED]);
}

void twin_reset_on_close(struct twin *twin)
{
	struct linger none = {.l_onoff = 1};
	long results[2];

	twin_says(twin, "reset on close");
	TWIN_BOTH(setsockopt(system, twin->fd[which], SOL_SOCKET, SO_LINGER,
			     &none, sizeof(none)));
	twin_agree(results);
}

void twin_close(struct twin *twin)
{
	long results[2];

	twin_says(twin, "close");
	TWIN_BOTH(close(system, twin->fd[which]));
	twin_agree(results);
	twin->open = twin->bound = false;
}

void twins_close(void)
{
	size_t i;

	for (i = 0; i < TWINS; i++)
		if (twins[i].open)
			twin_close(&twins[i]);
}
