/* SPDX-License-Identifier: MIT */
/* Users and groups, as an administrator names them. */
#ifndef EVERT_REACTOR_OWNER_INTERNAL_H
#define EVERT_REACTOR_OWNER_INTERNAL_H

#include <sys/types.h>

/* `text` is a name, or a number, which is not looked up. 0, -EINVAL when there
   is nobody of that name, or another -errno. Any thread; may block. */
int evert_owner_find(const char *text, uid_t *user);
int evert_owner_find_group(const char *text, gid_t *group);

#endif
