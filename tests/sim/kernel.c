/* SPDX-License-Identifier: MIT */
/*
 * How far the simulated kernel is like the real one: socket operations, drawn
 * at random, are done on both, on the loopback interface; what they return,
 * the bytes, and what each socket is ready for afterwards must agree.
 */
#include <evert.h>

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	SOCKETS = 6,
	MOST_OPERATIONS = 40,
	MOST_BYTES = 3000,
	PATIENCE = 200, /* milliseconds, for the real one to agree */
};

/* The same socket on both. */
struct twin {
	bool open, bound, listens, connected, shut, is_udp;
	int fd[2];
	struct evert_address at[2]; /* where it is bound */
};

enum {
	REAL,
	SIMULATED
};

static struct evert_sim *sim;
static struct evert_system *systems[2];
static struct twin twins[SOCKETS];
static char words[8192]; /* what was done */
static uint8_t next_byte;

static void settle(void)
{
	evert_sim_run(sim, 0.01);
}

static const struct evert_system_ops *ops(int which)
{
	return systems[which]->ops;
}

static EVERT_PRINTF(1, 2) void tell(const char *format, ...)
{
	size_t length = strlen(words);
	va_list args;

	va_start(args, format);
	vsnprintf(words + length, sizeof(words) - length, format, args);
	va_end(args);
}

static EVERT_NORETURN void differ(const char *what, long real, long simulated)
{
	evert_sim_fail(sim, "after\n%s%s is %ld really, and %ld simulated",
		       words, what, real, simulated);
}

static void agree(const long results[2])
{
	tell(" = %ld\n", results[REAL]);
	if (results[REAL] != results[SIMULATED])
		differ("that", results[REAL], results[SIMULATED]);
}

/* ---- Readiness ---- */

static long ready(const struct twin *twin, int which)
{
	struct pollfd poll = {twin->fd[which], POLLIN | POLLOUT | POLLRDHUP, 0};

	ops(which)->poll(systems[which], &poll, 1, 0);
	return poll.revents;
}

/* The real one may need a moment. */
static void compare_readiness(const struct twin *twin)
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
	tell("socket %d: ", (int)(twin - twins));
	differ("readiness", real, simulated);
}

static void compare_all(void)
{
	size_t i;

	settle();
	for (i = 0; i < SOCKETS; i++)
		if (twins[i].open)
			compare_readiness(&twins[i]);
}

/* ---- Operations ---- */

/* For each of the two, into `results`. */
#define BOTH(call) \
	do { \
		struct evert_system *system; \
		int which; \
		for (which = 0; which < 2; which++) { \
			system = systems[which]; \
			results[which] = ops(which)->call; \
		} \
	} while (0)

static void open_one(struct twin *twin, bool is_udp)
{
	long results[2];

	BOTH(socket(system, AF_INET, is_udp ? SOCK_DGRAM : SOCK_STREAM, 0));
	*twin = (struct twin){
		.open = true,
		.is_udp = is_udp,
		.fd = {(int)results[REAL], (int)results[SIMULATED]},
	};
	tell("%d: %s socket\n", (int)(twin - twins), is_udp ? "UDP" : "TCP");
	if (twin->fd[REAL] < 0 || twin->fd[SIMULATED] < 0)
		differ("socket", results[REAL], results[SIMULATED]);
}

static void bind_one(struct twin *twin)
{
	struct evert_address any;
	char text[32];
	long results[2];

	snprintf(text, sizeof(text), "127.%d.%d.%d",
		 (int)evert_sim_random(sim, 250),
		 (int)evert_sim_random(sim, 250),
		 1 + (int)evert_sim_random(sim, 250));
	evert_address_parse(&any, text, 0);
	tell("%d: bind", (int)(twin - twins));
	BOTH(bind(system, twin->fd[which], &any.as.any, any.length));
	agree(results);
	if (results[REAL])
		return;
	twin->bound = true;
	twin->at[REAL].length = twin->at[SIMULATED].length = sizeof(any.as);
	BOTH(getsockname(system, twin->fd[which], &twin->at[which].as.any,
			 &twin->at[which].length));
}

/* A backlog that does not fill: full ones are a matter of time. */
static void listen_one(struct twin *twin)
{
	long results[2];

	/* Its connections would inherit that, which is not simulated. */
	if (twin->shut)
		return;
	tell("%d: listen", (int)(twin - twins));
	BOTH(listen(system, twin->fd[which], 100));
	agree(results);
	twin->listens |= !results[REAL];
}

static void connect_one(struct twin *twin)
{
	const struct twin *to = &twins[evert_sim_random(sim, SOCKETS)];
	long results[2];

	if (!to->bound || to == twin || to->is_udp != twin->is_udp ||
	    (twin->connected && !twin->is_udp))
		return;
	twin->connected = true;
	tell("%d: connect to %d", (int)(twin - twins), (int)(to - twins));
	BOTH(connect(system, twin->fd[which], &to->at[which].as.any,
		     to->at[which].length));
	agree(results);
}

static void accept_one(struct twin *twin)
{
	struct twin *made = &twins[evert_sim_random(sim, SOCKETS)];
	long results[2];

	if (made->open)
		return;
	tell("%d: accept as %d", (int)(twin - twins), (int)(made - twins));
	BOTH(accept(system, twin->fd[which], NULL, NULL));
	if (results[REAL] >= 0 && results[SIMULATED] >= 0) {
		*made = (struct twin){
			.open = true,
			.connected = true,
			.fd = {(int)results[REAL], (int)results[SIMULATED]},
		};
		results[REAL] = results[SIMULATED] = 0;
	}
	agree(results);
}

