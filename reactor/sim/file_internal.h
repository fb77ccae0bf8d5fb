/* SPDX-License-Identifier: MIT */
/* What descriptors of a simulated host stand for. */
#ifndef EVERT_REACTOR_SIM_FILE_INTERNAL_H
#define EVERT_REACTOR_SIM_FILE_INTERNAL_H

#include "world_internal.h"

struct evert_sim_file;

/* A slot that is NULL: it can't be done. All return 0 or more, or -errno. */
struct evert_sim_file_ops {
	/* What it is ready for (POLLIN and the like), asked or not. */
	unsigned (*ready)(struct evert_sim_file *file);
	ssize_t (*read)(struct evert_sim_file *file, void *data, size_t size,
			bool peek);
	ssize_t (*write)(struct evert_sim_file *file, const struct iovec *parts,
			 int count);
	/* The last descriptor is gone: frees it. */
	void (*close)(struct evert_sim_file *file);
	/* NULL: it is no socket. */
	const struct evert_sim_socket_ops *socket;
};

struct evert_sim_socket_ops {
	int (*bind)(struct evert_sim_file *file,
		    const struct evert_address *address);
	int (*listen)(struct evert_sim_file *file, int backlog);
	/* A new file, without a descriptor; or NULL, and `*error`. */
	struct evert_sim_file *(*accept)(struct evert_sim_file *file,
					 struct evert_address *peer,
					 int *error);
	int (*connect)(struct evert_sim_file *file,
		       const struct evert_address *address);
	int (*shutdown)(struct evert_sim_file *file, int how);
	int (*name)(struct evert_sim_file *file, bool peer,
		    struct evert_address *address);
	int (*get)(struct evert_sim_file *file, int level, int option,
		   void *value, socklen_t *length);
	int (*set)(struct evert_sim_file *file, int level, int option,
		   const void *value, socklen_t length);
	int (*unacknowledged)(struct evert_sim_file *file);
	ssize_t (*receive)(struct evert_sim_file *file, struct msghdr *message,
			   int flags);
	ssize_t (*send)(struct evert_sim_file *file,
			const struct msghdr *message);
};

struct evert_sim_file {
	const struct evert_sim_file_ops *ops;
	struct evert_sim_host *host;
	unsigned holders;   /* descriptors, and messages that hand it over */
	unsigned under_way; /* of these, the latter */
	struct evert_list_node watches; /* of who waits with epoll */
};

void evert_sim_file_init(struct evert_sim_file *file,
			 struct evert_sim_host *host,
			 const struct evert_sim_file_ops *ops);

/* What it is ready for may have changed. */
void evert_sim_file_changed(struct evert_sim_file *file);

/* It has no descriptor any more: nobody waits for it. */
void evert_sim_file_forget(struct evert_sim_file *file);

/* A message hands it over, and has done so, or was dropped. Whom nobody holds
   is closed. */
void evert_sim_file_send_off(struct evert_sim_file *file);
void evert_sim_file_arrive(struct evert_sim_file *file);

/* ---- Descriptors ---- */

/* So many more. */
bool evert_sim_may_open(const struct evert_sim_host *host, size_t count);

/* The lowest that is free, from 3, for this file. */
int evert_sim_descriptor_make(struct evert_sim_file *file);
/* NULL: -EBADF. */
struct evert_sim_file *evert_sim_file_at(const struct evert_sim_host *host,
					 int fd);
int evert_sim_descriptor_close(struct evert_sim_host *host, int fd);
int evert_sim_descriptor_copy(struct evert_sim_host *host, int fd, int onto);

/* ---- Kinds ---- */

int evert_sim_pipe(struct evert_sim_host *host, int fds[2]);
int evert_sim_tcp_create(struct evert_sim_host *host, int family);
int evert_sim_udp_create(struct evert_sim_host *host, int family);
int evert_sim_unix_create(struct evert_sim_host *host, int type);
/* Two that are connected. */
int evert_sim_unix_pair(struct evert_sim_host *host, int fds[2]);
int evert_sim_epoll_create(struct evert_sim_host *host);

int evert_sim_epoll_ctl(struct evert_sim_host *host, int epoll, int operation,
			int fd, const struct epoll_event *event);
int evert_sim_epoll_wait(struct evert_sim_host *host, int epoll,
			 struct epoll_event *events, int count,
			 int milliseconds);
int evert_sim_poll(struct evert_sim_host *host, struct pollfd *fds,
		   size_t count, int milliseconds);

/* ---- What files have in common ---- */

/* How many bytes the parts are. */
size_t evert_sim_parts_length(const struct iovec *parts, int count);
/* Puts the first `length` bytes of them behind. */
void evert_sim_parts_put(struct evert_sim_bytes *bytes,
			 const struct iovec *parts, size_t length);
/* Fills them with as many bytes as there is room for: how many. */
size_t evert_sim_parts_fill(const struct iovec *parts, size_t count,
			    const char *bytes, size_t length);
/* Reads and writes them as socket addresses: 0, or -EINVAL. */
int evert_sim_read_address(struct evert_address *address, const void *from,
			   socklen_t length);
void evert_sim_write_address(const struct evert_address *address, void *to,
			     socklen_t *length);
/* What getsockopt(2) gives, as far as there is room; an int. */
int evert_sim_give(const void *what, size_t size, void *value,
		   socklen_t *length);
int evert_sim_give_int(int number, void *value, socklen_t *length);

/* ---- Options that are kept (options.c) ---- */

/* One that is an int, so many bytes from where the socket begins: a flag, which
   is 0 or 1, or a number in its range, else -EINVAL. */
struct evert_sim_number {
	int level, option;
	size_t at;
	bool is_flag;
	int least, most;
};

#define EVERT_SIM_FLAG(type, level, option, member) \
	{ \
		level, option, offsetof(type, member), true, 0, 1 \
	}
#define EVERT_SIM_NUMBER(type, level, option, member, least, most) \
	{ \
		level, option, offsetof(type, member), false, least, most \
	}

/* NULL: it is none of these. */
const struct evert_sim_number *
evert_sim_number_find(const struct evert_sim_number *numbers, size_t count,
		      int level, int option);
int evert_sim_number_get(const struct evert_sim_number *number, void *sock,
			 void *value, socklen_t *length);
int evert_sim_number_set(const struct evert_sim_number *number, void *sock,
			 const void *value, socklen_t length);
/* What getsockopt(2) says of an IP socket that has no such option. */
int evert_sim_no_option(int level, int family);

/* The size of a buffer that was asked for, if it was. */
static inline size_t evert_sim_or_default(int asked, size_t otherwise)
{
	return asked > 0 ? (size_t)asked : otherwise;
}

/* SO_LINGER. */
int evert_sim_linger_set(struct linger *linger, const void *value,
			 socklen_t length);

#endif
