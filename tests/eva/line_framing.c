/* SPDX-License-Identifier: MIT */
/*
 * Lines: what `scan` and `reach` say of any bytes, by delimiters of one byte,
 * two and three, within and beyond the reach of one look.
 *
 * options: -eva-slevel 300 -eva-split-return full -eva-min-loop-unroll 17
 */
#include "../../protocols/framing/line_framing.c"

enum { MOST = 80 };

/* The last `length` of the bytes, so that there is nothing behind them. */
static void scan_bytes(const char *delimiter, size_t size, size_t length,
		     size_t scanned, size_t limit)
{
	struct evert_line_receiver receiver = {
		.framing = { .limit = limit, .around = (uint8_t)size },
		.delimiter = delimiter,
		.is_long = size > 2,
		.ending = { delimiter[0], delimiter[size - 1] },
	};
	struct evert_framing_seen seen = { NULL, 0 };
	struct evert_frame frame;
	enum evert_framing_verdict verdict;
	char bytes[MOST], *data = bytes + sizeof(bytes) - length;

	memset(receiver.last, delimiter[size - 1], sizeof(receiver.last));
	evert_line_framing_update(&receiver);
	any_bytes(bytes, sizeof(bytes));
	verdict = scan(&receiver.base, data, length, scanned, &seen, &frame);
	if (verdict == EVERT_FRAMING_WHOLE) {
		/*@ assert frame.end <= length; */
		/*@ assert frame.length <= limit; */
	} else if (verdict == EVERT_FRAMING_REFUSED) {
		/*@ assert 0 < frame.end <= length; */
	}
}

/* The rest of a line that is too long, or bytes that are counted. */
static void scan_else(size_t length, bool skips, unsigned mode)
{
	struct evert_line_receiver receiver = {
		.framing = { .limit = 3, .around = 2, .counted = 4 },
		.delimiter = "\r\n",
		.skips = skips,
		.mode = mode & 3,
		.ending = "\r",
		.last = { '\n', '\n', '\n', '\n' },
	};
	struct evert_framing_seen seen = { NULL, 0 };
	struct evert_frame frame;
	char bytes[8], *data = bytes + sizeof(bytes) - length;
	size_t count;

	evert_line_framing_update(&receiver);
	any_bytes(bytes, sizeof(bytes));
	if (scan(&receiver.base, data, length, 0, &seen, &frame) ==
	    EVERT_FRAMING_WHOLE) {
		/*@ assert 0 < frame.end <= length; */
	}
	count = reach(&receiver.base, data, 1, data, length);
	/*@ assert 0 < count <= length; */
	evert_line_framing_can_carry(&receiver, data, length);
}

static void scan_of(size_t length)
{
	scan_bytes("\r\n", 2, length, 0, 3);
	scan_bytes("\r\n", 2, length, length - 1, 70);
	scan_bytes("\n", 1, length, 0, 3);
	scan_bytes("abc", 3, length, 0, 3);
	scan_bytes("abc", 3, length, 0, 70);
}

int main(void)
{
	for (size_t length = 1; length <= 4; length++) {
		scan_of(length);
		scan_else(length, true, EVERT_LINES);
		scan_else(length, false, EVERT_RAW);
		scan_else(length, false, EVERT_COLLECT);
	}
	scan_of(17);
	return 0;
}
