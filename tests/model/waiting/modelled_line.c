/* SPDX-License-Identifier: MIT */
#include "modelled_line.h"

#include <stdlib.h>

static struct line_entry entries[WAITING_MOST];
static int entry_count;

void line_begin_all(void)
{
	entry_count = 0;
}

void line_begin(struct modelled_line *line)
{
	line->count = 0;
	line->closed = false;
	line->holder = NOBODY;
}

static void leave(int number)
{
	struct modelled_line *line = entries[number].line;
	int i, kept = 0;

	for (i = 0; i < line->count; i++)
		if (line->entries[i] != number)
			line->entries[kept++] = line->entries[i];
	line->count = kept;
}

static bool cancel_entry(int number)
{
	leave(number);
	modelled_drop_outcome(entries[number].offer);
	promised_fail(entries[number].deferred, CANCELLED);
	return true;
}

/* Of a lock, for who is known to have it. */
static int waits_for_holder(int number, int k)
{
	return k ? NOBODY : entries[number].line->holder;
}

int modelled_failed(int kind)
{
	int deferred = promised_create(NULL, 0);

	promised_fail(deferred, kind);
	return deferred;
}

int line_join(struct modelled_line *line, struct outcome offer)
{
	static const struct promised_work work = {
		.cancel = cancel_entry,
		.waits_for = waits_for_holder,
		.is_joint = true,
	};
	int number = entry_count++, deferred;

	if (line->closed) {
		modelled_drop_outcome(offer);
		return modelled_failed(ABANDONED);
	}
	if (number == WAITING_MOST)
		abort();
	deferred = promised_create(&work, number);
	entries[number] = (struct line_entry){ line, deferred, offer };
	line->entries[line->count++] = number;
	return deferred;
}

/* The first, or NULL. */
struct line_entry *line_serve(struct modelled_line *line)
{
	int number = line->entries[0];

	if (!line->count)
		return NULL;
	leave(number);
	return &entries[number];
}

void line_close(struct modelled_line *line)
{
	struct line_entry *entry;

	line->closed = true;
	while ((entry = line_serve(line))) {
		modelled_drop_outcome(entry->offer);
		promised_fail(entry->deferred, ABANDONED);
	}
}
