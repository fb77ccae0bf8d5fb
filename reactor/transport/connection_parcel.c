/* SPDX-License-Identifier: MIT */
/*
 * What a connection sends beside bytes: descriptors, and the types of records
 * which the kernel encrypts.
 */
#include "connection_write_internal.h"

#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "parcel_internal.h"

/* Like write_owned: as a chunk of its own. */
static int write_parcel(struct evert_connection *c, const void *data,
			size_t length, struct evert_parcel *parcel)
{
	int error = evert_output_copy_with(&c->output,
					   c->watch.reactor, data, length,
					   parcel);

	if (!error) {
		evert_connection_queue_changed(c);
		return 0;
	}
	evert_parcel_release(parcel, evert_connection_system(c));
	evert_connection_end_with_hole(c);
	return error;
}

int evert_connection_write_descriptors(struct evert_transport *base,
				       const void *data, size_t length,
				       const int *fds, size_t count)
{
	struct evert_connection *c = evert_connection_from(base);
	struct evert_parcel *parcel;
	int error;

	if (!evert_connection_is_local(c))
		return -EOPNOTSUPP;
	if (!count)
		return evert_transport_write(base, data, length);
	if (c->writing.ended)
		return -EPIPE;
	error = evert_parcel_make(&parcel, evert_connection_system(c), fds,
				  count);
	if (error == -ENOMEM)
		evert_connection_end_with_hole(c);
	if (error)
		return error;
	evert_writing_add_descriptors(&c->writing, count,
				      evert_connection_unsent(c));
	return write_parcel(c, data, length, parcel);
}

/* ---- TLS by the kernel ---- */

static int set_keys(const struct evert_connection *c, const void *keys,
		    size_t length)
{
	struct evert_system *system = evert_connection_system(c);
	int error = system->ops->setsockopt(system, c->watch.fd, IPPROTO_TCP,
					    TCP_ULP, "tls", sizeof("tls"));

	if (error && error != -EEXIST) /* left by an attempt before */
		return error;
	return system->ops->setsockopt(system, c->watch.fd, SOL_TLS, TLS_TX,
				       keys, (socklen_t)length);
}

int evert_connection_encrypt(struct evert_transport *base, const void *keys,
			     size_t length)
{
	struct evert_connection *c = evert_connection_from(base);

	if (evert_connection_is_local(c))
		return -EOPNOTSUPP;
	if (!c->writing.ended)
		evert_connection_send_last(c);
	if (c->writing.ended || c->writing.error)
		return -EPIPE;
	if (evert_connection_unsent(c))
		return -EBUSY;
	return set_keys(c, keys, length);
}

int evert_connection_write_record(struct evert_transport *base,
				  unsigned char type, const void *data,
				  size_t length)
{
	struct evert_connection *c = evert_connection_from(base);
	struct evert_parcel *parcel;
	int error;

	if (c->writing.ended)
		return -EPIPE;
	error = evert_parcel_make_record(&parcel, type);
	if (error) {
		evert_connection_end_with_hole(c);
		return error;
	}
	return write_parcel(c, data, length, parcel);
}
