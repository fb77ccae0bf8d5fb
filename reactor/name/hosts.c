/* SPDX-License-Identifier: MIT */
/* A table by hash of the name; its room is measured by counting words. */
#include "hosts_internal.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "../../deferred/base/memory.h"
#include "config_file_internal.h"

struct evert_hosts {
	size_t count;
	size_t mask; /* of a hash */
	struct evert_hosts_entry **buckets;
	struct evert_hosts_entry *entries;
	char *names; /* what entries point to */
};

static size_t hash_of(const char *name)
{
	size_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (size_t)tolower((unsigned char)*name)) *
		       16777619u;
	return hash;
}

/* ---- Lines ---- */

static char *next_word(char **rest)
{
	static const char blanks[] = " \t\r\f\v";
	char *word = *rest + strspn(*rest, blanks);

	if (!*word)
		return NULL;
	*rest = word + strcspn(word, blanks);
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

static bool parse_address(struct evert_address *address, const char *text)
{
	return text && !strchr(text, '%') &&
	       !evert_address_parse(address, text, 0);
}

static void add(struct evert_hosts *hosts, const struct evert_address *address,
		const char *canonical, const char *name)
{
	hosts->entries[hosts->count++] = (struct evert_hosts_entry){
		.name = name,
		.canonical = canonical,
		.address = *address,
	};
}

static void add_line(struct evert_hosts *hosts, char *line)
{
	struct evert_address address;
	char *canonical, *name;

	line[strcspn(line, "#")] = '\0';
	if (!parse_address(&address, next_word(&line)))
		return;
	canonical = name = next_word(&line);
	for (; name; name = next_word(&line))
		add(hosts, &address, canonical, name);
}

/* At least as many as there are names. */
static size_t count_words(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += !isspace((unsigned char)*text) &&
			 (!text[1] || isspace((unsigned char)text[1]));
	return count;
}

/* ---- The table ---- */

/* From the last to the first: each bucket then is in the file's order. */
static void fill_buckets(struct evert_hosts *hosts)
{
	struct evert_hosts_entry *entry, **bucket;
	size_t i;

	for (i = hosts->count; i > 0; i--) {
		entry = &hosts->entries[i - 1];
		bucket = &hosts->buckets[hash_of(entry->name) & hosts->mask];
		entry->next = *bucket;
		*bucket = entry;
	}
}

static bool make_room(struct evert_hosts *hosts, const char *text)
{
	size_t words = count_words(text), buckets = 1;

	while (buckets < words)
		buckets *= 2;
	hosts->mask = buckets - 1;
	hosts->buckets = evert_allocate(buckets * sizeof(*hosts->buckets));
	hosts->entries = evert_allocate((words + 1) * sizeof(*hosts->entries));
	hosts->names = evert_allocate(strlen(text) + 1);
	if (!hosts->buckets || !hosts->entries || !hosts->names)
		return false;
	memset(hosts->buckets, 0, buckets * sizeof(*hosts->buckets));
	strcpy(hosts->names, text);
	return true;
}

struct evert_hosts *evert_hosts_create(const char *text)
{
	struct evert_hosts *hosts = evert_allocate(sizeof(*hosts));
	char *rest, *line;

	if (!hosts)
		return NULL;
	*hosts = (struct evert_hosts){ 0 };
	if (!make_room(hosts, text)) {
		evert_hosts_destroy(hosts);
		return NULL;
	}
	rest = hosts->names;
	while ((line = evert_config_line(&rest)))
		add_line(hosts, line);
	fill_buckets(hosts);
	return hosts;
}

void evert_hosts_destroy(struct evert_hosts *hosts)
{
	if (!hosts)
		return;
	evert_free(hosts->buckets);
	evert_free(hosts->entries);
	evert_free(hosts->names);
	evert_free(hosts);
}

/* ---- Finding ---- */

static const struct evert_hosts_entry *
named(const struct evert_hosts_entry *entry, const char *name)
{
	while (entry && strcasecmp(entry->name, name) != 0)
		entry = entry->next;
	return entry;
}

const struct evert_hosts_entry *evert_hosts_find(const struct evert_hosts *hosts,
						 const char *name)
{
	return named(hosts->buckets[hash_of(name) & hosts->mask], name);
}

const struct evert_hosts_entry *
evert_hosts_next(const struct evert_hosts_entry *entry)
{
	return named(entry->next, entry->name);
}
