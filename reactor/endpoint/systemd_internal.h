/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_SYSTEMD_INTERNAL_H
#define EVERT_REACTOR_SYSTEMD_INTERNAL_H

#include "systemd.h"

#define EVERT_SYSTEMD_WHY_SIZE 256

/* The descriptor that has this name, or is of this number, from 0. Or -errno,
   and why for a person. Any thread. */
int evert_systemd_find(const char *name, char *why);

#endif
