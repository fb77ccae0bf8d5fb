/* SPDX-License-Identifier: MIT */
/* What all of evert's servers have in common. */
#ifndef BENCH_COMMON_SERVE_H
#define BENCH_COMMON_SERVE_H

#include <evert.h>

/* Listens on a free port: plain (listen.c), or over TLS (tls/listen.c), as the
   program is linked. */
EVERT_MUST_USE
struct evert_deferred *listen_somewhere(struct evert_reactor *reactor,
					struct evert_factory *factory);

/* Serves connections with the factory's protocols; returns exit status. */
int serve(struct evert_factory *factory);

/* The same, by a reactor that spins for so many seconds before it sleeps. */
int serve_spinning(struct evert_factory *factory, double seconds);

#endif
