/* SPDX-License-Identifier: MIT */
/* Sends everything back in upper case: with a protocol, called for whatever
   comes. upper_server.c is the same right side out. */
#include <evert.h>

#include <ctype.h>

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

static void upper_connection_lost(struct evert_protocol *base,
				  const struct evert_failure *reason)
{
	(void)reason;
	example_log("[-] Disconnected: %s", upper_from(base)->peer);
}

static const struct evert_protocol_ops upper_ops = {
	.data_received = upper_data_received,
	.connection_made = upper_connection_made,
	.connection_lost = upper_connection_lost,
	/* Who does not read what it gets is not read from, either. */
	.pause_writing = evert_protocol_pause_reading,
	.resume_writing = evert_protocol_resume_reading,
};

static struct evert_factory upper_factory =
	EVERT_FACTORY(struct upper, base, &upper_ops);

int main(int argc, char **argv)
{
	struct example_listen wanted;

	example_server(&wanted, argc, argv,
		       "Sends everything back in upper case.", "9000");
	return example_serve(&wanted, &upper_factory);
}
