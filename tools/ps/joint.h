/* SPDX-License-Identifier: MIT */
/* What stands between Deferreds: scopes, combinators, shields, periodic calls;
   and coroutines, and places in a line. */
#ifndef EVERT_PS_JOINT_H
#define EVERT_PS_JOINT_H

#include "scene.h"

enum joint_kind {
	JOINT_UNKNOWN,
	JOINT_COROUTINE,
	JOINT_IN_LINE,
	JOINT_COMBINATION,
	JOINT_SCOPE,
	JOINT_SHIELD,
	JOINT_PERIODIC,
};

/* By what its class says. */
enum joint_kind joint_kind_of(struct scene *scene, uint64_t class);

/* As what follows "which": "combines", say. */
const char *joint_words(enum joint_kind kind);

/* The Deferreds that it waits for; to be freed. `*damaged`: perhaps not all. */
uint64_t *joint_inner(struct scene *scene, enum joint_kind kind, uint64_t joint,
		      size_t *count, bool *damaged);

#endif
