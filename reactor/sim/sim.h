/* SPDX-License-Identifier: MIT */
/*
 * A simulated world for whole programs: hosts with addresses and names, each
 * with its reactors, and a network between them, in one process and one
 * thread. The programs are those that run in production; what is simulated is
 * the operating system below (reactor/system/system.h).
 *
 *	sim = evert_sim_create(seed);
 *	evert_sim_start(evert_sim_add_host(sim, "server", "10.0.0.1"),
 *			serve, NULL);
 *	evert_sim_start(evert_sim_add_host(sim, "client", "10.0.0.2"),
 *			talk, &talk_data);
 *	evert_sim_run(sim, 60);
 *	evert_sim_check(sim, talk_data.done);
 *	evert_sim_destroy(sim);
 *
 * Time is virtual: it stands still while anything can run, and then jumps to
 * what happens next. So a minute of time-outs passes in no time. It ends when
 * the world is 200 years old, or the clock of a host shows that: a run that
 * comes so far fails (evert_sim_fail).
 *
 * Everything that is left to chance is drawn from the seed: the character of
 * the network, how long each piece takes, where reads and writes are cut, how
 * clocks drift, which of several hosts runs first and in which order its
 * descriptors are ready. The same seed gives the same run, on any machine:
 * evert_sim_hash is a digest of all that happened. (By EVERT_POLLER=poll the
 * reactors make other system calls, so that is another run.) search.h tries
 * many seeds.
 *
 * Simulated are TCP and UDP sockets, UNIX sockets, pipes, epoll(7) and poll(2),
 * and the monotonic clock. TCP behaves as Linux has it: windows and buffers,
 * end of file each way, the reset where a socket is closed with unread data, a
 * backlog that fills, connections refused and timed out, keep-alive (while a
 * connection is well, that is nothing that happens). UNIX sockets, of streams,
 * datagrams and connections of messages, are for the programs of a host: they
 * have paths of that host, which stay until they are removed, also when it is
 * halted, or abstract names, and hand over descriptors (SCM_RIGHTS). What they
 * send takes no time and never gets lost; reads and writes are cut, and buffers
 * finite.
 *
 * Not simulated:
 * - threads (there are none to be had, -EAGAIN, so what needs one fails), files,
 *   processes and terminals (-ENOSYS); timerfd_create(2), so evert_reactor_fd
 *   gives -EOPNOTSUPP; EPOLLET, EPOLLONESHOT, one epoll in another;
 * - descriptors of the real kernel, standard input and output among them: a
 *   number is that of the host's own, from 3 on, or of none (-EBADF); and that
 *   calls wait: fcntl(2) changes nothing;
 * - of TCP: TIME_WAIT; of a socket that was closed, that the kernel gives up what
 *   its peer never takes, and that its port is taken until its connection has
 *   ended; a socket that connects to itself; that a handshake on one host is
 *   over when connect(2) returns; shutdown(2) of a listener, or before
 *   listen(2); TCP_USER_TIMEOUT, TCP_QUICKACK, TCP_CORK, TCP_INFO
 *   (-ENOPROTOOPT);
 * - of UDP: shutdown(2); what comes beside datagrams (IP_PKTINFO, IP_RECVERR),
 *   multicast and broadcast; options of IP, which are taken, do nothing and
 *   can't be read; how much room a datagram takes in truth (here: 256 bytes and
 *   its own);
 * - of all sockets: IPv4 on an IPv6 socket, also with ipv6-only=no: listen
 *   twice; raw ones; that SO_SNDBUF and SO_RCVBUF double what they are given,
 *   and have limits; binding to addresses of many, or of no family; the name of
 *   one that was disconnected; SO_PASSCRED; that what lies in the buffer of a
 *   UNIX socket counts for more than it is;
 * - directories and permissions of paths: any name will do, and every program
 *   is root's.
 * In all else sockets do what the real ones do (docs/testing.md).
 *
 * Signals are the real ones. A struct evert_backoff that is given no number
 * takes its chance from the seed of the world that was made last, of those that
 * are there.
 *
 * Another host's reactor is another program's: it is touched by
 * evert_reactor_call_from_thread only. A reactor that stops or is destroyed
 * may have to wait: the others run meanwhile, but where two stop at once, the
 * first goes on when the second has ended.
 *
 * The simulator takes its own memory from malloc(3), not from evert_allocate:
 * so a program can run out of memory, and the simulated kernel does not; if
 * there is none, the process is stopped.
 *
 * What can't be, as no world, no host, or a number out of its range, is a bug,
 * which stops the program (deferred/base/bug.h).
 *
 * Thread rule: one thread for all of it. evert_sim_run, evert_sim_start,
 * evert_sim_halt and evert_sim_destroy not from inside the simulated programs,
 * which is a bug; the rest also from there.
 */
