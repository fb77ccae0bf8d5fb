/* SPDX-License-Identifier: MIT */
/*
 * libuv. Fair: it receives many by one call (UV_UDP_RECVMMSG) into one buffer,
 * and tries to send at once (uv_udp_try_send), which takes no memory; an
 * answer is a system call either way.
 */
#include <uv.h>

#include "common/announce.h"

enum { BATCH = 20, SIZE = 65536 }; /* what libuv takes at most */

static char buffer[BATCH * SIZE];

static void lend_buffer(uv_handle_t *handle, size_t size, uv_buf_t *lent)
{
	(void)handle;
	(void)size;
	*lent = uv_buf_init(buffer, sizeof(buffer));
}

static void received(uv_udp_t *udp, ssize_t got, const uv_buf_t *data,
		     const struct sockaddr *peer, unsigned flags)
{
	uv_buf_t part;

	(void)flags;
	if (got < 0 || !peer)
		return;
	part = uv_buf_init(data->base, (unsigned)got);
	uv_udp_try_send(udp, &part, 1, peer);
}

int main(void)
{
	uv_loop_t *loop = uv_default_loop();
	struct sockaddr_in address = loopback();
	uv_udp_t udp;
	uv_os_fd_t fd;
	int error;

	uv_udp_init_ex(loop, &udp, AF_INET | UV_UDP_RECVMMSG);
	error = uv_udp_bind(&udp, (struct sockaddr *)&address, 0);
	if (error)
		fail("uv_udp_bind", error);
	uv_udp_recv_start(&udp, lend_buffer, received);
	uv_fileno((uv_handle_t *)&udp, &fd);
	announce(fd);
	return uv_run(loop, UV_RUN_DEFAULT);
}
