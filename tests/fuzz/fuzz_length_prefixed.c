/* SPDX-License-Identifier: MIT */
/* Strings behind their length: each that is not over the limit is delivered;
   of the first that is, its prefix. */
#include "fuzz.h"

#include "../../protocols/framing/length_prefixed.h"
#include "../../reactor/transport/memory_transport.h"

static struct fuzz_log seen, expected;

static void received(struct evert_length_prefixed *self, const char *string,
		     size_t length)
{
	(void)self;
	fuzz_note(&seen, 'S', string, length);
}

static void refused(struct evert_length_prefixed *self, const char *data,
		    size_t length)
{
	(void)self;
	fuzz_note(&seen, 'R', data, length);
}

static void refer(const char *data, size_t left, size_t prefix, size_t limit)
{
	size_t length, i;

	while (left >= prefix) {
		length = 0;
		for (i = 0; i < prefix; i++)
			length = 256 * length + (unsigned char)data[i];
		if (length > limit) {
			fuzz_note(&expected, 'R', data, prefix);
			return;
		}
		if (left - prefix < length)
			return;
		fuzz_note(&expected, 'S', data + prefix, length);
		data += prefix + length;
		left -= prefix + length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct evert_length_prefixed_ops ops = {
		.string_received = received,
		.string_refused = refused,
	};
	static const size_t prefixes[] = { 1, 2, 4 };
	struct fuzz_input input = { (const char *)data, size, 1 };
	struct evert_length_prefixed receiver;
	struct evert_memory_transport *memory;
	size_t prefix = prefixes[fuzz_setting(&input) % 3];
	size_t limit = fuzz_setting(&input);

	fuzz_seed(&input);
	refer(input.data, input.left, prefix, limit);
	evert_length_prefixed_init(&receiver, &ops, prefix);
	evert_length_prefixed_set_limit(&receiver, limit);
	memory = evert_memory_transport_create(&receiver.base);
	fuzz_feed(&input, &receiver.base);
	evert_memory_transport_destroy(memory);
	evert_length_prefixed_finish(&receiver);
	fuzz_expect_equal(&seen, &expected);
	return 0;
}
