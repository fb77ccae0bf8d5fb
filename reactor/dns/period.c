/* SPDX-License-Identifier: MIT */
#include "period_internal.h"

#include <errno.h>

/* In seconds; 0: no unit. */
static uint32_t unit(char c)
{
	static const uint32_t seconds[128] = {
		['s'] = 1,	['S'] = 1,	['m'] = 60,    ['M'] = 60,
		['h'] = 3600,	['H'] = 3600,	['d'] = 86400, ['D'] = 86400,
		['w'] = 604800, ['W'] = 604800,
	};

	return (uint8_t)c < 128 ? seconds[(uint8_t)c] : 0;
}

/* The digits from *at on; no digit: none. */
static int read_number(const char *text, size_t length, size_t *at,
		       uint64_t *number)
{
	size_t begin = *at;

	*number = 0;
	for (; *at < length && text[*at] >= '0' && text[*at] <= '9'; ++*at) {
		*number = *number * 10 + (uint64_t)(text[*at] - '0');
		if (*number > UINT32_MAX)
			return -EINVAL;
	}
	return *at > begin ? 0 : -EINVAL;
}

int evert_dns_period_read(const char *text, size_t length, uint32_t *seconds)
{
	uint64_t sum = 0;
	uint64_t number;
	size_t at = 0;

	do {
		if (read_number(text, length, &at, &number))
			return -EINVAL;
		if (at < length && !unit(text[at]))
			return -EINVAL;
		/* Seconds need no unit where they stand alone, or last. */
		sum += at < length ? number * unit(text[at]) : number;
		at++;
		if (sum > UINT32_MAX)
			return -EINVAL;
	} while (at < length);
	*seconds = (uint32_t)sum;
	return 0;
}
