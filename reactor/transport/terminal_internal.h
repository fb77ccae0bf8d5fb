/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_TERMINAL_INTERNAL_H
#define EVERT_REACTOR_TERMINAL_INTERNAL_H

#include <termios.h>

#include "terminal.h"

void evert_terminal_apply(enum evert_terminal_mode mode, struct termios *modes);

#endif
