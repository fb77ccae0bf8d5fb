/* SPDX-License-Identifier: MIT */
#include "file_internal.h"

#include <errno.h>
#include <string.h>

enum {
	FIRST_DESCRIPTOR = 3,
	MOST_DESCRIPTORS = 1 << 20
};

void evert_sim_file_init(struct evert_sim_file *file,
			 struct evert_sim_host *host,
			 const struct evert_sim_file_ops *ops)
{
	file->ops = ops;
	file->host = host;
	evert_list_init(&file->watches);
}

static void drop(struct evert_sim_file *file)
{
	if (--file->holders)
		return;
	evert_sim_file_forget(file);
	file->ops->close(file);
}

void evert_sim_file_send_off(struct evert_sim_file *file)
{
	file->holders++;
	file->under_way++;
	file->host->under_way++;
}

void evert_sim_file_arrive(struct evert_sim_file *file)
{
	file->under_way--;
	file->host->under_way--;
	drop(file);
}

/* ---- Descriptors ---- */

bool evert_sim_may_open(const struct evert_sim_host *host, size_t count)
{
	return host->open_most >= count &&
	       host->open <= host->open_most - count;
}

static void grow_to(struct evert_sim_host *host, size_t capacity)
{
	host->files =
		evert_sim_grow(host->files, capacity * sizeof(*host->files));
	while (host->file_capacity < capacity)
		host->files[host->file_capacity++] = NULL;
}

static void put(struct evert_sim_file *file, int fd)
{
	struct evert_sim_host *host = file->host;

	if ((size_t)fd >= host->file_capacity)
		grow_to(host, 2 * (size_t)fd + 16);
	host->files[fd] = file;
	file->holders++;
	host->open++;
}

int evert_sim_descriptor_make(struct evert_sim_file *file)
{
	const struct evert_sim_host *host = file->host;
	size_t fd = FIRST_DESCRIPTOR;

	while (fd < host->file_capacity && host->files[fd])
		fd++;
	put(file, (int)fd);
	return (int)fd;
}

struct evert_sim_file *evert_sim_file_at(const struct evert_sim_host *host,
					 int fd)
{
	return fd >= 0 && (size_t)fd < host->file_capacity ? host->files[fd]
							   : NULL;
}

int evert_sim_descriptor_close(struct evert_sim_host *host, int fd)
{
	struct evert_sim_file *file = evert_sim_file_at(host, fd);

	if (!file)
		return -EBADF;
	host->files[fd] = NULL;
	host->open--;
	drop(file);
	return 0;
}

/* `onto` -1: any. */
int evert_sim_descriptor_copy(struct evert_sim_host *host, int fd, int onto)
{
	struct evert_sim_file *file = evert_sim_file_at(host, fd);

	if (!file || onto >= MOST_DESCRIPTORS)
		return -EBADF;
	if (onto < 0)
		return evert_sim_descriptor_make(file);
	if (onto == fd)
		return -EINVAL; /* as dup3(2) */
	evert_sim_descriptor_close(host, onto);
	put(file, onto);
	return onto;
}

/* ---- In common ---- */

size_t evert_sim_parts_length(const struct iovec *parts, int count)
{
	size_t length = 0;
	int i;

	for (i = 0; i < count; i++)
		length += parts[i].iov_len;
	return length;
}

void evert_sim_parts_put(struct evert_sim_bytes *bytes,
			 const struct iovec *parts, size_t length)
{
	size_t part;

	for (; length; length -= part, parts++) {
		part = parts->iov_len < length ? parts->iov_len : length;
		evert_sim_bytes_put(bytes, parts->iov_base, part);
	}
}

size_t evert_sim_parts_fill(const struct iovec *parts, size_t count,
			    const char *bytes, size_t length)
{
	size_t done = 0, part;

	for (; count && done < length; count--, parts++) {
		part = length - done;
		if (part > parts->iov_len)
			part = parts->iov_len;
		if (part) /* else there may be no place */
			memcpy(parts->iov_base, bytes + done, part);
		done += part;
	}
	return done;
}

int evert_sim_give(const void *what, size_t size, void *value,
		   socklen_t *length)
{
	if (*length > size)
		*length = (socklen_t)size;
	memcpy(value, what, *length);
	return 0;
}

int evert_sim_give_int(int number, void *value, socklen_t *length)
{
	return evert_sim_give(&number, sizeof(number), value, length);
}

/* ---- Addresses ---- */

int evert_sim_read_address(struct evert_address *address, const void *from,
			   socklen_t length)
{
	if (length < sizeof(sa_family_t) || length > sizeof(address->as))
		return -EINVAL;
	memset(&address->as, 0, sizeof(address->as));
	memcpy(&address->as, from, length);
	address->length = length;
	if ((address->as.any.sa_family == AF_INET &&
	     length < sizeof(address->as.ip4)) ||
	    (address->as.any.sa_family == AF_INET6 &&
	     length < sizeof(address->as.ip6)))
		return -EINVAL;
	return 0;
}

void evert_sim_write_address(const struct evert_address *address, void *to,
			     socklen_t *length)
{
	socklen_t room = *length;

	memcpy(to, &address->as,
	       room < address->length ? room : address->length);
	*length = address->length;
}
