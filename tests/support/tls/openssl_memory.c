/* SPDX-License-Identifier: MIT */
#include "openssl_memory.h"

#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <criterion/criterion.h>

/* Any thread allocates. */
static atomic_size_t requests, live, fails_at;
static atomic_bool fails_on;

static bool fails(void)
{
	size_t number = atomic_fetch_add(&requests, 1) + 1;

	return fails_at && (fails_on ? number >= fails_at :
				       number == fails_at);
}

static void *allocate(size_t size, const char *file, int line)
{
	void *memory;

	(void)file, (void)line;
	memory = fails() || !size ? NULL : malloc(size);
	live += memory != NULL;
	return memory;
}

static void *reallocate(void *memory, size_t size, const char *file, int line)
{
	void *moved;

	(void)file, (void)line;
	moved = fails() ? NULL : realloc(memory, size);
	live += moved && !memory;
	return moved;
}

static void release(void *memory, const char *file, int line)
{
	(void)file, (void)line;
	live -= memory != NULL;
	free(memory);
}

/* Before it has allocated anything, and Criterion's libraries make it do so. */
static bool is_ours;

__attribute__((constructor)) static void take_over(void)
{
	is_ours = CRYPTO_set_mem_functions(allocate, reallocate, release) == 1;
}

void openssl_memory_fail(size_t n, bool forever)
{
	cr_assert(is_ours);
	requests = 0;
	fails_at = n;
	fails_on = forever;
}

struct openssl_memory openssl_memory_counts(void)
{
	return (struct openssl_memory){ .requests = requests, .live = live };
}

size_t openssl_memory_step(size_t all)
{
	return getenv("LONG") ? 1 : all / 199 + 1;
}