#ifndef EVERT_REACTOR_SIM_H
#define EVERT_REACTOR_SIM_H

#include "../reactor.h"

EVERT_BEGIN

struct evert_sim;
struct evert_sim_host;

/* What the network is like. How often something happens is a number from 0,
   never, to 1, always. */
struct evert_sim_network {
	/* Seconds from host to host, one way; and how many there may be more,
	   drawn for each piece. On the same host nearly none. */
	double latency, jitter;
	/* Bytes in a second, of each connection each way: at least 1; 0: any
	   number. */
	double bandwidth;
	/* Bytes that a socket holds for who reads, and for who is to be sent
	   them (SO_RCVBUF, SO_SNDBUF). At least 1. */
	size_t receive_buffer, send_buffer;
	/* How often a read or a write is cut short, a piece under way is cut,
	   and a wait tells of some only of what is ready. */
	double cut;
	/* How often a piece is lost: TCP sends it again, later, but nobody a
	   datagram; TCP gives up as where hosts are parted (evert_sim_part). (A
	   reset comes later, too, as that which would answer what the other one
	   sends.) Below 1. */
	double loss;
	/* How often a datagram comes twice, and how often it comes later than
	   those that were sent behind it. */
	double duplicate, reorder;
	/* How often a piece resets its connection, as a box on the way does
	   that has lost its memory. */
	double reset;
	/* By how many millionths the clock of a host may be too fast or too
	   slow, from 0 to 999,000: drawn for each host that is added from then
	   on. */
	double drift;
};

/*
 * Makes a world without hosts. Its network's character is drawn from the
 * seed: from fast and smooth to slow and cut to pieces, but nothing is reset.
 * NULL and errno: EMFILE and the like.
 */
EVERT_MUST_USE
struct evert_sim *evert_sim_create(uint64_t seed);

/*
 * Destroys every reactor, in the order they were started (the others run on,
 * as far as they are needed), then the world. A descriptor that is still open
 * on a host then is a failure, as by evert_sim_fail. NULL does nothing.
 */
void evert_sim_destroy(struct evert_sim *sim);

/* The network of a world; to be changed at any time, for what is sent from then
   on, and sockets made. What can't be is a bug: latency and jitter are from 0
   to below a million seconds. */
const struct evert_sim_network *
evert_sim_get_network(const struct evert_sim *sim);
void evert_sim_set_network(struct evert_sim *sim,
			   const struct evert_sim_network *network);

/* ---- Hosts ---- */

/* Adds a host with a name of at most 63 bytes, which is copied, and a numeric
   IPv4 or IPv6 address. It lives as long as the world. That either is taken
   (the case of names does not count), or could not be found or used by others,
   is a bug: "localhost", an address, also a short one ("127.1", inet_aton(3)),
   white space or a dot at the end as a name; an address of any host, of many, of
   the loopback interface, or of IPv4 that is written as IPv6, or one with a
   scope ("fe80::1%lo"). Programs find each other's hosts by name, as by
   /etc/hosts, also by evert_reactor_set_resolver's defaults; there are no name
   servers but those that one simulates. Of the real machine neither the files
   in /etc nor what the environment says of names counts. */
struct evert_sim_host *evert_sim_add_host(struct evert_sim *sim,
					  const char *name,
					  const char *address);

/* Gives a host one more address; at most 8. */
void evert_sim_add_address(struct evert_sim_host *host, const char *address);

/* The name of a host, as it was added. */
const char *evert_sim_host_name(const struct evert_sim_host *host);

/*
 * Starts a program: a reactor on that host, in whose first turn
 * `program(reactor, arg)` is called. It ends when its reactor was stopped and
 * has shut down. The reactor lives as long as the world. A host may have
 * several. NULL and errno: ENOMEM; EMFILE where the host may have no more
 * descriptors open; EINVAL where EVERT_POLLER names no poller. Then the host is
 * up all the same.
 */
struct evert_reactor *
evert_sim_start(struct evert_sim_host *host,
		void (*program)(struct evert_reactor *reactor, void *arg),
		void *arg);

/*
 * The host as a system of operations, for a reactor that one makes and runs
 * oneself: the world goes on whenever it waits. What is left waiting when
 * nothing can ever happen fails with -EDEADLK.
 */
struct evert_system *evert_sim_system(struct evert_sim_host *host);

