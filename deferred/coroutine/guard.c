/* SPDX-License-Identifier: MIT */
#include "guard_internal.h"

#include <errno.h>
#include <stdatomic.h>

#include <sys/mman.h>
#include <unistd.h>

#if defined(__linux__)
enum { /* of newer headers */
	POPULATE_READ = 22, /* MADV_POPULATE_READ */
	GUARD_INSTALL = 102, /* MADV_GUARD_INSTALL */
	GUARD_REMOVE = 103, /* MADV_GUARD_REMOVE */
};
#else
enum { /* no such advice */
	POPULATE_READ = -1,
	GUARD_INSTALL = -1,
	GUARD_REMOVE = -1,
};
#endif

enum {
	WATCHED_WORDS = 64, /* right below the stack */
};

/* The best way to be tried. */
static atomic_int best_way = EVERT_GUARD_MARKED;

/* Has a guard made by madvise once been found to be one? */
static atomic_bool marks_work;

/* Guards made by mprotect that stand. */
static atomic_int protected_count;

/* Some emulators take any advice and do nothing. A page of a guard is one
   that the kernel can't read. */
static bool is_marked(char *guard)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return madvise(guard, page, POPULATE_READ) != 0 && errno == EFAULT;
}

static bool mark(char *guard)
{
	if (madvise(guard, EVERT_GUARD_SIZE, GUARD_INSTALL) != 0) {
		/* It may have come half way. */
		madvise(guard, EVERT_GUARD_SIZE, GUARD_REMOVE);
		return false;
	}
	if (!atomic_load(&marks_work))
		atomic_store(&marks_work, is_marked(guard));
	return atomic_load(&marks_work);
}

static bool protect(char *guard)
{
	if (atomic_fetch_add(&protected_count, 1) < EVERT_GUARDS_PROTECTED &&
	    mprotect(guard, EVERT_GUARD_SIZE, PROT_NONE) == 0)
		return true;
	atomic_fetch_sub(&protected_count, 1);
	return false;
}

enum evert_guard evert_guard_install(char *low)
{
	char *guard = low - EVERT_GUARD_SIZE;
	int best = atomic_load(&best_way);

	if (best == EVERT_GUARD_MARKED && mark(guard))
		return EVERT_GUARD_MARKED;
	if (best <= EVERT_GUARD_PROTECTED && protect(guard))
		return EVERT_GUARD_PROTECTED;
	return EVERT_GUARD_WATCHED;
}

void evert_guard_forget(enum evert_guard guard)
{
	if (guard == EVERT_GUARD_PROTECTED)
		atomic_fetch_sub(&protected_count, 1);
}

bool evert_guard_holds(const char *low, const void *address)
{
	uintptr_t at = (uintptr_t)address;

	return at < (uintptr_t)low && at >= (uintptr_t)low - EVERT_GUARD_SIZE;
}

bool evert_guard_was_hurt(const char *low)
{
	const uint64_t *words = (const uint64_t *)(const void *)low;
	uint64_t written = 0;
	size_t i;

	for (i = 1; i <= WATCHED_WORDS; i++)
		written |= *(words - i);
	return written != 0;
}

void evert_guard_limit(enum evert_guard best)
{
	atomic_store(&best_way, (int)best);
}
