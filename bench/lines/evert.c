/* SPDX-License-Identifier: MIT */
/* A line receiver that is fed as its transport would feed it. */
#include <evert.h>

#include "common/measure.h"
#include "lines/lines.h"

struct counter {
	struct evert_line_receiver base;
	uint64_t lines, bytes;
};

static struct counter counter;

static void count(struct evert_line_receiver *base, const char *line,
		  size_t length)
{
	struct counter *self =
		evert_container_of(base, struct counter, base);

	(void)line;
	self->lines++;
	self->bytes += length;
}

static const struct evert_line_receiver_ops counter_ops = {
	.line_received = count,
};

static void receive(size_t lines)
{
	size_t i;

	counter.lines = counter.bytes = 0;
	for (i = 0; i < lines; i += LINES)
		counter.base.base.ops->data_received(&counter.base.base, chunk,
						   sizeof(chunk));
	measure_check("lines", counter.lines, i);
	measure_check("bytes", counter.bytes, i * (LINE - 2));
}

int main(void)
{
	fill_chunk();
	evert_line_receiver_init(&counter.base, &counter_ops);
	measure("lines", 10000000, receive);
	evert_line_receiver_finish(&counter.base);
	return 0;
}