static void send_one(struct twin *twin)
{
	size_t length = evert_sim_random(sim, MOST_BYTES), i;
	char data[MOST_BYTES];
	long results[2];

	for (i = 0; i < length; i++)
		data[i] = (char)next_byte++;
	tell("%d: send %zu", (int)(twin - twins), length);
	BOTH(send(twin->fd[which], data, length, system));
	agree(results);
}

static void read_one(struct twin *twin, bool peek)
{
	size_t length = evert_sim_random(sim, 4)
				? 2 * MOST_BYTES
				: evert_sim_random(sim, 100) + (peek ? 1 : 0);
	static char data[2][2 * MOST_BYTES];
	long results[2];

	tell("%d: %s %zu", (int)(twin - twins), peek ? "peek" : "read", length);
	if (peek)
		BOTH(peek(system, twin->fd[which], data[which], length));
	else
		BOTH(read(twin->fd[which], data[which], length, system));
	agree(results);
	if (results[REAL] > 0 &&
	    memcmp(data[REAL], data[SIMULATED], (size_t)results[REAL]))
		differ("the byte", data[REAL][0], data[SIMULATED][0]);
}

static void shut_one(struct twin *twin)
{
	int how = (int)evert_sim_random(sim, 3);
	long results[2];

	/* To end a listener, or a UDP socket, is not simulated. */
	if (twin->listens || twin->is_udp)
		return;
	twin->shut = true;
	tell("%d: shutdown %d", (int)(twin - twins), how);
	BOTH(shutdown(system, twin->fd[which], how));
	agree(results);
}

static void ask_one(struct twin *twin)
{
	static const int options[] = {SO_ERROR, SO_TYPE, SO_ACCEPTCONN,
				      SO_DOMAIN, SO_PROTOCOL};
	int option = options[evert_sim_random(sim, 5)];
	int values[2] = {0, 0};
	socklen_t length = sizeof(int);
	long results[2];

	tell("%d: getsockopt %d", (int)(twin - twins), option);
	BOTH(getsockopt(system, twin->fd[which], SOL_SOCKET, option,
			&values[which], &length));
	agree(results);
	if (values[REAL] != values[SIMULATED])
		differ("the option", values[REAL], values[SIMULATED]);
}

static void ask_peer(struct twin *twin)
{
	struct evert_address peer;
	long results[2];

	tell("%d: getpeername", (int)(twin - twins));
	BOTH(getpeername(system, twin->fd[which], &peer.as.any,
			 &(socklen_t){sizeof(peer.as)}));
	agree(results);
}

static void do_not_linger(struct twin *twin)
{
	struct linger none = {.l_onoff = 1};
	long results[2];

	tell("%d: reset on close", (int)(twin - twins));
	BOTH(setsockopt(system, twin->fd[which], SOL_SOCKET, SO_LINGER, &none,
			sizeof(none)));
	agree(results);
}

static void close_one(struct twin *twin)
{
	long results[2];

	tell("%d: close", (int)(twin - twins));
	BOTH(close(system, twin->fd[which]));
	agree(results);
	twin->open = twin->bound = false;
}

static void do_something(struct twin *twin)
{
	switch (evert_sim_random(sim, 16)) {
	case 0:
		bind_one(twin);
		break;
	case 1:
		listen_one(twin);
		break;
	case 2:
	case 3:
		connect_one(twin);
		break;
	case 4:
	case 5:
		accept_one(twin);
		break;
	case 6:
	case 7:
		send_one(twin);
		break;
	case 8:
	case 9:
		read_one(twin, false);
		break;
	case 10:
		read_one(twin, true);
		break;
	case 11:
		shut_one(twin);
		break;
	case 12:
		ask_one(twin);
		break;
	case 13:
		ask_peer(twin);
		break;
	case 14:
		do_not_linger(twin);
		break;
	default:
		close_one(twin);
	}
}

/* So that most scripts come to something. */
static void begin(void)
{
	open_one(&twins[0], false);
	bind_one(&twins[0]);
	listen_one(&twins[0]);
	open_one(&twins[1], false);
	open_one(&twins[2], true);
	bind_one(&twins[2]);
}

static void scenario(struct evert_sim *made)
{
	const struct evert_sim_network smooth = {
		.receive_buffer = 200000,
		.send_buffer = 200000,
	};
	struct twin *twin;
	size_t count, i;

	sim = made;
	evert_sim_set_network(sim, &smooth);
	systems[REAL] = evert_system_real();
	systems[SIMULATED] =
		evert_sim_system(evert_sim_add_host(sim, "host", "10.0.0.1"));
	memset(twins, 0, sizeof(twins));
	words[0] = '\0';
	begin();
	count = evert_sim_size(sim, 1, MOST_OPERATIONS);
	for (i = 0; i < count; i++) {
		compare_all();
		twin = &twins[evert_sim_random(sim, SOCKETS)];
		if (twin->open)
			do_something(twin);
		else if (!evert_sim_random(sim, 3))
			open_one(twin, !evert_sim_random(sim, 4));
	}
	compare_all();
	for (i = 0; i < SOCKETS; i++)
		if (twins[i].open)
			close_one(&twins[i]);
}

int main(int argc, char **argv)
{
	return evert_sim_search(argc, argv, scenario);
}
