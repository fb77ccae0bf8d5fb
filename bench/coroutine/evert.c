/* SPDX-License-Identifier: MIT */
/*
 * evert's coroutines. The bare switch is measured below the public interface,
 * as Boost's is; to spawn makes a Deferred as well, which a program wants; to
 * await switches away and, woken by a firing, back again.
 */
#include <evert.h>
#include "../../deferred/coroutine/coroutine.h"
#include "../../deferred/coroutine/switch_internal.h"

#include "common/measure.h"

static struct {
	_Alignas(64) char stack[64 * 1024];
	struct evert_context context;
} inside;
static size_t turns;

static void turn_for_ever(struct evert_context *outside)
{
	(void)outside;
	for (;;) {
		turns++;
		evert_context_leave(&inside.context);
	}
}

static void switches(size_t events)
{
	size_t i;

	turns = 0;
	evert_context_start(&inside.context, inside.stack, turn_for_ever);
	for (i = 2; i < events; i += 2)
		evert_context_enter(&inside.context);
	measure_check("switches", turns, events < 2 ? 1 : (events + 1) / 2);
}

static struct evert_result finish(void *arg)
{
	(void)arg;
	turns++;
	return evert_result_none();
}

static void spawn(size_t events)
{
	size_t i;

	turns = 0;
	for (i = 0; i < events; i++)
		evert_deferred_release(evert_spawn(finish, NULL));
	measure_check("spawned", turns, events);
}

static struct evert_firing *awaited;

static struct evert_result await_for_ever(void *events)
{
	struct evert_deferred *d;

	for (turns = 0; turns < *(size_t *)events; turns++) {
		d = evert_deferred_create(&awaited);
		evert_result_release(evert_await(d));
	}
	return evert_result_none();
}

static void await(size_t events)
{
	struct evert_deferred *d = evert_spawn(await_for_ever, &events);
	size_t i;

	for (i = 0; i < events; i++)
		evert_deferred_fire(&awaited, evert_result_none());
	evert_deferred_release(d);
	measure_check("awaited", turns, events);
}

int main(void)
{
	measure("switch", 50000000, switches);
	measure("spawn", 3000000, spawn);
	measure("await", 5000000, await);
	return 0;
}
