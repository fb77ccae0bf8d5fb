/* SPDX-License-Identifier: MIT */
/*
 * Netstrings: what `scan` says of any bytes, and `reach` of any that are held;
 * then of each length that is good, and any bytes behind it.
 *
 * options: -eva-slevel 2000 -eva-split-return full
 */
#include "../../protocols/framing/netstring.c"

enum { LIMIT = 20, MOST = 11 };

static void explain(struct evert_netstring *receiver, const char *data,
		    const struct evert_frame *frame)
{
	look_at(data, frame->end);
	why_refused(receiver, data, frame->end);
}

/* The last `length` of the bytes, so that there is nothing behind them. */
static void scan_any(size_t length)
{
	struct evert_netstring receiver = { .framing.limit = LIMIT };
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
		explain(&receiver, data, &frame);
	} else {
		reach(&receiver.base, data, length, NULL, 5);
	}
}

static void scan_good(size_t length, size_t payload)
{
	struct evert_netstring receiver = { .framing.limit = LIMIT };
	struct evert_framing_seen seen = { NULL, 0 };
	struct evert_frame frame;
	char bytes[MOST], *data = bytes + sizeof(bytes) - length;
	size_t at = 0, count;
	enum evert_framing_verdict verdict;

	any_bytes(bytes, sizeof(bytes));
	if (payload >= 10)
		data[at++] = (char)('0' + payload / 10);
	data[at++] = (char)('0' + payload % 10);
	data[at] = ':';
	verdict = scan(&receiver.base, data, length, 0, &seen, &frame);
	if (verdict == EVERT_FRAMING_WHOLE) {
		/*@ assert frame.length == payload; */
		look_at(frame.data, frame.length);
	} else if (verdict == EVERT_FRAMING_UNFINISHED) {
		count = reach(&receiver.base, data, length, NULL, 5);
		/*@ assert 0 < count <= 5; */
		/*@ assert length + count <= at + 1 + payload + 1; */
	}
}

int main(void)
{
	for (size_t length = 1; length <= MOST; length++)
		scan_any(length);
	for (size_t payload = 0; payload <= LIMIT + 1; payload++)
		for (size_t length = 3; length <= MOST; length++)
			scan_good(length, payload);
	return 0;
}
