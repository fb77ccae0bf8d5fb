/* SPDX-License-Identifier: MIT */
#include "trace_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../deferred/base/say_internal.h"
#include "../../deferred/base/trace_internal.h"

enum {
	TOLD_AT_ONCE = 20
};

struct evert_sim_trace *evert_sim_trace_shared;

/* FNV-1a, on words where it is about speed: any change must change it, nobody
   tries to deceive it. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
	return (hash ^ word ^ word >> 29) * UINT64_C(0x100000001b3);
}

void evert_sim_trace_mix(struct evert_sim_trace *trace, const void *data,
			 size_t length)
{
	const unsigned char *bytes = data;
	uint64_t hash = mix(trace->hash, length), word;

	for (; length >= sizeof(word); length -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		hash = mix(hash, word);
		bytes += sizeof(word);
	}
	while (length--)
		hash = mix(hash, *bytes++);
	trace->hash = hash;
}

static void keep(char *kept, const char *text)
{
	size_t length = strlen(text);

	if (length >= EVERT_SIM_NAME_SIZE)
		length = EVERT_SIM_NAME_SIZE - 1;
	memcpy(kept, text, length);
	kept[length] = '\0';
}

void evert_sim_trace_add(struct evert_sim_trace *trace, const char *host,
			 const char *what, long number, long result)
{
	struct evert_sim_happening *happening =
		&trace->last[trace->steps++ % EVERT_SIM_KEPT];

	happening->at = trace->now;
	happening->number = number;
	happening->result = result;
	keep(happening->host, host);
	keep(happening->what, what);
	evert_sim_trace_mix(trace, host, strlen(host));
	evert_sim_trace_mix(trace, what, strlen(what));
	trace->hash = mix(
		mix(mix(trace->hash, (uint64_t)trace->now), (uint64_t)number),
		(uint64_t)result);
}

static void tell_events(const struct evert_sim_trace *trace, uint64_t from,
			uint64_t to)
{
	const struct evert_sim_happening *h;
	struct evert_text text;

	evert_text_init(&text, NULL);
	for (; from < to; from++) {
		h = &trace->last[from % EVERT_SIM_KEPT];
		evert_text_add(&text, "  %" PRIu64 " %.9f %s: %s %ld = %ld\n",
			       from + 1, (double)h->at / 1e9, h->host, h->what,
			       h->number, h->result);
	}
	evert_text_say(&text);
}

void evert_sim_trace_tell(struct evert_sim_trace *trace)
{
	uint64_t steps = trace->steps;
	uint64_t from = steps > EVERT_SIM_KEPT ? steps - EVERT_SIM_KEPT : 0;
	uint64_t to;

	trace->told = true;
	evert_say("evert: simulation with seed %" PRIu64 ", at step %" PRIu64
		  ", after %.9f seconds; the last events:\n",
		  trace->seed, steps, (double)trace->now / 1e9);
	/* No more at a time than is said as a whole. */
	for (; from < steps; from = to) {
		to = from + TOLD_AT_ONCE < steps ? from + TOLD_AT_ONCE : steps;
		tell_events(trace, from, to);
	}
}

/* Of one condition that does not hold it is the same, however many clients,
   bytes or blocks the message counts. */
static uint64_t digest(const struct evert_text *message)
{
	uint64_t hash = 1;
	size_t i;

	for (i = 0; i < message->length; i++)
		if (message->gathered[i] < '0' || message->gathered[i] > '9')
			hash = mix(hash, (unsigned char)message->gathered[i]);
	return hash;
}

void evert_sim_trace_fail_list(struct evert_sim_trace *trace,
			       const char *format, va_list args)
{
	struct evert_text text;

	evert_text_init(&text, NULL);
	evert_text_add(&text, "evert: simulation failed: ");
	evert_text_add_list(&text, format, args);
	evert_text_add(&text, "\n");
	trace->failure = digest(&text);
	evert_text_say(&text);
	evert_sim_trace_tell(trace);
	evert_trace_save();
	abort();
}

void evert_sim_trace_fail(struct evert_sim_trace *trace, const char *format,
			  ...)
{
	va_list args;

	va_start(args, format);
	evert_sim_trace_fail_list(trace, format, args);
}
