/* SPDX-License-Identifier: MIT */
/*
 * Strings with their length in front: what `scan` says of any bytes, by each
 * size of the length; then of each length that is good, and any bytes behind
 * it, and what `reach` says of those that are held.
 *
 * options: -eva-slevel 2000 -eva-split-return full
 */
#include "../../protocols/framing/length_prefixed.c"

enum { LIMIT = 6, MOST = 9 };

/* The last `length` of the bytes, so that there is nothing behind them. */
static void scan_any(size_t prefix, size_t length)
{
	struct evert_length_prefixed receiver = {
		.framing = { .limit = LIMIT, .around = (uint8_t)prefix },
	};
	struct evert_framing_seen seen = { NULL, 0 };
	struct evert_frame frame;
	enum evert_framing_verdict verdict;
	char bytes[MOST], *data = bytes + sizeof(bytes) - length;

	any_bytes(bytes, sizeof(bytes));
	verdict = scan(&receiver.base, data, length, 0, &seen, &frame);
	if (verdict == EVERT_FRAMING_WHOLE) {
		/*@ assert frame.end <= length; */
	} else if (verdict == EVERT_FRAMING_REFUSED) {
		/*@ assert 0 < frame.end <= length; */
		look_at(data, frame.end);
	} else {
		reach(&receiver.base, data, length, NULL, 5);
	}
}

static void scan_good(size_t prefix, size_t length, size_t payload)
{
	struct evert_length_prefixed receiver = {
		.framing = { .limit = LIMIT, .around = (uint8_t)prefix },
	};
	struct evert_framing_seen seen = { NULL, 0 };
	struct evert_frame frame;
	enum evert_framing_verdict verdict;
	char bytes[MOST], *data = bytes + sizeof(bytes) - length;
	size_t count;

	any_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < prefix && i < length; i++)
		data[i] = (char)(i + 1 == prefix ? payload : 0);
	verdict = scan(&receiver.base, data, length, 0, &seen, &frame);
	if (verdict == EVERT_FRAMING_WHOLE) {
		/*@ assert frame.length == payload; */
		look_at(frame.data, frame.length);
	} else if (verdict == EVERT_FRAMING_UNFINISHED) {
		count = reach(&receiver.base, data, length, NULL, 5);
		/*@ assert 0 < count <= 5; */
		/*@ assert length + count <= prefix + payload; */
	}
}

static void scan_by(size_t prefix)
{
	for (size_t length = 1; length <= MOST; length++) {
		scan_any(prefix, length);
		for (size_t payload = 0; payload <= LIMIT + 1; payload++)
			scan_good(prefix, length, payload);
	}
}

int main(void)
{
	scan_by(1);
	scan_by(2);
	scan_by(4);
	return 0;
}