/*
 * From now on the clock of a host goes so many millionths faster than the
 * world's time, from 0 to below 1e9, or slower where negative, to -999,000,
 * where it goes at a thousandth of the speed. Its programs know no other: their
 * timers fire by it. What its kernel waits for (the times of TCP) and the
 * network go by the world's. A host's time of day is not simulated, since evert
 * goes by the monotonic clock alone.
 */
void evert_sim_set_drift(struct evert_sim_host *host, double millionths);
double evert_sim_drift(const struct evert_sim_host *host);

/* The time on a host: seconds since the beginning, by its own clock. */
double evert_sim_host_seconds(const struct evert_sim_host *host);

/* How many descriptors are open on a host, those of its reactors included. */
size_t evert_sim_descriptors(const struct evert_sim_host *host);

/* How many bytes of memory evert holds in this process, as it got them from
   malloc(3): what is bounded can be seen to be so. Under evert_sim_search only;
   else 0. */
size_t evert_sim_memory(const struct evert_sim *sim);

/* ---- Running ---- */

/*
 * Lets the world run for so many seconds of its time. 0: nothing is left that
 * could ever happen, or evert_sim_stop was called; -ETIMEDOUT: the seconds are
 * over. May be called again; what was asked of a reactor in between, by
 * evert_reactor_stop or evert_reactor_call_later, is done then. 0 does not mean
 * that all have ended: who waits for what never comes, without a time-out, waits
 * still.
 *
 * Where a reactor is shutting down then, it returns later, when that has ended;
 * one that takes an hour more, or waits for what never comes, fails the run.
 */
int evert_sim_run(struct evert_sim *sim, double seconds);

/* Stops the world: evert_sim_run returns after the step that is being done. To
   shut a reactor down is one step, however long it waits. */
void evert_sim_stop(struct evert_sim *sim);

/* The time in the world: seconds since the beginning. */
double evert_sim_seconds(const struct evert_sim *sim);

/* ---- Faults ---- */

/*
 * Parts two hosts, or joins them again. Meanwhile nothing that one sends gets
 * to the other. TCP tries again, after 0.2 seconds and twice as long each time,
 * and gives up after a quarter of an hour (ETIMEDOUT), or where it has nothing
 * to send, by keep-alive; a reset, as a datagram, is lost for good: so one side
 * may have a connection that the other has not.
 * Who has reset a connection sends nothing again of what got lost before.
 */
void evert_sim_part(struct evert_sim_host *one, struct evert_sim_host *other);
void evert_sim_join(struct evert_sim_host *one, struct evert_sim_host *other);

/*
 * Takes the power away: who is connected to the host hears nothing. Its
 * reactors are destroyed (what is told then gets nowhere). It is up again with
 * the next evert_sim_start, and knows no connection of before. Not from inside
 * the simulated programs. (One that ends in order is stopped by
 * evert_reactor_stop.)
 */
void evert_sim_halt(struct evert_sim_host *host);

/* How many descriptors the host may have open: more give -EMFILE. The default
   is as many as one likes. */
void evert_sim_limit_descriptors(struct evert_sim_host *host, size_t most);

/* How often evert finds no memory from now on, from 0 to 1. Under
   evert_sim_search only. (Delayed calls get theirs in blocks of several.) */
void evert_sim_limit_memory(struct evert_sim *sim, double often);

/* ---- Chance ---- */

/* A number from 0 to below `bound`, which is not 0; whether something
   happens that does so often, from 0 to 1: for programs that do something at
   random, and for the faults that a test thinks up. Another bound or share is a
   bug. */
uint64_t evert_sim_random(struct evert_sim *sim, uint64_t bound);
bool evert_sim_chance(struct evert_sim *sim, double often);

/* ---- What happened ---- */

/* The seed that a run began with: it replays the run. */
uint64_t evert_sim_seed(const struct evert_sim *sim);

/* How many events there were: system calls, and pieces that arrived. */
uint64_t evert_sim_steps(const struct evert_sim *sim);

/* A digest of all events, their order, times, outcomes and bytes. */
uint64_t evert_sim_hash(const struct evert_sim *sim);

/* Records an event of one's own: `what` is a constant text. */
void evert_sim_note(struct evert_sim *sim, const char *what, long number);

/*
 * Fails the run: something that must hold does not. Prints the message, the
 * seed, the step and the last events to stderr, and aborts.
 */
EVERT_NORETURN void evert_sim_fail(struct evert_sim *sim, const char *format,
				   ...) EVERT_PRINTF(2, 3);

/* Fails the run, as evert_sim_fail, unless the condition holds. */
#define evert_sim_check(sim, condition) \
	((condition) ? (void)0 \
		     : evert_sim_fail(sim, "%s does not hold (%s)", \
				      #condition, EVERT_HERE))

EVERT_END

#endif
