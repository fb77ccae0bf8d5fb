/* SPDX-License-Identifier: MIT */
/* Options of a socket (setsockopt(2)), collected, then set. */
#ifndef EVERT_REACTOR_SETTINGS_INTERNAL_H
#define EVERT_REACTOR_SETTINGS_INTERNAL_H

#include "../system/system.h"
#include "socket_options.h"

struct evert_setting {
	const char *name; /* NULL: a default, which may fail */
	int level, option, value;
};

enum {
	EVERT_MOST_SETTINGS = 16
};

/* All zero is none. */
struct evert_settings {
	struct evert_setting all[EVERT_MOST_SETTINGS];
	size_t count;
};

void evert_settings_add(struct evert_settings *settings, const char *name,
			int level, int option, int value);

/* `usual`: 1 on, 0 off, -1 as the system has it. */
void evert_settings_choose(struct evert_settings *settings, const char *name,
			   enum evert_choice choice, int usual, int level,
			   int option);

/* 0: it was not asked for. */
void evert_settings_number(struct evert_settings *settings, const char *name,
			   int value, int level, int option);

/* Sets them all: 0, or -errno, and in `*what` the name of the one that the
   system refused. */
int evert_settings_apply(struct evert_system *system, int fd,
			 const struct evert_settings *settings,
			 const char **what);

#endif
