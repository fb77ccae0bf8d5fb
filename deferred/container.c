/* SPDX-License-Identifier: MIT */
/*
 * Results that hold results: lists, and values with their index. They may be
 * nested deeply, so that releasing them takes no stack: where it goes down into
 * an item, the item's place keeps the way back.
 */
#include <errno.h>

#include "base/memory.h"
#include "combine.h"
#include "handle_internal.h"

static void release_list(void *pointer);
static void release_indexed(void *pointer);

const struct evert_type evert_type_list = { "list", release_list };
const struct evert_type evert_type_indexed = { "value with its index",
					       release_indexed };

struct evert_list *evert_list_create(size_t count)
{
	struct evert_list *list;
	size_t i;

	if (count > (SIZE_MAX - sizeof(*list)) / sizeof(*list->items)) {
		errno = ENOMEM;
		return NULL;
	}
	list = evert_allocate(sizeof(*list) + count * sizeof(*list->items));
	if (!list)
		return NULL;
	list->count = count;
	list->items = (struct evert_result *)(list + 1);
	for (i = 0; i < count; i++)
		list->items[i] = evert_result_none();
	return list;
}

static bool is_container(const struct evert_result *result)
{
	return result->type == &evert_type_list ||
	       result->type == &evert_type_indexed;
}

/* The next place that was not looked at yet, or NULL. Its fields count. */
static struct evert_result *next_place(struct evert_result container)
{
	struct evert_list *list = container.value.pointer;
	struct evert_indexed *indexed = container.value.pointer;

	if (container.type == &evert_type_list) {
		if (!list->count)
			return NULL;
		list->count--;
		return list->items++;
	}
	if (indexed->index == SIZE_MAX)
		return NULL;
	indexed->index = SIZE_MAX;
	return &indexed->value;
}

/* The one that next_place gave last. */
static struct evert_result *latest_place(struct evert_result container)
{
	struct evert_list *list = container.value.pointer;
	struct evert_indexed *indexed = container.value.pointer;

	if (container.type == &evert_type_list)
		return list->items - 1;
	return &indexed->value;
}

static void let_go(struct evert_result result, bool unwanted)
{
	struct evert_handle *handle = result.value.pointer;

	if (unwanted && result.type &&
	    result.type->release == evert_handle_release)
		handle->let_go(handle, true);
	else
		evert_result_release(result);
}

/* Its items, too. */
static void release(struct evert_result container, bool unwanted)
{
	struct evert_result above = evert_result_none(), inner;
	struct evert_result *place;

	while (container.type) {
		place = next_place(container);
		if (!place) {
			evert_free(container.value.pointer);
			container = above;
			if (above.type)
				above = *latest_place(above);
		} else if (is_container(place)) {
			inner = *place;
			*place = above;
			above = container;
			container = inner;
		} else {
			let_go(*place, unwanted);
		}
	}
}

/* Is there nothing to release? */
static inline bool is_plain(const struct evert_result *result)
{
	return !result->type || !result->type->release;
}

static void release_container(struct evert_result container, bool unwanted)
{
	struct evert_list *list = container.value.pointer;
	struct evert_indexed *indexed = container.value.pointer;

	if (container.type == &evert_type_indexed)
		indexed->index = 0; /* whatever it was */
	else
		for (; list->count && is_plain(list->items); list->items++)
			list->count--;
	release(container, unwanted);
}

static void release_list(void *pointer)
{
	release_container(evert_result_of(&evert_type_list, pointer), false);
}

static void release_indexed(void *pointer)
{
	release_container(evert_result_of(&evert_type_indexed, pointer),
			  false);
}

/* ---- What nobody was shown ---- */

void evert_handle_release(void *pointer)
{
	struct evert_handle *handle = pointer;

	handle->let_go(handle, false);
}

void evert_result_drop(struct evert_result result)
{
	if (is_container(&result))
		release_container(result, true);
	else
		let_go(result, true);
}
