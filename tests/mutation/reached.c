/* SPDX-License-Identifier: MIT */
/*
 * Of each block of a library that clang compiled with
 * -fsanitize-coverage=trace-pc-guard,pc-table: has it run? A byte each, in the
 * file named by REACHED, which holds whatever becomes of the process. Where
 * the blocks begin is written to the file named by REACHED_TABLE: a line each,
 * of an object's path and an offset in it.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST (1 << 17) /* blocks */

static unsigned char nowhere[MOST], *reached = nowhere;
static uint32_t count;

static void open_file(void)
{
	const char *path = getenv("REACHED");
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	void *at;

	if (fd < 0 || ftruncate(fd, MOST))
		return;
	at = mmap(NULL, MOST, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at != MAP_FAILED)
		reached = at;
	close(fd);
}

void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop)
{
	if (start == stop || *start)
		return;
	if (!count)
		open_file();
	for (uint32_t *guard = start; guard < stop; guard++)
		*guard = ++count;
}

void __sanitizer_cov_trace_pc_guard(uint32_t *guard)
{
	if (*guard && *guard < MOST)
		reached[*guard] = 1;
}

/* Pairs of where a block begins and what it is; by each object of a library
   all the library's. */
void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop)
{
	static const uintptr_t *told;
	const char *path = getenv("REACHED_TABLE");
	FILE *table = path && start != told ? fopen(path, "a") : NULL;
	Dl_info object;

	if (!table)
		return;
	told = start;
	for (; start < stop; start += 2) {
		if (dladdr((void *)*start, &object))
			fprintf(table, "%s %zx\n", object.dli_fname,
				(size_t)(*start - (uintptr_t)object.dli_fbase));
	}
	fclose(table);
}
