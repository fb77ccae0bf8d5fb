/* SPDX-License-Identifier: MIT */
/* Sends everything back in upper case: with a protocol, called for whatever
   comes. upper_server.c is the same right side out. */
#include <evert.h>

#include <ctype.h>
#include <stdlib.h>

#include "common/example.h"

struct upper {
	struct evert_protocol base;
	char peer[EVERT_ADDRESS_TEXT_SIZE];
};

static struct upper *upper_from(struct evert_protocol *base)
{
	return evert_container_of(base, struct upper, base);
}

static void upper_connection_made(struct evert_protocol *base)
{
	struct upper *self = upper_from(base);

	example_peer(base->transport, self->peer);
	example_log("[+] Connected: %s", self->peer);
}

static void upper_data_received(struct evert_protocol *base, const char *data,
				size_t length)
{
	char upper[4096];
	size_t i, done;

	for (done = 0; done < length; done += i) {
		for (i = 0; i < sizeof(upper) && done + i < length; i++)
			upper[i] = (char)toupper((unsigned char)data[done + i]);
		evert_transport_write(base->transport, upper, i);
	}
}

/* Who does not read what it gets is not read from, either. */
static void upper_pause_writing(struct evert_protocol *base)
{
	evert_transport_pause_reading(base->transport);
}

static void upper_resume_writing(struct evert_protocol *base)
{
	evert_transport_resume_reading(base->transport);
}

static void upper_connection_lost(struct evert_protocol *base,
				  const struct evert_failure *reason)
{
	(void)reason;
	example_log("[-] Disconnected: %s", upper_from(base)->peer);
}

static void upper_destroy(struct evert_protocol *base)
{
	free(upper_from(base));
}

static const struct evert_protocol_ops upper_ops = {
	.data_received = upper_data_received,
	.connection_made = upper_connection_made,
	.connection_lost = upper_connection_lost,
	.pause_writing = upper_pause_writing,
	.resume_writing = upper_resume_writing,
	.destroy = upper_destroy,
};

static struct evert_protocol *build_upper(struct evert_factory *factory,
					  const struct evert_address *peer)
{
	struct upper *self = malloc(sizeof(*self));

	(void)factory;
	(void)peer;
	if (!self)
		return NULL;
	self->base.ops = &upper_ops;
	return &self->base;
}

static struct evert_factory upper_factory = { build_upper };

int main(int argc, char **argv)
{
	char endpoint[EXAMPLE_ENDPOINT_SIZE];

	example_server(endpoint, argc, argv,
		       "Sends everything back in upper case.", "9000");
	return example_serve(endpoint, &upper_factory);
}
