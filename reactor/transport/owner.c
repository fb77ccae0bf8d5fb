/* SPDX-License-Identifier: MIT */
#include "owner_internal.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../deferred/base/memory.h"

/* A group may have thousands of members, which are all read. */
enum { LEAST_ROOM = 1024, MOST_ROOM = 1 << 20 };

/* The number that all bits of are one means "leave it" (chown(2)). */
static bool parse(const char *text, unsigned *number)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long long value = strtoull(text, NULL, 10);

	*number = (unsigned)value;
	return digits && digits <= 10 && !text[digits] && value < UINT_MAX;
}

/* Looks a name up with the given room: 0, or an errno; ERANGE: more room is
   needed. */
typedef int (*find)(const char *name, char *room, size_t size,
		    unsigned *number);

static int find_user(const char *name, char *room, size_t size,
		     unsigned *number)
{
	struct passwd entry, *found;
	int error = getpwnam_r(name, &entry, room, size, &found);

	if (error || !found)
		return error ? error : EINVAL;
	*number = entry.pw_uid;
	return 0;
}

static int find_group(const char *name, char *room, size_t size,
		      unsigned *number)
{
	struct group entry, *found;
	int error = getgrnam_r(name, &entry, room, size, &found);

	if (error || !found)
		return error ? error : EINVAL;
	*number = entry.gr_gid;
	return 0;
}

static int look_up(find find_name, const char *name, unsigned *number)
{
	size_t size = LEAST_ROOM;
	int error = ERANGE;
	char *room;

	for (; error == ERANGE && size <= MOST_ROOM; size *= 4) {
		room = evert_allocate(size);
		error = room ? find_name(name, room, size, number) : ENOMEM;
		evert_free(room);
	}
	return -error;
}

int evert_owner_find(const char *text, uid_t *user)
{
	return parse(text, user) ? 0 : look_up(find_user, text, user);
}

int evert_owner_find_group(const char *text, gid_t *group)
{
	return parse(text, group) ? 0 : look_up(find_group, text, group);
}
