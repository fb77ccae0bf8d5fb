/* SPDX-License-Identifier: MIT */
/* Which evert this is. */
#ifndef EVERT_DEFERRED_VERSION_H
#define EVERT_DEFERRED_VERSION_H

#include "base.h"

EVERT_BEGIN

/* Which evert a program is built with, as text. */
#define EVERT_VERSION "0.1.0"
/* The same as a number: 10,000 for each major version, 100 for each minor one,
   1 for each patch. */
#define EVERT_VERSION_NUMBER 100

/* The same of the library that the program runs with. Any thread. */
const char *evert_version(void);
int evert_version_number(void);

EVERT_END

#endif
