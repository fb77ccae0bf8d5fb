/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "unix_internal.h"

/* Copies between `length` bytes in a row and the parts, from `at` on. */
static size_t copy_parts(const struct msghdr *parts, size_t at, char *row,
			 size_t length, bool into_parts)
{
	size_t done = 0, part, i;
	char *there;

	for (i = 0; i < parts->msg_iovlen && done < length; i++) {
		part = parts->msg_iov[i].iov_len;
		if (at >= part) {
			at -= part;
			continue;
		}
		there = (char *)parts->msg_iov[i].iov_base + at;
		part -= at;
		at = 0;
		if (part > length - done)
			part = length - done;
		memcpy(into_parts ? there : row + done,
		       into_parts ? row + done : there, part);
		done += part;
	}
	return done;
}

void evert_sim_message_put(struct evert_sim_unix *to,
			   struct evert_sim_unix *sender,
			   const struct msghdr *parts, size_t from,
			   size_t length, struct evert_sim_rights *rights)
{
	struct evert_sim_message *message =
		evert_sim_allocate(sizeof(*message) + length);

	message->sender = sender;
	message->rights = rights;
	message->length = message->whole = length;
	if (parts)
		copy_parts(parts, from, message->data, length, false);
	evert_sim_trace_mix(to->base.host->sim->trace, message->data, length);
	sender->holders++;
	sender->sent += length;
	to->received_count++;
	to->received_bytes += length;
	evert_list_append(&to->received, &message->node);
	evert_sim_file_changed(&to->base);
}

size_t evert_sim_message_copy(const struct evert_sim_message *message,
			      struct msghdr *parts, size_t at, size_t most)
{
	size_t length = message->length < most ? message->length : most;

	return copy_parts(parts, at, (char *)message->data + message->start,
			  length, true);
}

void evert_sim_message_say_sender(const struct evert_sim_message *message,
				  struct msghdr *to)
{
	const struct evert_address *name = &message->sender->name;

	if (!name->length)
		to->msg_namelen = 0;
	else if (to->msg_name)
		evert_sim_write_address(name, to->msg_name, &to->msg_namelen);
}

void evert_sim_message_take_out(struct evert_sim_unix *from,
				struct evert_sim_message *message)
{
	from->received_count--;
	from->received_bytes -= message->length;
	evert_list_remove(&message->node);
}

void evert_sim_message_free(struct evert_sim_message *message)
{
	struct evert_sim_unix *sender = message->sender;

	sender->sent -= message->whole;
	evert_sim_file_changed(&sender->base);
	evert_sim_rights_drop(message->rights);
	evert_sim_unix_release(sender);
	evert_sim_free(message);
}

void evert_sim_message_remove(struct evert_sim_unix *from,
			      struct evert_sim_message *message)
{
	evert_sim_message_take_out(from, message);
	evert_sim_message_free(message);
}

void evert_sim_messages_drop(struct evert_sim_unix *sock)
{
	struct evert_sim_message *message;

	while ((message = evert_sim_unix_first(sock)))
		evert_sim_message_remove(sock, message);
}
