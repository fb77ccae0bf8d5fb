/* SPDX-License-Identifier: MIT */
/*
 * TCP. A connection has two ends; an end has a socket, waits in the backlog of
 * a listener, or has neither, when its socket was closed: then it still sends
 * what it was given, and answers what comes with a reset.
 *
 * What is sent are pieces: they arrive in order, each at its time, and are
 * acknowledged by pieces that go the other way.
 */
#ifndef EVERT_REACTOR_SIM_TCP_INTERNAL_H
#define EVERT_REACTOR_SIM_TCP_INTERNAL_H

#include "file_internal.h"
#include "port_internal.h"

struct evert_sim_connection;
struct evert_sim_tcp;

enum evert_sim_piece {
	EVERT_SIM_SYN,
	EVERT_SIM_SYN_ACK,
	EVERT_SIM_ESTABLISHED, /* the last of the handshake */
	EVERT_SIM_DATA,
	EVERT_SIM_FIN,
	EVERT_SIM_ACK,	  /* so many bytes have arrived */
	EVERT_SIM_WINDOW, /* so many bytes were read */
	EVERT_SIM_RST,
	EVERT_SIM_PROBE, /* asks whether who it goes to is there */
};

struct evert_sim_tcp_options {
	int keep_alive, no_delay, v6_only;
	int keep_alive_idle, keep_alive_interval; /* seconds */
	int keep_alive_count;
	int send_buffer, receive_buffer; /* bytes; 0: the network's */
	struct linger linger;
};

struct evert_sim_end {
	struct evert_sim_connection *connection;
	struct evert_sim_host *host;
	struct evert_sim_tcp *socket;
	struct evert_sim_tcp *listener;		/* whose backlog it is in */
	struct evert_list_node waits;		/* there */
	struct evert_sim_tcp_options inherited; /* for who is accepted */
	struct evert_address address;
	struct evert_sim_bytes received, to_send;
	size_t receive_buffer, send_buffer;
	size_t in_flight;   /* bytes sent that are not acknowledged */
	size_t unannounced; /* bytes read that the other end does not know of */
	size_t in_window;   /* bytes sent that were not read, as far as known */
	struct evert_list_node way;	/* pieces to the other end */
	struct evert_sim_event arrival; /* of the first of them */
	int64_t wire_free, last_arrival;
	int64_t lost_for, next_try; /* the first of them, where it gets lost */
	struct evert_sim_event retry; /* of the SYN; then its time-out */
	unsigned tries;
	struct evert_sim_event probe; /* of keep-alive */
	int64_t heard;		      /* when something came, or was answered */
	int probes;		      /* since then */
	int error;		      /* not told yet (SO_ERROR) */
	bool established, dead;
	bool ends, end_sent; /* behind what is to be sent; it is on its way */
	bool end_received;
};

struct evert_sim_connection {
	struct evert_list_node node;
	struct evert_sim *sim;
	/* Who connected, and who is connected to; the latter has no host where
	   there is none. */
	struct evert_sim_end ends[2];
};

struct evert_sim_tcp {
	struct evert_sim_file base;
	struct evert_sim_port port;
	struct evert_sim_tcp_options options;
	struct evert_sim_end *end; /* NULL: neither connected nor connecting */
	int error;		   /* not told yet, of an end that it left */
	bool told;		   /* by connect, that it is connected */
	bool reading_shut, writing_shut;
	/* A listener. */
	size_t backlog, pending; /* pending: in the handshake or waiting */
	struct evert_list_node handshakes, ready;
};

static inline struct evert_sim_tcp *
evert_sim_tcp_from(struct evert_sim_file *file)
{
	return evert_container_of(file, struct evert_sim_tcp, base);
}

static inline struct evert_sim_end *evert_sim_other(struct evert_sim_end *end)
{
	return &end->connection->ends[end == &end->connection->ends[0]];
}

/* ---- tcp.c ---- */

struct evert_sim_tcp *evert_sim_tcp_make(struct evert_sim_host *host,
					 int family);

