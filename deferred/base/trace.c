/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "say_internal.h"
#include "spares_internal.h"
#include "trace_event_internal.h"
#include "trace_output_internal.h"

enum { BYTES = 64 }; /* of each read or write, if nothing else was said */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char *pattern; /* of the file's name, if each process has its own */

/* ---- Recording ---- */

bool evert_trace_lock(void)
{
	if (!evert_trace_is_recording())
		return false;
	pthread_mutex_lock(&mutex);
	if (!evert_trace_is_recording()) {
		/* It has ended meanwhile. */
		pthread_mutex_unlock(&mutex);
		return false;
	}
	evert_trace_set_time(evert_trace_now());
	return true;
}

void evert_trace_unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

void evert_trace_write_begin(const char *category, const char *name,
			     const char *place)
{
	if (!evert_trace_lock())
		return;
	evert_trace_begin_of(category, name, NULL, place);
	evert_trace_unlock();
}

void evert_trace_write_end(void)
{
	if (!evert_trace_lock())
		return;
	evert_trace_end_it();
	evert_trace_unlock();
}

/* ---- Begin and end ---- */

static void finish(void)
{
	size_t unwritten, left_out;

	/* Not in a fork's child; whoever records in another thread is last. */
	if (!evert_observe_no_more(EVERT_OBSERVED_BY_TRACE))
		return;
	pthread_mutex_lock(&mutex);
	evert_trace_end_file(&unwritten, &left_out);
	if (unwritten || left_out)
		evert_say("evert: the end of the trace was not written: "
			  "%zu bytes, after %zu events left out\n",
			  unwritten, left_out);
	evert_trace_output_close();
	evert_trace_remove_all();
	pthread_mutex_unlock(&mutex);
}

/* The mutex may be this thread's own: better a recording without its last part
   than a program that does not end. */
void evert_trace_save(void)
{
	if (!evert_trace_is_recording() || pthread_mutex_trylock(&mutex))
		return;
	if (evert_trace_is_recording())
		evert_trace_output_flush_all();
	pthread_mutex_unlock(&mutex);
}

/* A parent that ends by _exit, as daemon(3) makes it, writes nothing more. */
static void before_fork(void)
{
	pthread_mutex_lock(&mutex);
	if (evert_trace_is_recording())
		evert_trace_output_flush();
}

static void in_parent(void)
{
	pthread_mutex_unlock(&mutex);
}

static bool open_file(const char *name)
{
	if (!evert_trace_output_open(name))
		return false;
	evert_trace_begin_file();
	return true;
}

/* The file is the parent's: it has another one, or none. */
static void begin_anew(void)
{
	evert_trace_output_close();
	evert_trace_remove_all();
	if (pattern && open_file(pattern))
		evert_observe(EVERT_OBSERVED_BY_TRACE);
}

static void in_child(void)
{
	if (evert_observe_no_more(EVERT_OBSERVED_BY_TRACE))
		begin_anew();
	pthread_mutex_unlock(&mutex);
}

static size_t bytes_to_record(void)
{
	const char *bytes = getenv("EVERT_TRACE_BYTES");

	return bytes && *bytes ? strtoul(bytes, NULL, 10) : BYTES;
}

static void start(void)
{
	const char *name = getenv("EVERT_TRACE");

	if (!name || !*name)
		return;
	evert_trace_set_bytes(bytes_to_record());
	if (!open_file(name))
		return;
	if (evert_trace_output_is_of_process(name))
		pattern = strdup(name);
	if (pthread_atfork(before_fork, in_parent, in_child)) {
		evert_say("evert: cannot write the trace: no memory\n");
		evert_trace_output_close();
		return;
	}
	atexit(finish);
	evert_observe(EVERT_OBSERVED_BY_TRACE);
}

void evert_trace_start(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, start);
	if (evert_trace_is_recording())
		evert_spares_drain(); /* none is kept from now on */
}
