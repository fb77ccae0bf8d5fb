/* SPDX-License-Identifier: MIT */
/* Who is looked at: memory, files, and which evert is in it. */
#ifndef EVERT_PS_TARGET_H
#define EVERT_PS_TARGET_H

#include "images.h"
#include "memory.h"

struct target {
	struct memory *memory;
	struct images images;
	size_t evert;	   /* the image that evert is in */
	uint64_t reactors; /* the list of them */
};

/* Memory and images are there: finds evert, of the version and the build that
   this tool was made with, or gives up. */
void target_find_evert(struct target *target, const char *name);

/* Where something of evert's lies, or 0: it is not in it. */
uint64_t target_address(struct target *target, const char *symbol);

/* How far the second thread-local variable of evert's is from the first. False:
   one of them is not in it. */
bool target_thread_distance(struct target *target, const char *from,
			    const char *to, int64_t *distance);

/* The file's name, and the symbol's; "" and "?" where it has none. */
struct where {
	const char *name, *source;
};
struct where target_where(struct target *target, uint64_t address);

#endif
