/* SPDX-License-Identifier: MIT */
/*
 * Names of functions by their addresses, of static ones too, where the program
 * is not stripped: read from its files, without a lock or memory of the
 * program's, since whoever holds those may be the one that is stuck.
 */
#ifndef EVERT_DEFERRED_SYMBOL_INTERNAL_H
#define EVERT_DEFERRED_SYMBOL_INTERNAL_H

#include "say_internal.h"

/* Adds "show+0x1c (/bin/program+0x123c)", or as much as is known of it. The
   second is what addr2line(1) asks for. */
void evert_symbol_add(struct evert_text *text, uintptr_t address);

#endif
