/* SPDX-License-Identifier: MIT */
/* A message that is being written: message_writer.c has its sections,
   message_names.c its names, each of which is written once. */
#ifndef EVERT_REACTOR_DNS_MESSAGE_WRITER_INTERNAL_H
#define EVERT_REACTOR_DNS_MESSAGE_WRITER_INTERNAL_H

#include "message_writer.h"

#include <errno.h>
#include <string.h>

static inline void dns_put_u16(uint8_t *bytes, size_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

/* Room for so many bytes more, which the caller writes; or NULL. */
static inline uint8_t *dns_writer_extend(struct evert_dns_writer *writer,
					 size_t count)
{
	uint8_t *bytes = writer->bytes + writer->length;

	if (writer->size - writer->length < count)
		return NULL;
	writer->length += count;
	return bytes;
}

static inline int dns_writer_append(struct evert_dns_writer *writer,
				    const void *bytes, size_t count)
{
	uint8_t *room = dns_writer_extend(writer, count);

	if (!room)
		return -EMSGSIZE;
	memcpy(room, bytes, count);
	return 0;
}

/* ---- message_names.c ---- */

/* Writes the name, or points to where it, or the end of it, stands already.
   0; -EMSGSIZE. */
int evert_dns_writer_append_name(struct evert_dns_writer *writer,
				 const uint8_t *name);

/* Forgets all but the first `count` suffixes of names, as what was written of
   them since is to be written over. */
void evert_dns_writer_forget_names(struct evert_dns_writer *writer,
				   size_t count);

#endif
