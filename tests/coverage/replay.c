/* SPDX-License-Identifier: MIT */
/* In libFuzzer's place, for a compiler without it: replay FILE... gives each
   file to the fuzz target. */
#include <stdio.h>
#include <stdlib.h>

#include "../fuzz/fuzz.h"

enum { LARGEST = 64 * 1024 };

static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(LARGEST);
	size_t size;

	if (!file || !data) {
		perror(path);
		return 1;
	}
	size = fread(data, 1, LARGEST, file);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = 0, i;

	for (i = 1; i < argc; i++)
		failed |= replay(argv[i]);
	return failed;
}
