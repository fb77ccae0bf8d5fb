/* SPDX-License-Identifier: MIT */
/* The same with options.join: what goes to one peer in a row is one call of
   the kernel's (UDP_SEGMENT), which the floor does not do. */
#define JOIN true
#include "evert.c"
