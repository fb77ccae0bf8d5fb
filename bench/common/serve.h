/* SPDX-License-Identifier: MIT */
/* What all of evert's servers have in common. */
#ifndef BENCH_COMMON_SERVE_H
#define BENCH_COMMON_SERVE_H

#include <evert.h>

/* Serves connections with the factory's protocols; returns exit status. */
int serve(struct evert_factory *factory);

#endif
