/* SPDX-License-Identifier: MIT */
/*
 * Sends everything back in upper case, each piece a tenth of a second after it
 * came, as if a database had been asked. Ten thousand connections wait at once
 * in one thread; upper_server_threaded.c is the same with a thread for each.
 */
#include <evert.h>

#include <ctype.h>
#include <stdlib.h>

#include "common/descriptors.h"
#include "common/example.h"

static const double DELAY = 0.1; /* seconds */

struct upper {
	struct evert_protocol base;
	struct evert_delayed_call answering;
	char *answer; /* meanwhile */
	size_t length;
};

static struct upper *upper_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct upper, base);
}

static void answer(void *arg)
{
	struct upper *self = arg;

	evert_transport_write(self->base.transport, self->answer, self->length);
	free(self->answer);
	self->answer = NULL;
	evert_transport_resume_reading(self->base.transport);
}

/* Nothing more is read until the answer is on its way. */
static void upper_data_received(struct evert_protocol *base, const char *data,
				size_t length)
{
	struct upper *self = upper_from(base);
	size_t i;

	evert_transport_pause_reading(base->transport);
	self->answer = malloc(length);
	if (self->answer)
		self->answering = evert_reactor_call_later(
			evert_reactor_current(), DELAY, answer, self);
	if (!evert_delayed_call_active(self->answering)) {
		evert_transport_abort(base->transport);
		return;
	}
	for (i = 0; i < length; i++)
		self->answer[i] = (char)toupper((unsigned char)data[i]);
	self->length = length;
}

static void upper_connection_lost(struct evert_protocol *base,
				  const struct evert_failure *reason)
{
	struct upper *self = upper_from(base);

	(void)reason;
	evert_delayed_call_cancel(self->answering);
	free(self->answer);
}

static const struct evert_protocol_ops upper_ops = {
	.data_received = upper_data_received,
	.connection_lost = upper_connection_lost,
};

static struct evert_factory upper_factory =
	EVERT_FACTORY(struct upper, base, &upper_ops);

int main(int argc, char **argv)
{
	struct example_listen wanted;

	example_server(&wanted, argc, argv,
		       "Sends everything back in upper case, after 100 ms.",
		       "9090");
	example_allow_descriptors();
	return example_serve(&wanted, &upper_factory);
}
