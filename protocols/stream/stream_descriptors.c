/* SPDX-License-Identifier: MIT */
/* Descriptors that come over a UNIX socket: a queue beside that of the bytes,
   with an end, so that no peer can take all that this process may have. */
#include "stream_internal.h"

#include <errno.h>
#include <unistd.h>

#include "../../deferred/base/memory.h"

struct evert_stream_descriptors {
	size_t most, first, count;
	bool lost; /* behind those that are there */
	int ring[];
};

static int take_first(struct evert_stream_descriptors *kept)
{
	int fd = kept->ring[kept->first];

	kept->first = (kept->first + 1) % kept->most;
	kept->count--;
	return fd;
}

int evert_stream_keep_descriptors(struct evert_stream *stream, size_t most)
{
	struct evert_stream_descriptors *kept;

	if (stream->descriptors || !most)
		return -EINVAL;
	kept = evert_allocate(sizeof(*kept) + most * sizeof(*kept->ring));
	if (!kept)
		return -ENOMEM;
	*kept = (struct evert_stream_descriptors){ .most = most };
	stream->descriptors = kept;
	return 0;
}

int evert_stream_take_descriptor(struct evert_stream *stream)
{
	struct evert_stream_descriptors *kept = stream->descriptors;

	if (!kept || (!kept->count && !kept->lost))
		return -EAGAIN;
	if (kept->count)
		return take_first(kept);
	kept->lost = false;
	return -EMFILE;
}

/* One behind another that was lost would be taken for it. */
void evert_stream_descriptors_received(struct evert_protocol *protocol,
				       int *fds, size_t count, bool lost)
{
	struct evert_stream *stream = evert_stream_from(protocol);
	struct evert_stream_descriptors *kept = stream->descriptors;
	size_t i;

	if (!kept || stream->closed)
		return;
	for (i = 0; i < count && !kept->lost; i++) {
		if (kept->count == kept->most) {
			kept->lost = true;
			break;
		}
		kept->ring[(kept->first + kept->count++) % kept->most] = fds[i];
		fds[i] = -1;
	}
	kept->lost |= lost;
}

void evert_stream_descriptors_drop(struct evert_stream *stream)
{
	struct evert_stream_descriptors *kept = stream->descriptors;

	while (kept && kept->count)
		close(take_first(kept));
	evert_free(kept);
	stream->descriptors = NULL;
}
