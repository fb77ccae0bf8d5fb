/* SPDX-License-Identifier: MIT */
/* Lines by several delimiters, some too long: these are told of once, and
   dropped with their delimiter, or end it all. */
#include "fuzz.h"

#include <string.h>

#include "../../protocols/framing/line_receiver.h"
#include "../../reactor/transport/memory_transport.h"

static struct fuzz_log seen, expected;

static void received(struct evert_line_receiver *self, const char *line,
		     size_t length)
{
	(void)self;
	fuzz_note(&seen, 'L', line, length);
}

static void too_long(struct evert_line_receiver *self, const char *data,
		     size_t length)
{
	(void)self;
	fuzz_note(&seen, 'T', data, length);
}

static void lost(struct evert_line_receiver *self,
		 const struct evert_failure *reason)
{
	(void)self;
	if (evert_failure_is(reason, EVERT_FRAME_REFUSED))
		fuzz_note(&seen, 'R', NULL, 0);
}

static const struct evert_line_receiver_ops ops[] = {
	{ .line_received = received,
	  .connection_lost = lost,
	  .line_too_long = too_long },
	{ .line_received = received, .connection_lost = lost },
};

struct rules {
	const char *delimiter;
	size_t size, limit;
	bool closes; /* at a line that is too long */
};

/* The length of a line without its end. */
static size_t trimmed(const struct rules *rules, const char *data,
		      size_t length)
{
	if (rules->delimiter == evert_line_feed && length &&
	    data[length - 1] == '\r')
		return length - 1;
	return length;
}

/* May a line without its delimiter, so far, still turn out not too long, by
   whatever of the delimiter it ends with already? */
static bool may_fit(const struct rules *rules, const char *data, size_t left)
{
	size_t begun;

	for (begun = 0; begun < rules->size && begun <= left; begun++)
		if (!memcmp(data + left - begun, rules->delimiter, begun) &&
		    trimmed(rules, data, left - begun) <= rules->limit)
			return true;
	return false;
}

static void refer(const struct rules *rules, const char *data, size_t left)
{
	const char *end;
	size_t length;

	while (left) {
		end = memmem(data, left, rules->delimiter, rules->size);
		length = end ? trimmed(rules, data, (size_t)(end - data)) :
			       left;
		if (!end && may_fit(rules, data, left))
			return;
		if (end && length <= rules->limit) {
			fuzz_note(&expected, 'L', data, length);
		} else if (rules->closes) {
			fuzz_note(&expected, 'R', NULL, 0);
			return;
		} else {
			fuzz_note(&expected, 'T', data, rules->limit);
		}
		if (!end)
			return;
		left -= (size_t)(end - data) + rules->size;
		data = end + rules->size;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const delimiters[] = { "\r\n", EVERT_LINE_FEED,
						  "aa", "aab", "abab" };
	struct fuzz_input input = { (const char *)data, size, 1 };
	struct evert_line_receiver receiver;
	struct evert_memory_transport *memory;
	struct rules rules;
	unsigned kind = fuzz_setting(&input);

	rules.delimiter = delimiters[kind / 2 % 5];
	rules.size = strlen(rules.delimiter);
	rules.closes = kind % 2;
	rules.limit = fuzz_setting(&input) % 32;
	fuzz_seed(&input);
	refer(&rules, input.data, input.left);
	evert_line_receiver_init(&receiver, &ops[kind % 2]);
	evert_line_receiver_set_delimiter(&receiver, rules.delimiter,
					  rules.size);
	evert_line_receiver_set_limit(&receiver, rules.limit);
	memory = evert_memory_transport_create(&receiver.base);
	fuzz_feed(&input, &receiver.base);
	evert_memory_transport_destroy(memory);
	evert_line_receiver_finish(&receiver);
	fuzz_expect_equal(&seen, &expected);
	return 0;
}
