/* SPDX-License-Identifier: MIT */
#include "blocks.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "moment.h"
#include "report.h"

static unsigned char *bytes_of(const struct blocks *blocks, size_t index)
{
	return blocks->bytes + index * BLOCK_SIZE;
}

const unsigned char *blocks_find(const struct blocks *blocks, uint64_t number,
				 bool *known)
{
	const size_t *index = map_find(&blocks->index, number);

	*known = index;
	return index && blocks->present[*index] ? bytes_of(blocks, *index) :
						  NULL;
}

/* ---- Reading those that are chosen ---- */

struct parts {
	struct iovec here[IOV_MAX], there[IOV_MAX];
	unsigned long count;
	size_t length; /* bytes */
};

static bool joins(const struct blocks *blocks, const size_t *chosen)
{
	return chosen[0] == chosen[-1] + 1 &&
	       blocks->numbers[chosen[0]] == blocks->numbers[chosen[-1]] + 1;
}

/* Neighbours are one part. */
static void gather(const struct blocks *blocks, const size_t *chosen,
		   size_t count, struct parts *parts)
{
	size_t i;

	parts->count = 0;
	for (i = 0; i < count; i++) {
		if (i && joins(blocks, &chosen[i])) {
			parts->here[parts->count - 1].iov_len += BLOCK_SIZE;
			parts->there[parts->count - 1].iov_len += BLOCK_SIZE;
			continue;
		}
		if (parts->count == IOV_MAX)
			break;
		parts->here[parts->count] = (struct iovec){
			bytes_of(blocks, chosen[i]), BLOCK_SIZE
		};
		parts->there[parts->count++] = (struct iovec){
			(void *)(uintptr_t)(blocks->numbers[chosen[i]] *
					    BLOCK_SIZE),
			BLOCK_SIZE
		};
	}
	parts->length = i * BLOCK_SIZE;
}

/* How many were read, of which the last may not be there. */
static size_t read_some(struct blocks *blocks, const size_t *chosen,
			size_t count)
{
	static struct parts parts;
	ssize_t result;
	size_t got, i;

	gather(blocks, chosen, count, &parts);
	result = process_vm_readv(blocks->pid, parts.here, parts.count,
				  parts.there, parts.count, 0);
	got = result < 0 ? 0 : (size_t)result / BLOCK_SIZE;
	for (i = 0; i < got; i++)
		blocks->present[chosen[i]] = true;
	if (got * BLOCK_SIZE == parts.length)
		return got;
	blocks->present[chosen[got]] = false;
	memset(bytes_of(blocks, chosen[got]), 0, BLOCK_SIZE);
	return got + 1;
}

bool blocks_read_chosen(struct blocks *blocks, size_t count, uint64_t deadline)
{
	size_t done = 0;

	while (done < count && moment_now() < deadline)
		done += read_some(blocks, blocks->chosen + done, count - done);
	return done == count;
}

size_t blocks_choose_hot(struct blocks *blocks)
{
	size_t count = 0, i;

	for (i = 0; i < blocks->count; i++)
		if (blocks->hot[i])
			blocks->chosen[count++] = i;
	return count;
}

/* ---- Reading all ---- */

static void swap(struct blocks *blocks)
{
	unsigned char *bytes = blocks->bytes;

	blocks->bytes = blocks->others;
	blocks->others = bytes;
}

static enum blocks_change compare(struct blocks *blocks)
{
	enum blocks_change change = BLOCKS_SAME;
	size_t i;

	for (i = 0; i < blocks->count; i++) {
		if (!memcmp(bytes_of(blocks, i),
			    blocks->others + i * BLOCK_SIZE, BLOCK_SIZE))
			continue;
		if (!blocks->hot[i])
			change = BLOCKS_CHANGED;
		else if (change == BLOCKS_SAME)
			change = BLOCKS_HOT_CHANGED;
		blocks->hot[i] = true;
	}
	return change;
}

enum blocks_change blocks_read(struct blocks *blocks)
{
	size_t i;

	swap(blocks);
	for (i = 0; i < blocks->count; i++)
		blocks->chosen[i] = i;
	blocks_read_chosen(blocks, blocks->count, UINT64_MAX);
	return compare(blocks);
}

enum blocks_change blocks_check(struct blocks *blocks)
{
	enum blocks_change change = blocks_read(blocks);

	swap(blocks);
	return change;
}

/* ---- Adding ---- */

static void make_room(struct blocks *blocks)
{
	size_t room = blocks->room ? blocks->room * 2 : 64;

	blocks->numbers = resize(blocks->numbers, room,
				 sizeof(*blocks->numbers));
	blocks->present = resize(blocks->present, room,
				 sizeof(*blocks->present));
	blocks->hot = resize(blocks->hot, room, sizeof(*blocks->hot));
	blocks->chosen = resize(blocks->chosen, room,
				sizeof(*blocks->chosen));
	blocks->bytes = resize(blocks->bytes, room, BLOCK_SIZE);
	blocks->others = resize(blocks->others, room, BLOCK_SIZE);
	blocks->room = room;
}

void blocks_add(struct blocks *blocks, uint64_t number, bool read_now)
{
	size_t index = blocks->count;

	if (!map_add(&blocks->index, number, index))
		return;
	if (index == blocks->room)
		make_room(blocks);
	blocks->numbers[index] = number;
	blocks->present[index] = blocks->hot[index] = false;
	memset(bytes_of(blocks, index), 0, BLOCK_SIZE);
	blocks->count++;
	if (read_now)
		read_some(blocks, &index, 1);
}

static int by_number(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

void blocks_sort(struct blocks *blocks)
{
	struct blocks old = *blocks;
	size_t i, from;

	if (!old.count)
		return;
	blocks->index = (struct map){ 0 };
	blocks->bytes = old.others;
	blocks->others = old.bytes;
	blocks->present = resize(NULL, old.room, sizeof(*old.present));
	blocks->hot = resize(NULL, old.room, sizeof(*old.hot));
	qsort(blocks->numbers, old.count, sizeof(*old.numbers), by_number);
	for (i = 0; i < old.count; i++) {
		from = *map_find(&old.index, blocks->numbers[i]);
		memcpy(bytes_of(blocks, i), bytes_of(&old, from), BLOCK_SIZE);
		blocks->present[i] = old.present[from];
		blocks->hot[i] = old.hot[from];
		map_add(&blocks->index, blocks->numbers[i], i);
	}
	map_clear(&old.index);
	free(old.present);
	free(old.hot);
}

void blocks_free(struct blocks *blocks)
{
	map_clear(&blocks->index);
	free(blocks->numbers);
	free(blocks->bytes);
	free(blocks->others);
	free(blocks->present);
	free(blocks->hot);
	free(blocks->chosen);
	*blocks = (struct blocks){ 0 };
}
