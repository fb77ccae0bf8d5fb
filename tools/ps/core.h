/* SPDX-License-Identifier: MIT */
/* A core: what the kernel, or gdb, has written of a process. */
#ifndef EVERT_PS_CORE_H
#define EVERT_PS_CORE_H

#include "images.h"
#include "memory.h"

struct core {
	struct memory base;
	struct elf_file file;
	struct images *images;
};

/* Opens it and the program's file, or gives up. */
void core_open(struct core *core, struct images *images, const char *program,
	       const char *path);
void core_close(struct core *core);

#endif
