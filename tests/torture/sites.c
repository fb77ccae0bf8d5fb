/* SPDX-License-Identifier: MIT */
/* Which calls are alike: those that the same innermost functions of evert have
   made. Each such chain is a number; all programs have the same ones, as each
   has the whole of evert (WHOLE=1). Those that one of them has met stand in a
   file that all of them map. */
#include "torture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unwind.h>

enum {
	DEPTH = 4,	   /* functions of evert that are compared */
	PLACES = 1 << 17,  /* of the table */
	MOST_LOOKS = 20000 /* in a test: to look at stacks takes time */
};

void evert_code_begins(void);

static _Atomic uint64_t *table;
static size_t looks;

struct chain {
	uint64_t sum;
	size_t depth;
};

void sites_open(const char *path)
{
	size_t size = PLACES * sizeof(*table);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	void *mapped = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, (off_t)size))
		mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			      fd, 0);
	if (fd >= 0)
		close(fd);
	if (mapped != MAP_FAILED)
		table = mapped;
}

bool sites_wanted(void)
{
	return table != NULL;
}

static _Unwind_Reason_Code add(struct _Unwind_Context *context, void *arg)
{
	struct chain *chain = arg;
	uintptr_t ip = _Unwind_GetIP(context);

	if (owner_of(ip) == OWNER_TEST)
		return _URC_END_OF_STACK;
	if (owner_of(ip) != OWNER_EVERT)
		return _URC_NO_REASON;
	chain->sum = (chain->sum + ip - (uintptr_t)evert_code_begins) *
		     0x9e3779b97f4a7c15;
	chain->sum ^= chain->sum >> 29;
	return ++chain->depth == DEPTH ? _URC_END_OF_STACK : _URC_NO_REASON;
}

uint64_t site_here(void)
{
	struct chain chain = {0};

	if (looks++ >= MOST_LOOKS)
		return 0;
	_Unwind_Backtrace(add, &chain);
	return chain.sum;
}

/* Nobody has met it before. */
static bool is_new(uint64_t site)
{
	size_t place = site % PLACES, tries;

	for (tries = 0; tries < PLACES; tries++) {
		uint64_t there = 0;

		if (atomic_compare_exchange_strong(&table[place], &there, site))
			return true;
		if (there == site)
			return false;
		place = (place + 1) % PLACES;
	}
	return false;
}

void sites_note(uint64_t site, size_t errors)
{
	size_t count = the_record->sites;

	if (site && count < MOST_SITES && is_new(site)) {
		the_record->found[count] = (struct site){site, errors};
		the_record->sites = count + 1;
	}
}
