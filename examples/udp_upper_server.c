/* SPDX-License-Identifier: MIT */
/* Sends every datagram back in upper case: with a protocol, called for
   whatever comes. udp_upper_server_coroutine.c is the same right side out. */
#include <evert.h>

#include <ctype.h>

#include "common/example.h"

static void upper_datagram_received(struct evert_datagram_protocol *base,
				    const struct evert_datagram *datagram)
{
	char peer[EVERT_ADDRESS_TEXT_SIZE], upper[65536];
	size_t i;

	(void)base;
	example_log("From %s: %.*s",
		    evert_address_text(datagram->peer, peer, sizeof(peer)),
		    (int)datagram->length, datagram->data);
	for (i = 0; i < datagram->length; i++)
		upper[i] = (char)toupper((unsigned char)datagram->data[i]);
	evert_datagram_answer(datagram, upper, datagram->length);
}

static const struct evert_datagram_protocol_ops upper_ops = {
	.datagram_received = upper_datagram_received,
};

int main(int argc, char **argv)
{
	struct evert_datagram_protocol upper = { .ops = &upper_ops };
	struct example_listen wanted;

	return example_serve_datagrams(
		example_datagram_server(
			&wanted, argc, argv,
			"Sends every datagram back in upper case.", "9001"),
		&upper);
}
