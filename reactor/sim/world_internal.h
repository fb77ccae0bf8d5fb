/* SPDX-License-Identifier: MIT */
/* What a world consists of: hosts, their descriptors and programs, what is
   going to happen, and chance. */
#ifndef EVERT_REACTOR_SIM_WORLD_INTERNAL_H
#define EVERT_REACTOR_SIM_WORLD_INTERNAL_H

#include "../../deferred/base/list_internal.h"
#include "../address.h"
#include "../system/system.h"
#include "event_internal.h"
#include "memory_internal.h"
#include "sim.h"
#include "trace_internal.h"

enum {
	EVERT_SIM_ADDRESSES = 8
};

/* How long time goes on, in nanoseconds: 200 years. Some more are left in 64
   bits, for what is added to it. */
#define EVERT_SIM_LIFE (INT64_C(200) * 365 * 86400 * 1000000000)

/* By how many millionths a clock may be too slow. */
#define EVERT_SIM_SLOWEST 999000.0

struct evert_sim_file;
struct evert_sim_program;

struct evert_sim {
	struct evert_list_node node; /* among the worlds */
	uint64_t chance; /* the state of what is drawn */
	int64_t now;	 /* nanoseconds */
	int64_t begun;	 /* `now` at the beginning */
	int64_t limit;	 /* waits inside a turn end then */
	struct evert_sim_events events;
	struct evert_sim_network network;
	struct evert_list_node hosts;
	struct evert_sim_program **programs; /* in the order of starting */
	size_t program_count;
	size_t ready_count; /* of the programs, those that may run */
	struct evert_sim_program *current;	     /* has its turn, or NULL */
	struct evert_list_node tcp_ports, udp_ports; /* that are taken */
	struct evert_list_node connections;
	struct evert_list_node partings;
	double memory_fails;		  /* how often */
	struct evert_list_node datagrams; /* on their way */
	bool stopped;
	bool searched; /* it is the search that destroys it */
	size_t most;	     /* of evert_sim_size */
	uint64_t calm_after; /* steps */
	int names;	     /* a file, as /etc/hosts */
	char names_path[32];
	struct evert_system_names names_files;
	struct evert_sim_trace *trace, own_trace;
};

struct evert_sim_host {
	struct evert_system base;
	struct evert_list_node node;
	struct evert_sim *sim;
	char name[64];
	struct evert_address addresses[EVERT_SIM_ADDRESSES];
	size_t address_count;
	struct evert_sim_file **files; /* by descriptor */
	size_t file_capacity;
	size_t open, open_most; /* descriptors */
	size_t under_way;	/* files that messages hand over */
	struct evert_list_node paths, unix_sockets;
	uint64_t paths_made;
	/* Its clock: what it showed when it was set, at which time of the
	   world, and by how many millionths it has been too fast since. */
	int64_t clock, clock_set;
	double drift;
	bool collects; /* files that nobody can receive */
	bool down;
};

/* A reactor, which is turned as the kernel runs a process: it runs until it
   waits, and sleeps until something is ready or the time has come. */
struct evert_sim_program {
	struct evert_sim_host *host;
	struct evert_reactor *reactor;
	struct evert_sim_event wake;
	bool asleep;
	bool has_turn;	 /* it is on the stack */
	bool may_return; /* its next wait is the loop's own */
	bool ended;
	bool is_ready; /* it may run, and is counted */
};

static inline struct evert_sim_host *
evert_sim_host_from(struct evert_system *system)
{
	return evert_container_of(system, struct evert_sim_host, base);
}

/* ---- Callers ---- */

/* Stop the program where it gave `what` no world, or no host. */
void evert_sim_need(const struct evert_sim *sim, const char *what);
void evert_sim_need_host(const struct evert_sim_host *host, const char *what);
/* And where a simulated program calls what only who made the world may. */
void evert_sim_need_outside(const struct evert_sim *sim, const char *what);
/* And where it is no share, from 0 to 1. */
void evert_sim_need_share(double often, const char *what);

static inline bool evert_sim_is_share(double often)
{
	return often >= 0 && often <= 1;
}

/* ---- Chance: splitmix64 ---- */

static inline uint64_t evert_sim_draw(struct evert_sim *sim)
{
	uint64_t mixed = sim->chance += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ mixed >> 31;
}

/* Whether a fault happens that does so often. */
bool evert_sim_fault(struct evert_sim *sim, double often);

/* From 1 to `most`; cut as often as the network cuts. */
size_t evert_sim_cut(struct evert_sim *sim, size_t most);

/* ---- Time ---- */

static inline void evert_sim_plan(struct evert_sim *sim,
				  struct evert_sim_event *event, int64_t at)
{
	evert_sim_event_plan(&sim->events, event, at, evert_sim_draw(sim));
}

static inline void evert_sim_cancel(struct evert_sim *sim,
				    struct evert_sim_event *event)
{
	evert_sim_event_cancel(&sim->events, event);
}

/* The host's own time, and the world's at which so much of it has passed. */
int64_t evert_sim_host_now(const struct evert_sim_host *host);
int64_t evert_sim_host_when(const struct evert_sim_host *host, int64_t span);
/* As the network says. */
void evert_sim_start_clock(struct evert_sim_host *host);

/* Something may be ready on it: its programs look. */
void evert_sim_stir(struct evert_sim_host *host);

/*
 * What a waiting system call does: asks `look(arg)` how much is ready, and
 * lets the world go on until that is not 0 or the milliseconds are over (-1:
 * never); returns it, or -errno.
 */
int evert_sim_wait(struct evert_sim_host *host, int (*look)(void *arg),
		   void *arg, int milliseconds);

/* ---- Where ---- */

/* Is it 0.0.0.0 or ::? */
bool evert_sim_is_any(const struct evert_address *address);
/* Has the host that address, or is it the host's own net (127.0.0.0/8, ::1)? */
bool evert_sim_host_has(const struct evert_sim_host *host,
			const struct evert_address *address);
/* Who is reached by it from `from`; NULL: nobody. */
struct evert_sim_host *evert_sim_find_host(struct evert_sim_host *from,
					   const struct evert_address *to);
/* The address by which `host` speaks to `to`; length 0: it has none. */
struct evert_address evert_sim_source(const struct evert_sim_host *host,
				      const struct evert_address *to);

/* Where names are looked up: 0, or -errno. A host has an address more. */
int evert_sim_names_open(struct evert_sim *sim);
void evert_sim_names_add(struct evert_sim_host *host,
			 const struct evert_address *address);
void evert_sim_names_close(struct evert_sim *sim);

/* Does nothing get from one to the other? */
bool evert_sim_is_apart(const struct evert_sim_host *one,
			const struct evert_sim_host *other);

/* How long a piece takes from one to the other, in nanoseconds. */
int64_t evert_sim_travel(struct evert_sim *sim,
			 const struct evert_sim_host *from,
			 const struct evert_sim_host *to);

/* ---- What happened ---- */

static inline void evert_sim_tell(struct evert_sim_host *host, const char *what,
				  long number, long result)
{
	evert_sim_trace_add(host->sim->trace, host->name, what, number, result);
}

extern const struct evert_system_ops evert_sim_ops;

#endif
