/* SPDX-License-Identifier: MIT */
/* Deferreds, as a program uses them. Every callback adds one to a number. */
#include <evert.h>

#include "common/measure.h"

static struct evert_result add_one(struct evert_result *in, void *arg)
{
	(void)arg;
	return evert_result_integer(evert_result_as_integer(in) + 1);
}

/* The end of each chain: adds up what came out. */
static struct evert_result add_to(struct evert_result *in, void *sum)
{
	*(uint64_t *)sum += (uint64_t)evert_result_as_integer(in);
	return evert_result_none();
}

static struct evert_result recover(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_integer(1);
}

static void chain(size_t events, size_t links)
{
	struct evert_deferred *d;
	struct evert_firing *slot;
	uint64_t sum = 0;
	size_t i, link;

	for (i = 0; i < events; i++) {
		d = evert_deferred_create(&slot);
		for (link = 1; link < links; link++)
			evert_deferred_add_callback(d, add_one, NULL);
		evert_deferred_add_callback(d, add_to, &sum);
		evert_deferred_fire(&slot, evert_result_integer(1));
		evert_deferred_release(d);
	}
	measure_check("chain", sum, events * links);
}

static void chain_1(size_t events)
{
	chain(events, 1);
}

static void chain_10(size_t events)
{
	chain(events, 10);
}

static void chain_100(size_t events)
{
	chain(events, 100);
}

/* The same ten links as a table. */
static void table_10(size_t events)
{
	static const struct evert_link links[] = {
		EVERT_CALLBACK(add_one), EVERT_CALLBACK(add_one),
		EVERT_CALLBACK(add_one), EVERT_CALLBACK(add_one),
		EVERT_CALLBACK(add_one), EVERT_CALLBACK(add_one),
		EVERT_CALLBACK(add_one), EVERT_CALLBACK(add_one),
		EVERT_CALLBACK(add_one), EVERT_CALLBACK(add_to),
	};
	struct evert_deferred *d;
	struct evert_firing *slot;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < events; i++) {
		d = evert_deferred_create(&slot);
		evert_deferred_add_chain(d, links, &sum);
		evert_deferred_fire(&slot, evert_result_integer(1));
		evert_deferred_release(d);
	}
	measure_check("table", sum, events * 10);
}

static struct evert_result wait_for(struct evert_result *in, void *inner)
{
	(void)in;
	return evert_result_wait(inner);
}

/* A callback returns a Deferred that fires later; then the chain goes on. */
static void chained(size_t events)
{
	struct evert_deferred *outer, *inner;
	struct evert_firing *outer_slot, *inner_slot;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < events; i++) {
		outer = evert_deferred_create(&outer_slot);
		inner = evert_deferred_create(&inner_slot);
		evert_deferred_add_callback(outer, wait_for, inner);
		evert_deferred_add_callback(outer, add_to, &sum);
		evert_deferred_fire(&outer_slot, evert_result_none());
		evert_deferred_fire(&inner_slot, evert_result_integer(1));
		evert_deferred_release(outer);
	}
	measure_check("chained", sum, events);
}

/* A failure passes ten callbacks; an errback recovers. */
static void failure(size_t events)
{
	struct evert_deferred *d;
	struct evert_firing *slot;
	uint64_t sum = 0;
	size_t i, link;

	for (i = 0; i < events; i++) {
		d = evert_deferred_create(&slot);
		for (link = 0; link < 10; link++)
			evert_deferred_add_callback(d, add_one, NULL);
		evert_deferred_add_errback(d, recover, NULL);
		evert_deferred_add_callback(d, add_to, &sum);
		evert_deferred_fire(&slot, evert_result_fail(EVERT_ERROR, 0,
							     "no such thing"));
		evert_deferred_release(d);
	}
	measure_check("failure", sum, events);
}

static struct evert_result add_list_to(struct evert_result *in, void *sum)
{
	struct evert_list *list = evert_result_as_list(in);
	size_t i;

	for (i = 0; i < list->count; i++)
		add_to(&list->items[i], sum);
	return evert_result_none();
}

/* An event is one of the thousand inputs. */
static void gather(size_t events)
{
	static struct evert_firing *slots[1000];
	static struct evert_deferred *inputs[1000];
	struct evert_deferred *all;
	uint64_t sum = 0;
	size_t i, done;

	for (done = 0; done < events; done += 1000) {
		for (i = 0; i < 1000; i++)
			inputs[i] = evert_deferred_create(&slots[i]);
		all = evert_gather(inputs, 1000, 0);
		evert_deferred_add_callback(all, add_list_to, &sum);
		for (i = 0; i < 1000; i++)
			evert_deferred_fire(&slots[i],
					    evert_result_integer(1));
		evert_deferred_release(all);
	}
	measure_check("gather", sum, done);
}

static bool count_cancel(struct evert_deferred *deferred, void *sum)
{
	(void)deferred;
	++*(uint64_t *)sum;
	return false;
}

static void cancel(size_t events)
{
	struct evert_deferred *d;
	struct evert_firing *slot;
	uint64_t sum = 0, stopped = 0;
	size_t i;

	for (i = 0; i < events; i++) {
		d = evert_deferred_create_cancellable(&slot, count_cancel,
						      &stopped);
		evert_deferred_add_callback(d, add_one, NULL);
		evert_deferred_add_errback(d, recover, NULL);
		evert_deferred_add_callback(d, add_to, &sum);
		evert_deferred_cancel(d);
		evert_deferred_release(d);
		evert_deferred_abandon(&slot);
	}
	measure_check("cancel", sum + stopped, 2 * events);
}

int main(void)
{
	measure("chain_1", 2000000, chain_1);
	measure("chain_10", 1000000, chain_10);
	measure("table_10", 1000000, table_10);
	measure("chain_100", 100000, chain_100);
	measure("chained", 1000000, chained);
	measure("failure", 500000, failure);
	measure("gather", 1000000, gather);
	measure("cancel", 1000000, cancel);
	return 0;
}
