/* SPDX-License-Identifier: MIT */
/* Those who wait for a queue or a semaphore, in the order they came. */
#ifndef TESTS_MODEL_WAITING_MODELLED_LINE_H
#define TESTS_MODEL_WAITING_MODELLED_LINE_H

#include "modelled.h"

struct modelled_line {
	int entries[WAITING_MOST], count;
	bool closed;
	int holder; /* the Deferred that has what they wait for, or NOBODY */
};

struct line_entry {
	struct modelled_line *line;
	int deferred;
	struct outcome offer;
};

/* A new sequence; and a line in it, with nobody. */
void line_begin_all(void);
void line_begin(struct modelled_line *line);

/* One more, who brings something along; returns the Deferred. */
int line_join(struct modelled_line *line, struct outcome offer);

/* The first, who does not wait any more; or NULL. */
struct line_entry *line_serve(struct modelled_line *line);

/* All fail, and who joins from now on does. */
void line_close(struct modelled_line *line);

/* A Deferred that has failed. */
int modelled_failed(int kind);

#endif
