/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <stdlib.h>
#include <string.h>

void record_add(struct record *record, int what, int on, int number, int state,
		int alive)
{
	if (record->length == RECORDED)
		abort();
	record->entries[record->length++] =
		(struct recorded){ what, on, number, state, alive };
}

bool record_agrees(const struct record *a, const struct record *b, size_t from)
{
	return a->length == b->length &&
	       !memcmp(a->entries + from, b->entries + from,
		       (a->length - from) * sizeof(a->entries[0]));
}

void record_print(const struct record *record, const char *name, FILE *to)
{
	const struct recorded *entry;
	size_t i;

	fprintf(to, "%s:\n", name);
	for (i = 0; i < record->length; i++) {
		entry = &record->entries[i];
		fprintf(to, "  %c of %d: %d, %d; %d alive\n", entry->what,
			entry->on, entry->number, entry->state, entry->alive);
	}
}
