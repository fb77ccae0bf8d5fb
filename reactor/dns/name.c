/* SPDX-License-Identifier: MIT */
#include "name.h"

#include "name_internal.h"

#include <errno.h>
#include <string.h>

#define LABEL_MAX  63
#define LABELS_MAX 127

size_t evert_dns_name_length(const uint8_t *name)
{
	size_t at = 0;

	while (name[at])
		at += 1U + name[at];
	return at + 1;
}

unsigned int evert_dns_name_labels(const uint8_t *name)
{
	unsigned int count = 0;

	for (; *name; name += 1 + *name)
		count++;
	return count;
}

const uint8_t *evert_dns_name_parent(const uint8_t *name)
{
	return *name ? name + 1 + *name : name;
}

static uint8_t folded(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

/*
 * Eight bytes at once: a byte that is a capital letter gets its bit 0x20. A
 * length is at most 63, below all letters, so a name is folded as a whole.
 */
static uint64_t folded_word(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t low = word & (0x7f * ones);
	uint64_t from_a = low + (0x80 - 'A') * ones;
	uint64_t beyond_z = low + (0x80 - 'Z' - 1) * ones;
	uint64_t capital = from_a & ~beyond_z & ~word & (0x80 * ones);

	return word | capital >> 2;
}

/* Of less than eight bytes. */
static uint64_t short_word(const uint8_t *bytes, size_t length)
{
	uint64_t word = 0;

	for (size_t i = 0; i < length; i++)
		word |= (uint64_t)bytes[i] << 8 * i;
	return folded_word(word);
}

/* Eight bytes from `at` on, folded; or the last eight, of which some have been
   seen before. */
static uint64_t word_at(const uint8_t *bytes, size_t at, size_t length)
{
	uint64_t word;

	if (length < sizeof(word))
		return short_word(bytes, length);
	if (at > length - sizeof(word))
		at = length - sizeof(word);
	memcpy(&word, bytes + at, sizeof(word));
	return folded_word(word);
}

/* Mostly they are spelt the same. */
static bool is_same(const uint8_t *a, const uint8_t *b, size_t length)
{
	if (!memcmp(a, b, length))
		return true;
	for (size_t at = 0; at < length; at += sizeof(uint64_t))
		if (word_at(a, at, length) != word_at(b, at, length))
			return false;
	return true;
}

bool evert_dns_name_is_equal(const uint8_t *a, const uint8_t *b)
{
	size_t length = evert_dns_name_length(a);

	return length == evert_dns_name_length(b) && is_same(a, b, length);
}

bool evert_dns_name_is_below(const uint8_t *name, const uint8_t *zone)
{
	size_t length = evert_dns_name_length(zone);
	size_t left = evert_dns_name_length(name);

	for (; left > length; name += 1 + *name)
		left -= 1U + *name;
	return left == length && is_same(name, zone, length);
}

/* Where each label begins, the first first. */
static size_t label_starts(const uint8_t *name, const uint8_t *starts[])
{
	size_t count = 0;

	for (; *name; name += 1 + *name)
		starts[count++] = name;
	return count;
}

static int compare_labels(const uint8_t *a, const uint8_t *b)
{
	for (size_t i = 1; i <= *a && i <= *b; i++)
		if (folded(a[i]) != folded(b[i]))
			return folded(a[i]) - folded(b[i]);
	return *a - *b;
}

int evert_dns_name_compare(const uint8_t *a, const uint8_t *b)
{
	const uint8_t *of_a[LABELS_MAX];
	const uint8_t *of_b[LABELS_MAX];
	size_t left_a = label_starts(a, of_a);
	size_t left_b = label_starts(b, of_b);
	int order;

	while (left_a && left_b) {
		order = compare_labels(of_a[--left_a], of_b[--left_b]);
		if (order)
			return order;
	}
	return (left_a > 0) - (left_b > 0);
}

uint32_t evert_dns_name_hash_of(const uint8_t *name, size_t length,
				uint32_t seed)
{
	uint64_t hash = seed ^ 0x9e3779b97f4a7c15;

	for (size_t at = 0; at < length; at += sizeof(uint64_t)) {
		hash = (hash ^ word_at(name, at, length)) *
		       0xff51afd7ed558ccd;
		hash ^= hash >> 32;
	}
	return (uint32_t)(hash ^ hash >> 29);
}

uint32_t evert_dns_name_hash(const uint8_t *name, uint32_t seed)
{
	return evert_dns_name_hash_of(name, evert_dns_name_length(name), seed);
}

void evert_dns_name_fold(uint8_t *name)
{
	size_t length = evert_dns_name_length(name);

	for (size_t i = 0; i < length; i++)
		name[i] = folded(name[i]);
}

static int malformed(struct evert_dns_problem *problem, size_t at,
		     const char *text)
{
	problem->text = text;
	problem->at = at;
	return -EBADMSG;
}

/* Where the pointer at `at` points: before `start`, behind the header. */
static int follow(const uint8_t *message, size_t length, size_t at,
		  size_t start, size_t *target,
		  struct evert_dns_problem *problem)
{
	if (length - at < 2)
		return malformed(problem, at, "half a pointer at the end");
	*target = (message[at] & (size_t)~DNS_POINTER) << 8 | message[at + 1];
	if (*target >= start)
		return malformed(problem, at,
				 "a pointer that does not point back");
	if (*target < 12)
		return malformed(problem, at, "a pointer into the header");
	return 0;
}

/* From `*here` on labels in a row, so that the name gets no longer than it may:
   goes behind them, and gives the byte there, which is none's length. */
static int pass_labels(const uint8_t *message, size_t length, size_t *here,
		       size_t most, struct evert_dns_problem *problem)
{
	size_t at = *here;
	size_t end = at + most;
	size_t size;

	for (; at < length; at += 1 + size) {
		size = message[at];
		if (!size || size > LABEL_MAX) {
			*here = at;
			return (int)size;
		}
		if (at + 1 + size >= end)
			return malformed(problem, at,
					 "a name of more than 255 bytes");
		if (length - at <= size)
			return malformed(problem, at,
					 "a label without its end");
	}
	return malformed(problem, at, "a name without its end");
}

/*
 * `start` is where the labels in hand began: each jump goes before it, so
 * there is an end to them.
 */
int evert_dns_name_read(uint8_t name[EVERT_DNS_NAME_SIZE],
			const uint8_t *message, size_t length, size_t *at,
			struct evert_dns_problem *problem)
{
	size_t start = *at;
	size_t here = start;
	size_t used = 0;
	size_t behind = 0;
	int next;
	int err;

	for (;;) {
		next = pass_labels(message, length, &here,
				   EVERT_DNS_NAME_SIZE - used, problem);
		if (next < 0)
			return next;
		memcpy(name + used, message + start, here - start + !next);
		used += here - start;
		if (next < DNS_POINTER)
			break;
		if (!behind)
			behind = here + 2;
		err = follow(message, length, here, start, &start, problem);
		if (err)
			return err;
		here = start;
	}
	if (next)
		return malformed(problem, here, "a label of unknown kind");
	*at = behind ? behind : here + 1;
	return 0;
}
