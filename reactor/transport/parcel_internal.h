/* SPDX-License-Identifier: MIT */
/*
 * What goes with bytes through a socket, beside them (cmsg(3)). Descriptors, of
 * UNIX sockets (unix(7), SCM_RIGHTS): they go with the first byte of a call
 * that sends; a call that receives ends where they do. The type of a record,
 * where the kernel makes them (kernel_tls.h): the bytes of the call are that
 * record.
 */
#ifndef EVERT_REACTOR_PARCEL_INTERNAL_H
#define EVERT_REACTOR_PARCEL_INTERNAL_H

#include "../system/system.h"

/* The kernel takes so many at a time (SCM_MAX_FD). */
#define EVERT_PARCEL_MOST 253

/* It waits to be sent; of descriptors duplicates. */
struct evert_parcel;

/* 0; -ENOMEM; or what dup(2) says: -EBADF, -EMFILE. Then there is none. */
int evert_parcel_make(struct evert_parcel **parcel,
		      struct evert_system *system, const int *fds,
		      size_t count);

/* The same of a record's type: 0, -ENOMEM. */
int evert_parcel_make_record(struct evert_parcel **parcel, unsigned char type);
bool evert_parcel_is_record(const struct evert_parcel *parcel);

/* Closes what is left here; NULL does nothing. */
void evert_parcel_release(struct evert_parcel *parcel,
			  struct evert_system *system);

/* sendv with it: how many bytes were sent, and with any of them all descriptors
   were; or -errno. */
ssize_t evert_parcel_send(const struct evert_parcel *parcel,
			  struct evert_system *system, int fd,
			  const struct iovec *parts, int count);

/* What came with the bytes of a call. */
struct evert_received {
	size_t count;
	bool lost; /* there were more, for which this process has no room */
	int fds[EVERT_PARCEL_MOST]; /* the caller owns them */
};

/* recvmsg: how many bytes there are, 0 for the peer's end, or -errno. */
ssize_t evert_parcel_receive(struct evert_received *received,
			     struct evert_system *system, int fd, void *data,
			     size_t size);

/* Closes those that are not -1. */
void evert_received_close(const struct evert_received *received,
			  struct evert_system *system);

#endif
