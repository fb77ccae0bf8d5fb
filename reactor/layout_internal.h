/* SPDX-License-Identifier: MIT */
/*
 * For evert-ps, which reads another process's memory: where that process has
 * its reactors, and whether its structures are as those that the tool was
 * compiled with. The object `evert_layout` is in every program that has
 * reactors; the tool finds it by the symbol.
 */
#ifndef EVERT_REACTOR_LAYOUT_INTERNAL_H
#define EVERT_REACTOR_LAYOUT_INTERNAL_H

#include "../deferred/backlog_internal.h"
#include "../deferred/base/version.h"
#include "../deferred/combination_internal.h"
#include "../deferred/coroutine/coroutine_internal.h"
#include "../deferred/coroutine/scope_internal.h"
#include "../deferred/coroutine/shield_internal.h"
#include "../deferred/coroutine/sleep_internal.h"
#include "../deferred/links_internal.h"
#include "../deferred/live_internal.h"
#include "../deferred/lock_internal.h"
#include "../deferred/periodic_internal.h"
#include "../deferred/timeout_internal.h"
#include "reactor_internal.h"
#include "wait_internal.h"

struct evert_layout_form {
	char magic[16];
	char version[16];
	uint32_t places[40]; /* sizes, and where something is in a structure */
};

struct evert_layout {
	struct evert_layout_form form; /* is compared */
	const struct evert_list_node *reactors; /* by `sibling` */
};

#define EVERT_LAYOUT_MAGIC "evert layout"

#define EVERT_LAYOUT_FORM                                            \
	{                                                            \
		.magic = EVERT_LAYOUT_MAGIC,                         \
		.version = EVERT_VERSION,                            \
		.places = {                                          \
			sizeof(struct evert_deferred),               \
			offsetof(struct evert_deferred, place),      \
			offsetof(struct evert_deferred, waits),      \
			sizeof(struct evert_coroutine),              \
			offsetof(struct evert_coroutine, state),     \
			offsetof(struct evert_coroutine, name),      \
			sizeof(struct evert_coroutine_thread),       \
			sizeof(struct evert_timer),                  \
			sizeof(struct evert_clock),                  \
			sizeof(struct evert_clock_wait),             \
			sizeof(struct evert_sleep),                  \
			sizeof(struct evert_timeout),                \
			sizeof(struct evert_combination),            \
			sizeof(struct evert_round),                  \
			sizeof(struct evert_semaphore),              \
			sizeof(struct evert_wait),                   \
			sizeof(struct evert_watch),                  \
			offsetof(struct evert_live, all),            \
			sizeof(struct evert_live_node),              \
			offsetof(struct evert_reactor, slots),       \
			offsetof(struct evert_reactor, sibling),     \
			offsetof(struct evert_reactor, place),       \
			offsetof(struct evert_reactor, read_buffer), \
			offsetof(struct evert_reactor, clock),       \
			offsetof(struct evert_reactor, turns),       \
			offsetof(struct evert_reactor, thread),      \
			sizeof(struct evert_timer_block),            \
			sizeof(struct evert_scope),                  \
			offsetof(struct evert_scope, first),         \
			sizeof(struct evert_scope_child),            \
			sizeof(struct evert_shield),                 \
			sizeof(struct evert_backlog_entry)           \
		},                                                   \
	}

#endif
