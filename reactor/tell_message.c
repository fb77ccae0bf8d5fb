/* SPDX-License-Identifier: MIT */
#include "tell_message_internal.h"

#include "../deferred/base/trace_event_internal.h"

void evert_tell_posted(const struct evert_message *message)
{
	struct evert_trace_entry *entry;

	if (!evert_trace_lock())
		return;
	entry = evert_trace_add(EVERT_TRACE_MESSAGE, message, 0);
	entry->flow = evert_trace_new_flow();
	evert_trace_begin_of("call", "post", NULL, NULL);
	evert_trace_flow_end('s', "thread", entry->flow);
	evert_trace_end_it();
	evert_trace_unlock();
}

void evert_tell_arrived(const struct evert_message *message)
{
	struct evert_trace_entry *entry;

	if (!evert_trace_lock())
		return;
	evert_trace_begin_of("call", "message", NULL, NULL);
	entry = evert_trace_find(EVERT_TRACE_MESSAGE, message, 0);
	if (entry) {
		evert_trace_flow_end('f', "thread", entry->flow);
		evert_trace_remove(entry);
	}
	evert_trace_unlock();
}
