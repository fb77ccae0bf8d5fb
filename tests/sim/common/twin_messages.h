/* SPDX-License-Identifier: MIT */
/* UNIX sockets of which there are two (twins.h): their names, and messages with
   names and descriptors, drawn at random. */
#ifndef TESTS_SIM_COMMON_TWIN_MESSAGES_H
#define TESTS_SIM_COMMON_TWIN_MESSAGES_H

#include <evert.h>

struct twin;

enum {
	TWIN_FEW_BYTES = 300, /* so that no buffer fills */
	TWIN_PATHS = 4,
	TWIN_NAMES = 6, /* the rest of them abstract */
};

/* Where the paths are. */
extern char twin_folder[64];
/* Descriptors may be handed over; they were. */
extern bool twins_may_hand_over, twins_hand_over;

/* The path, or the name, of a number; one of the names. */
void twin_path(char *text, size_t size, size_t i);
struct evert_address twin_name(size_t i);
size_t twin_any_name(void);

/* They must be the same; one that was picked is another on each. */
void twin_compare_names(const struct evert_address names[2]);

/* What comes with it is taken as other twins, or closed. */
void twin_send_message(struct twin *twin);
void twin_receive_message(struct twin *twin);

/* Has both kernels close what nobody can receive. The real one looks when
   another is closed, but later: so it is waited for. */
void twins_collect(void);

#endif
