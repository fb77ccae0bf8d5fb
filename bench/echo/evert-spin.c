/* SPDX-License-Identifier: MIT */
/* The same, where the reactor looks for what comes for 50 microseconds before it
   sleeps. */
#define SPIN 50e-6
#include "evert.c"
