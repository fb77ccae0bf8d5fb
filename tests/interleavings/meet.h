/* SPDX-License-Identifier: MIT */
/*
 * Threads that meet in every order: the explorer, as scenarios see it.
 *
 * A scenario is a function that is run again and again, each time in another
 * interleaving, until there is none left that differs in what any thread
 * could see. It begins alone, starts threads, and ends when all have ended
 * and all memory is given back.
 *
 * What is run are the library's sources as they stand: the compiler tells of
 * each access to memory and each atomic operation (tsan.c), pthreads and the
 * kernel are the explorer's own (threads.c, kernel.c). Found are: what a
 * scenario asserts not to hold; that nobody can go on; data races by C11;
 * memory that is used after it was given back, or never given back;
 * descriptors used after they were closed, or left open.
 *
 * What it does not show:
 * - more threads or messages than the scenarios have;
 * - orders that C11 allows and no interleaving has (atomics.c): a load that
 *   sees what is stored after it; stores to one object in another order than
 *   they were made in; fences, of which evert has none;
 * - the kernel: that poll(2) and epoll(7) miss no byte in a pipe is taken for
 *   granted, interrupted calls (EINTR) are left out, and so are forks, and
 *   the loop's other descriptors. It is not taken for granted that a byte
 *   read happens after what its writer did before;
 * - wake-ups of conditions for no reason (POSIX allows them), but those whose
 *   time is over, at any moment;
 * - what is done once in a process (pthread_once, the first registering of fork
 *   handlers): it is done before;
 * - handlers of signals that interrupt each other; they interrupt a thread
 *   between two of its steps, not between the instructions of one;
 * - data races on stacks;
 * - memory that is had again at the same address (ABA).
 */
#ifndef TESTS_INTERLEAVINGS_MEET_H
#define TESTS_INTERLEAVINGS_MEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../reactor/reactor.h"
#include "../../reactor/system/system.h"

struct meet_scenario {
	const char *name;
	void (*run)(void);
	bool is_long; /* not for `make check` */
};

/* The tables, each ending with an empty row. */
extern const struct meet_scenario meet_litmus[], meet_small[], meet_mailbox[],
	meet_pool[], meet_asking[], meet_lookup[], meet_signals[], meet_dump[];

/* Starts a thread; ends when `call(arg)` returns. Its number, to be joined. */
unsigned meet_start(void (*call)(void *arg), void *arg);
void meet_wait_for(unsigned thread);

/* One of `count`, from 0, each in turn. */
unsigned meet_choose(unsigned count);

/* From now on, until the scenario ends, a comparison that may fail for no
   reason does so, once in each thread. */
void meet_fail_weak_comparisons(void);

/* From now on, until the scenario ends, no wait for a condition ends because
   its time is over: so that nobody is saved by it who ought to be woken. */
void meet_be_patient(void);

/* The scenario fails, and with it the run. */
#define meet_assert(condition) \
	((condition) ? (void)0 : meet_fail("%s:%d: not %s", __FILE__, \
					   __LINE__, #condition))
void meet_fail(const char *format, ...)
	__attribute__((__noreturn__, __format__(__printf__, 1, 2)));

/* For scenarios that are about the explorer: something that came out of one,
   below 64; all that are to come out of all of them, a bit for each. */
void meet_note(uint64_t outcome);
void meet_expect(uint64_t outcomes);

/* ---- The kernel ---- */

/* A system with pipes, poll, threads, and getaddrinfo; nothing else. */
struct evert_system *meet_system(void);

/* How many bytes a pipe takes from now on, until the scenario ends. */
void meet_set_pipe_size(unsigned bytes);

/* A reactor on it. */
struct evert_reactor *meet_reactor(void);

/* Calls the handler of a signal, if there is one, on this thread. */
void meet_raise(int number);

/* The same, but it interrupts another thread, at any of its steps: one that has
   said that it may be. */
void meet_interrupt(unsigned thread, int number);
void meet_let_interrupt(void);

#endif
