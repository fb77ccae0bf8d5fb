/* SPDX-License-Identifier: MIT */
/*
 * The bytes of an unfinished frame: added while some were taken away in front,
 * in a block that grows, or finds no memory to.
 *
 * sources: protocols/framing/framing_block.c
 * options: -eva-slevel 200 -eva-split-return full -eva-mlevel 12
 */
#include "../../protocols/framing/framing_block_internal.h"

static bool take(struct evert_framing_block *block, size_t length)
{
	if (!block || block->length < length)
		return false;
	look_at(evert_framing_block_data(block), length);
	block->start += length;
	block->length -= length;
	return true;
}

static void run(size_t first, size_t taken, size_t second)
{
	static char data[700];
	struct evert_framing_block *block = NULL;

	if (!evert_framing_block_append(&block, data, first, 1000))
		return;
	take(block, taken);
	evert_framing_block_append(&block, data, second, 1000);
	take(block, second);
	evert_framing_block_release(block);
}

int main(void)
{
	run(0, 0, 5);
	run(5, 2, 5);
	run(70, 40, 20);
	run(72, 40, 72);
	run(100, 40, 200);
	run(600, 600, 700);
	return 0;
}
