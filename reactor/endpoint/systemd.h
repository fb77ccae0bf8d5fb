/* SPDX-License-Identifier: MIT */
/*
 * What systemd has passed to this process (sd_listen_fds(3)). Endpoint strings
 * "systemd:NAME" name one of them.
 */
#ifndef EVERT_REACTOR_SYSTEMD_H
#define EVERT_REACTOR_SYSTEMD_H

#include "../../deferred/base/base.h"

EVERT_BEGIN

/*
 * How many descriptors it has passed: 3, 4 and so on; 0 where LISTEN_PID is
 * another process's or nothing is said; -EINVAL where LISTEN_PID, LISTEN_FDS
 * or LISTEN_FDNAMES is malformed. The variables are read once in a process's
 * life, by this or by the first such endpoint, and the descriptors are closed
 * on exec from then on. With `unset_environment` the variables are taken away,
 * so that children do not see them; then no other thread may use the
 * environment meanwhile. Any thread.
 */
int evert_systemd_descriptors(bool unset_environment);

EVERT_END

#endif
