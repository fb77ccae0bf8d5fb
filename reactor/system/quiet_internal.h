/* SPDX-License-Identifier: MIT */
/* Around what would raise SIGPIPE, and takes no flag against it. */
#ifndef EVERT_REACTOR_QUIET_INTERNAL_H
#define EVERT_REACTOR_QUIET_INTERNAL_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* The thread blocks the signal meanwhile, and takes away the one that was
   raised; one that waited before stays. */
struct evert_quiet {
	sigset_t before;
	bool waited;
};

void evert_quiet_begin(struct evert_quiet *quiet);

/* `size` is what the call gave: bytes, or -errno. Returns it. */
ssize_t evert_quiet_end(const struct evert_quiet *quiet, ssize_t size);

#endif
