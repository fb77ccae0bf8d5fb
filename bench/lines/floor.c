/* SPDX-License-Identifier: MIT */
/* The floor: memchr finds the line ends, and that is all. */
#include "lines/lines.h"

#include "common/measure.h"

static void receive(size_t lines)
{
	uint64_t found = 0, bytes = 0;
	const char *at, *end;
	size_t i;

	for (i = 0; i < lines; i += LINES)
		for (at = chunk; at < chunk + sizeof(chunk); at = end + 1) {
			end = memchr(at, '\r',
				     (size_t)(chunk + sizeof(chunk) - at));
			if (!end)
				break;
			bytes += (uint64_t)(end - at);
			end++;
			found++;
		}
	measure_check("lines", found, i);
	measure_check("bytes", bytes, i * (LINE - 2));
}

int main(void)
{
	fill_chunk();
	measure("lines", 20000000, receive);
	return 0;
}
