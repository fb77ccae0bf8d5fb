/* SPDX-License-Identifier: MIT */
/* Netstrings: as long as they are good each is delivered; of the first that is
   not, all up to the wrong byte. */
#include "fuzz.h"

#include <string.h>

#include "../../protocols/framing/netstring.h"
#include "../../reactor/transport/memory_transport.h"

static struct fuzz_log seen, expected;

static void received(struct evert_netstring *self, const char *string,
		     size_t length)
{
	(void)self;
	fuzz_note(&seen, 'S', string, length);
}

static void refused(struct evert_netstring *self, const char *data,
		    size_t length)
{
	(void)self;
	fuzz_note(&seen, 'R', data, length);
}

/* How many bytes the first netstring takes, 0: it is not complete; or, where
   it is bad, how many up to the wrong byte, and `*bad` is set. */
static size_t first_of(const char *data, size_t left, size_t limit,
		       size_t *start, bool *bad)
{
	size_t value = 0, i;

	for (i = 0; i < left; i++) {
		*bad = true;
		if (data[i] == ':' && i)
			break;
		if (data[i] < '0' || data[i] > '9' || (i && !value))
			return i + 1;
		value = value * 10 + (size_t)(data[i] - '0');
		if (value > limit)
			return i + 1;
	}
	*bad = false;
	*start = i + 1;
	if (i == left || left - *start < value + 1)
		return 0;
	*bad = data[*start + value] != ',';
	return *start + value + 1;
}

static void refer(const char *data, size_t left, size_t limit)
{
	size_t taken, start;
	bool bad = false;

	while (!bad && (taken = first_of(data, left, limit, &start, &bad))) {
		if (bad)
			fuzz_note(&expected, 'R', data, taken);
		else
			fuzz_note(&expected, 'S', data + start,
				  taken - start - 1);
		data += taken;
		left -= taken;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct evert_netstring_ops ops = {
		.string_received = received,
		.string_refused = refused,
	};
	struct fuzz_input input = { (const char *)data, size, 1 };
	struct evert_netstring receiver;
	struct evert_memory_transport *memory;
	size_t limit = fuzz_setting(&input);

	fuzz_seed(&input);
	refer(input.data, input.left, limit);
	evert_netstring_init(&receiver, &ops);
	evert_netstring_set_limit(&receiver, limit);
	memory = evert_memory_transport_create(&receiver.base);
	fuzz_feed(&input, &receiver.base);
	evert_memory_transport_destroy(memory);
	evert_netstring_finish(&receiver);
	fuzz_expect_equal(&seen, &expected);
	return 0;
}