/* ---- tcp_options.c ---- */

void evert_sim_tcp_options_init(struct evert_sim_tcp_options *options);
int evert_sim_tcp_get(struct evert_sim_file *file, int level, int option,
		      void *value, socklen_t *length);
int evert_sim_tcp_set(struct evert_sim_file *file, int level, int option,
		      const void *value, socklen_t length);
size_t evert_sim_tcp_send_buffer(const struct evert_sim_tcp *tcp);
size_t evert_sim_tcp_receive_buffer(const struct evert_sim_tcp *tcp);

/* ---- connect.c ---- */

int evert_sim_tcp_connect(struct evert_sim_file *file,
			  const struct evert_address *to);
/* The answer to the SYN is there. */
void evert_sim_end_connected(struct evert_sim_end *end);

/* ---- listen.c ---- */

int evert_sim_tcp_bind(struct evert_sim_file *file,
		       const struct evert_address *address);
int evert_sim_tcp_listen(struct evert_sim_file *file, int backlog);
struct evert_sim_file *evert_sim_tcp_accept(struct evert_sim_file *file,
					    struct evert_address *peer,
					    int *error);
void evert_sim_tcp_stop_listening(struct evert_sim_tcp *tcp);
/* A SYN has arrived for this end; then, that its handshake is complete. */
void evert_sim_end_asked(struct evert_sim_end *end);
void evert_sim_end_complete(struct evert_sim_end *end);
/* It is in no backlog any more. */
void evert_sim_end_leave(struct evert_sim_end *end);

/* ---- way.c ---- */

/* Sends a piece from this end to the other. `data` NULL: it has none, and
   `length` is a number. */
void evert_sim_way_send(struct evert_sim_end *end, enum evert_sim_piece piece,
			const void *data, size_t length);
/* This end is over before all was sent. */
void evert_sim_way_give_up(struct evert_sim_end *end);
void evert_sim_way_init(struct evert_sim_end *end);
void evert_sim_way_finish(struct evert_sim_end *end);

/* ---- keep_alive.c ---- */

void evert_sim_keep_alive_init(struct evert_sim_end *end);
/* What was answered so far may not be from now on. */
void evert_sim_keep_alive_look(struct evert_sim_end *end);
/* Its options were changed; `anew`: it was not done before. */
void evert_sim_keep_alive_change(struct evert_sim_end *end, bool anew);

static inline void evert_sim_keep_alive_heard(struct evert_sim_end *end)
{
	end->heard = end->connection->sim->now;
	end->probes = 0;
}

/* ---- connection.c ---- */

struct evert_sim_connection *evert_sim_connection_create(struct evert_sim *sim);
void evert_sim_connections_release(struct evert_sim *sim);

/* A piece has arrived at this end. */
void evert_sim_end_arrived(struct evert_sim_end *end,
			   enum evert_sim_piece piece, const char *data,
			   size_t length);
/* Frees the connection, if nothing can ever happen at it. */
void evert_sim_end_settle(struct evert_sim_end *end);

/* Sends what there is to be sent, as far as the other side takes it. */
void evert_sim_end_pump(struct evert_sim_end *end);
/* It is over here, by `error` (0: none to be told); and with a reset, that
   the other side hears of. */
void evert_sim_end_die(struct evert_sim_end *end, int error);
void evert_sim_end_reset(struct evert_sim_end *end);
/* Its socket is closed. */
void evert_sim_end_close(struct evert_sim_end *end, bool reset);
void evert_sim_end_changed(struct evert_sim_end *end);

static inline int evert_sim_end_take_error(struct evert_sim_end *end)
{
	int error = end->error;

	end->error = 0;
	return error;
}

static inline int evert_sim_tcp_take_error(struct evert_sim_tcp *tcp)
{
	int error = tcp->error;

	if (tcp->end)
		return evert_sim_end_take_error(tcp->end);
	tcp->error = 0;
	return error;
}

#endif
