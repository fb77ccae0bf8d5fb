/* SPDX-License-Identifier: MIT */
#include "thread_internal.h"

_Thread_local char evert_thread_mark;
