/* SPDX-License-Identifier: MIT */
/*
 * libev's timers, whose delays count from the call, as evert's: by
 * ev_now_update, which libev's manual has for callbacks that take long.
 */
#define FROM_THE_CALL 1
#include "libev.c"
