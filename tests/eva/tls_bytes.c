/* SPDX-License-Identifier: MIT */
/*
 * Bytes that TLS keeps: added while some were taken away in front, in a block
 * that grows, or finds no memory to.
 *
 * sources: protocols/tls/bytes.c
 * options: -eva-slevel 200 -eva-split-return full -eva-mlevel 12
 */
#include "../../protocols/tls/bytes_internal.h"

static bool take(struct evert_tls_bytes *bytes, size_t length)
{
	if (!bytes || bytes->length < length)
		return false;
	look_at(evert_tls_bytes_first(bytes), length);
	bytes->start += length;
	bytes->length -= length;
	return true;
}

static void run(size_t first, size_t taken, size_t second)
{
	static char data[700];
	struct evert_tls_bytes *bytes = NULL;

	if (!evert_tls_bytes_add(&bytes, data, first))
		return;
	take(bytes, taken);
	evert_tls_bytes_add(&bytes, data, second);
	take(bytes, second);
	evert_tls_bytes_drop(&bytes);
}

int main(void)
{
	run(0, 0, 5);
	run(5, 2, 5);
	run(511, 400, 500);
	run(512, 0, 1);
	run(600, 600, 700);
	return 0;
}
