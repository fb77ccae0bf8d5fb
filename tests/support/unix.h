/* SPDX-License-Identifier: MIT */
/* For tests of UNIX sockets: a folder for their paths, and peers on plain
   sockets. */
#ifndef TESTS_SUPPORT_UNIX_H
#define TESTS_SUPPORT_UNIX_H

#include "../../reactor/address.h"

/* Makes an empty folder; removes it with what is in it. */
void unix_folder_make(void);
void unix_folder_remove(void);

/* The path of `name` in the folder; overwritten by the fourth call after it. */
char *unix_path(const char *name);

/* The address of that path; of an abstract name that no other process has. */
struct evert_address unix_address(const char *name);
struct evert_address unix_abstract_address(const char *name);

/* The kind and the permission bits of what is there; 0: nothing. */
unsigned unix_mode(const char *name);

/* Plain sockets, which never block: one that is bound (it is a plain server
   that has crashed once it is closed); one that is connected. -errno. */
int unix_bound(int type, const struct evert_address *address);
int unix_connected(int type, const struct evert_address *address);

#endif
