/* SPDX-License-Identifier: MIT */
/* All of it, as a tree for each reactor. */
#ifndef EVERT_PS_SHOW_H
#define EVERT_PS_SHOW_H

#include <stdio.h>

#include "scene.h"

void show(struct scene *scene, FILE *out);

#endif
