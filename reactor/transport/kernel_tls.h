/* SPDX-License-Identifier: MIT */
/*
 * The kernel encrypts what a connection sends (Linux's kTLS, tls.ko): for
 * libraries of TLS, which do the handshake and have the keys. What is written
 * from then on is written plain, files are sent from the page cache
 * (reactor/flow/send_file.h). What is read comes as it was sent, encrypted.
 *
 * Thread rule: the reactor's thread; from every callback.
 */
#ifndef EVERT_REACTOR_KERNEL_TLS_H
#define EVERT_REACTOR_KERNEL_TLS_H

#include "transport.h"

EVERT_BEGIN

/*
 * Has the kernel encrypt, from the next byte on that is written, with what
 * `keys` has: `length` bytes, a struct tls12_crypto_info_... of <linux/tls.h>.
 * What was written before is sent first, as it is.
 *
 * 0; or, and then nothing has changed: -EOPNOTSUPP, the transport is no TCP
 * connection; -ENOENT, this kernel has no TLS, or has not loaded it; -EBUSY,
 * the peer does not take at once what was written before; -EPIPE; or what
 * setsockopt(2) says, -EINVAL and -ENOPROTOOPT of a cipher which the kernel
 * doesn't have.
 */
int evert_transport_encrypt(struct evert_transport *transport,
			    const void *keys, size_t length);

/*
 * Writes a record of another type than data, an alert, say (RFC 8446, 5.1),
 * behind what was written, after evert_transport_encrypt. At least one byte, at
 * most 16 KiB. 0, or as evert_transport_write; -EOPNOTSUPP, -EINVAL.
 */
int evert_transport_write_record(struct evert_transport *transport,
				 unsigned char type, const void *data,
				 size_t length);

EVERT_END

#endif
