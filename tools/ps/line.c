/* SPDX-License-Identifier: MIT */
#include "line.h"

#include "../../deferred/lock_internal.h"

/* Once for a whole line: who has which number. */
static void number_all(struct scene *scene, uint64_t backlog, uint64_t entry)
{
	size_t number = 0;

	if (!map_add(&scene->lines, backlog, 0))
		return;
	while (entry && number < MOST_IN_A_LIST &&
	       map_add(&scene->numbers, entry, ++number))
		READ_FIELD(scene->memory, entry, struct evert_backlog_entry,
			   after, &entry);
}

static void read_permits(struct scene *scene, uint64_t at, struct in_line *line)
{
	struct evert_semaphore semaphore;

	if (!READ(scene->memory, at, &semaphore) ||
	    semaphore.tokens > semaphore.limit)
		return;
	line->semaphore = at;
	line->out = semaphore.limit - semaphore.tokens;
}

bool line_read(struct scene *scene, uint64_t entry, struct in_line *line)
{
	struct evert_backlog there;
	const size_t *number;
	uint64_t backlog;

	*line = (struct in_line){ 0 };
	if (!READ_FIELD(scene->memory, entry, struct evert_backlog_entry,
			backlog, &backlog) ||
	    !memory_read(scene->memory, backlog, &there, sizeof(there)))
		return false;
	number_all(scene, backlog, address_of(there.first));
	number = map_find(&scene->numbers, entry);
	line->number = number ? *number : 0;
	line->count = there.count;
	line->holder = address_of(there.hold.holder);
	memory_text(scene->memory, address_of(there.what), line->what);
	if (!there.place)
		return true;
	memory_text(scene->memory, address_of(there.place), line->place);
	read_permits(scene, backlog - offsetof(struct evert_semaphore, waiting),
		     line);
	return true;
}
