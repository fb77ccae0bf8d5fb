/* SPDX-License-Identifier: MIT */
#include "kernel_tls.h"

#include <errno.h>

enum { MOST_OF_A_RECORD = 16384 };

int evert_transport_encrypt(struct evert_transport *transport,
			    const void *keys, size_t length)
{
	if (!transport->ops->encrypt)
		return -EOPNOTSUPP;
	return transport->ops->encrypt(transport, keys, length);
}

int evert_transport_write_record(struct evert_transport *transport,
				 unsigned char type, const void *data,
				 size_t length)
{
	if (!transport->ops->write_record)
		return -EOPNOTSUPP;
	if (!length || length > MOST_OF_A_RECORD)
		return -EINVAL;
	return transport->ops->write_record(transport, type, data, length);
}
