/* SPDX-License-Identifier: MIT */
/* Which known word a wrong one is most like: the one that is the fewest
   letters added, left out, changed or exchanged away. */
#include "scheme_internal.h"

#include <string.h>

enum { LONGEST = 32 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Capitals count as small letters. */
static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Row by row; `rows` are the last two and this one. */
static size_t distance(const char *a, size_t a_length, const char *b,
		       size_t b_length)
{
	size_t rows[3][LONGEST + 1];
	size_t i, j, *row, *above, *above_it;

	for (j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (i = 1; i <= a_length; i++) {
		row = rows[i % 3];
		above = rows[(i + 2) % 3];
		above_it = rows[(i + 1) % 3];
		row[0] = i;
		for (j = 1; j <= b_length; j++) {
			row[j] = above[j - 1] +
				 (small(a[i - 1]) != small(b[j - 1]));
			row[j] = least(row[j], least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], above_it[j - 2] + 1);
		}
	}
	return rows[a_length % 3][b_length];
}

void evert_suggestion_offer(struct evert_suggestion *s, const char *name)
{
	size_t length = strlen(name), far;

	if (length > LONGEST || s->length > LONGEST || !s->length)
		return;
	far = distance(s->wrong, s->length, name, length);
	/* No more than a third of it is wrong. */
	if (3 * far > least(s->length, length) + 1 ||
	    (s->best && s->distance <= far))
		return;
	s->best = name;
	s->distance = far;
}
