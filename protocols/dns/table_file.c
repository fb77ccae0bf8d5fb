/* SPDX-License-Identifier: MIT */
/* A zone file, into a table. */
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../../reactor/dns/zone.h"

enum {
	CHUNK = 65536
};

struct file {
	char *bytes;
	size_t length, room;
};

static int make_room(struct file *file)
{
	size_t room = 2 * file->room + CHUNK;
	char *bytes;

	if (file->room - file->length >= CHUNK)
		return 0;
	bytes = evert_reallocate(file->bytes, room);
	if (!bytes)
		return -ENOMEM;
	file->bytes = bytes;
	file->room = room;
	return 0;
}

static int read_all(struct file *file, FILE *from)
{
	size_t size;
	int error;

	do {
		error = make_room(file);
		if (error)
			return error;
		size = fread(file->bytes + file->length, 1, CHUNK, from);
		file->length += size;
	} while (size);
	return ferror(from) ? -EIO : 0;
}

static int read_file(struct file *file, const char *path)
{
	FILE *from = fopen(path, "re");
	int error;

	if (!from)
		return -errno;
	error = read_all(file, from);
	fclose(from);
	return error;
}

/* Which record a table has no place for, and why. */
static void describe(char *problem, size_t size, const char *path,
		     const struct evert_dns_record *record, int error)
{
	char name[EVERT_DNS_NAME_TEXT_SIZE], type[EVERT_DNS_NUMBER_TEXT_SIZE];

	evert_dns_name_text(record->name, name, sizeof(name));
	evert_dns_type_text(record->type, type, sizeof(type));
	snprintf(problem, size, "%s: %s %s: %s", path, name, type,
		 error == -EEXIST   ? "it cannot stand beside what the name has"
		 : error == -EINVAL ? "it is not of the class IN"
				    : strerror(-error));
}

static int add_all(struct evert_dns_table *table, struct evert_dns_zone *zone,
		   const char *path, char *problem, size_t size)
{
	struct evert_dns_record record;
	int found, error;

	while ((found = evert_dns_zone_next(zone, &record)) > 0) {
		error = evert_dns_table_add(table, &record);
		if (error) {
			describe(problem, size, path, &record, error);
			return error == -ENOMEM ? error : -EBADMSG;
		}
	}
	if (found < 0)
		snprintf(problem, size, "%s", evert_dns_zone_problem(zone));
	return found;
}

int evert_dns_table_load(struct evert_dns_table *table, const char *path,
			 const char *origin, char *problem, size_t size)
{
	struct file file = {0};
	struct evert_dns_zone *zone = NULL;
	int error = read_file(&file, path);

	if (!error) {
		zone = evert_dns_zone_create(path, file.bytes, file.length,
					     origin);
		error = zone ? 0 : -errno;
	}
	if (error)
		snprintf(problem, size, "%s: %s", path, strerror(-error));
	else
		error = add_all(table, zone, path, problem, size);
	evert_dns_zone_destroy(zone);
	evert_free(file.bytes);
	return error;
}
