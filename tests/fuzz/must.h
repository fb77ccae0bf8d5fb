/* SPDX-License-Identifier: MIT */
/* For fuzz targets that look at values: what holds for every input. */
#ifndef TESTS_FUZZ_MUST_H
#define TESTS_FUZZ_MUST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops the program unless it holds. */
#define must(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
				__LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* With TELL=1 in the environment: what a sequence of calls does, for who reads
   an input that stops the program. */
static inline bool is_telling(void)
{
	static int is = -1;

	if (is < 0)
		is = getenv("TELL") != NULL;
	return is;
}

#define tell(...) ((void)(is_telling() && fprintf(stderr, __VA_ARGS__)))

/* The bytes, and a zero byte. The caller frees it. */
static inline char *copy_text(const uint8_t *data, size_t size)
{
	char *text = (char *)malloc(size + 1);

	must(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
