/* SPDX-License-Identifier: MIT */
/*
 * What was written of names, as a tree: a label, and where the rest of its
 * name stands, `parent` (0: the root). So a suffix is found label by label
 * from the right, each by one look into a small table of chains (RFC 1035,
 * 4.1.4).
 */
#include "message_writer_internal.h"

#include "message_internal.h"
#include "name_internal.h"

#define LABELS_MAX 127
/* How far a pointer reaches. */
#define POINTER_MAX 0x3fff

static size_t bucket(const uint8_t *label, size_t parent)
{
	size_t size = 1U + *label;
	uint64_t first = 0;
	uint64_t last = 0;

	if (size >= sizeof(first)) {
		memcpy(&first, label, sizeof(first));
		memcpy(&last, label + size - sizeof(last), sizeof(last));
	} else {
		for (size_t i = 0; i < size; i++)
			first = first << 8 | label[i];
	}
	first ^= last * 0x9e3779b97f4a7c15 ^ parent << 40;
	return first * 0xff51afd7ed558ccd >> 58;
}

/* Where that label stands before that parent; 0: nowhere. */
static size_t find_suffix(const struct evert_dns_writer *writer,
			  const uint8_t *label, size_t parent)
{
	const struct evert_dns_suffix *suffix;
	size_t index = writer->heads[bucket(label, parent)];

	for (; index; index = suffix->next) {
		suffix = &writer->suffixes[index - 1];
		if (suffix->parent == parent &&
		    !memcmp(writer->bytes + suffix->at, label, 1U + *label))
			return suffix->at;
	}
	return 0;
}

static void keep_suffix(struct evert_dns_writer *writer, const uint8_t *label,
			size_t parent, size_t at)
{
	struct evert_dns_suffix *suffix;
	uint16_t *head = &writer->heads[bucket(label, parent)];

	if (at > POINTER_MAX ||
	    writer->suffix_count == EVERT_DNS_WRITER_SUFFIXES)
		return;
	suffix = &writer->suffixes[writer->suffix_count++];
	suffix->at = (uint16_t)at;
	suffix->parent = (uint16_t)parent;
	suffix->next = *head;
	*head = writer->suffix_count;
}

/* The last made are the first in their chains. */
void evert_dns_writer_forget_names(struct evert_dns_writer *writer,
				   size_t count)
{
	struct evert_dns_suffix *suffix;

	writer->is_first_kept &= count > 0;
	while (writer->suffix_count > count) {
		suffix = &writer->suffixes[writer->suffix_count - 1];
		writer->heads[bucket(writer->bytes + suffix->at,
				     suffix->parent)] = suffix->next;
		writer->suffix_count--;
	}
}

/* The labels of `name` up to `rest`, and what stands behind them: a pointer
   to `parent`, or the root. */
static int append_labels(struct evert_dns_writer *writer, const uint8_t *name,
			 const uint8_t *rest, size_t parent)
{
	size_t size = (size_t)(rest - name);
	uint8_t *room = dns_writer_extend(writer, size + (parent ? 2 : 1));

	if (!room)
		return -EMSGSIZE;
	memcpy(room, name, size);
	if (parent)
		dns_put_u16(room + size, DNS_POINTER << 8 | parent);
	else
		room[size] = 0;
	return 0;
}

/* Where each label begins, and the root behind them: how many there are. */
static size_t label_starts(const uint8_t *name,
			   const uint8_t *starts[LABELS_MAX + 1])
{
	size_t count = 0;

	for (starts[0] = name; *starts[count]; count++)
		starts[count + 1] = starts[count] + 1 + *starts[count];
	return count;
}

/* Keeps the first `count` labels of a name that was written to `begin`. */
static void keep_labels(struct evert_dns_writer *writer,
			const uint8_t *const *labels, size_t count,
			size_t parent, size_t begin)
{
	size_t at;

	while (count--) {
		at = begin + (size_t)(labels[count] - labels[0]);
		keep_suffix(writer, labels[count], parent, at);
		parent = at;
	}
}

/*
 * The first name, which is asked for, is mostly that of the answer as well, and
 * the only one: it is compared as a whole, and kept among the suffixes when
 * there is another.
 */
static bool is_first_name(const struct evert_dns_writer *writer,
			  const uint8_t *name, size_t size)
{
	return size == writer->first_size && size > 1 &&
	       !memcmp(writer->bytes + DNS_HEADER_SIZE, name, size);
}

static void keep_first_name(struct evert_dns_writer *writer)
{
	const uint8_t *labels[LABELS_MAX + 1];
	size_t count;

	if (writer->is_first_kept)
		return;
	writer->is_first_kept = true;
	count = label_starts(writer->bytes + DNS_HEADER_SIZE, labels);
	keep_labels(writer, labels, count, 0, DNS_HEADER_SIZE);
}

static int append_first_name(struct evert_dns_writer *writer,
			     const uint8_t *name, size_t size)
{
	int err = dns_writer_append(writer, name, size);

	writer->first_size = err ? 0 : (uint16_t)size;
	writer->is_first_kept = false;
	return err;
}

static int append_other_name(struct evert_dns_writer *writer,
			     const uint8_t *name)
{
	const uint8_t *labels[LABELS_MAX + 1];
	size_t begin = writer->length;
	size_t parent = 0;
	size_t count = label_starts(name, labels);
	size_t at;
	int err;

	keep_first_name(writer);
	for (; count; count--) {
		at = find_suffix(writer, labels[count - 1], parent);
		if (!at)
			break;
		parent = at;
	}
	err = append_labels(writer, name, labels[count], parent);
	if (!err)
		keep_labels(writer, labels, count, parent, begin);
	return err;
}

int evert_dns_writer_append_name(struct evert_dns_writer *writer,
				 const uint8_t *name)
{
	size_t size = evert_dns_name_length(name);

	if (writer->length == DNS_HEADER_SIZE)
		return append_first_name(writer, name, size);
	if (is_first_name(writer, name, size))
		return append_labels(writer, name, name, DNS_HEADER_SIZE);
	return append_other_name(writer, name);
}
