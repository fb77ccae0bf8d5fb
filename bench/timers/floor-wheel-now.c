/* SPDX-License-Identifier: MIT */
/* The wheels, whose delays count from the call, as evert's. */
#define FROM_THE_CALL 1
#include "floor-wheel.c"
