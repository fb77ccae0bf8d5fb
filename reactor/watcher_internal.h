/* SPDX-License-Identifier: MIT */
/* A watcher in its owner's memory. */
#ifndef EVERT_REACTOR_WATCHER_INTERNAL_H
#define EVERT_REACTOR_WATCHER_INTERNAL_H

#include "reactor_internal.h"
#include "watch.h"

struct evert_watched;

struct evert_watcher {
	struct evert_list_node node;
	struct evert_watched *watched; /* NULL: it has ended */
	evert_watch_call call;
	void (*ended)(struct evert_watcher *watcher, int error, void *arg);
	void *arg;
	const char *place;
	unsigned wanted;
	int fd;
	int error; /* why it has ended */
};

/* Begins to watch: 0, or -errno. `call`, `ended` and `arg` are set already. */
int evert_watcher_begin(struct evert_watcher *watcher,
			struct evert_reactor *reactor, int fd, unsigned wanted);

/* Ends the watching; harmless on one that has ended. */
void evert_watcher_end(struct evert_watcher *watcher);

#endif
