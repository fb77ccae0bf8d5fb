/* SPDX-License-Identifier: MIT */
#include "unix.h"

#include <errno.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* of all processors but parisc and sparc */
#endif

int evert_transport_write_descriptors(struct evert_transport *transport,
				      const void *data, size_t length,
				      const int *fds, size_t count)
{
	if (!transport->ops->write_descriptors)
		return -EOPNOTSUPP;
	if (count > EVERT_DESCRIPTORS_MOST || (count && !length))
		return -EINVAL;
	return transport->ops->write_descriptors(transport, data, length, fds,
						 count);
}

static int get(const struct evert_transport *transport, int option,
	       void *value, socklen_t length)
{
	if (!transport->ops->get_option)
		return -EOPNOTSUPP;
	return transport->ops->get_option(transport, SOL_SOCKET, option, value,
					  &length);
}

/* A socket of another family has nobody's, and does not say so. */
int evert_transport_peer_credentials(const struct evert_transport *transport,
				     struct evert_credentials *credentials)
{
	struct ucred peer;
	int error = get(transport, SO_PEERCRED, &peer, sizeof(peer));

	if (!error && peer.uid == (uid_t)-1)
		error = -EOPNOTSUPP;
	if (!error)
		*credentials = (struct evert_credentials){
			.pid = peer.pid,
			.uid = peer.uid,
			.gid = peer.gid,
		};
	return error;
}

int evert_transport_peer_pidfd(const struct evert_transport *transport)
{
	int fd = -1;
	int error = get(transport, SO_PEERPIDFD, &fd, sizeof(fd));

	if (error == -ENOPROTOOPT || error == -ENODATA)
		return -EOPNOTSUPP;
	return error ? error : fd;
}
