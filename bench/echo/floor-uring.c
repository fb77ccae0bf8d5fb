/* SPDX-License-Identifier: MIT */
/*
 * The floor over io_uring instead of epoll, by bare system calls: accepting
 * and receiving are asked for once (multishot), what is received lies in
 * buffers that the kernel takes from a ring, and is sent by send(2), which on
 * a socket that takes it is the shortest way. One system call a turn waits for
 * all and hands in what is new. It keeps nothing but what the peer did not
 * take; receiving goes on meanwhile.
 */
#include <errno.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/announce.h"

enum {
	ENTRIES = 4096,
	COMPLETIONS = 32768,
	BUFFERS = 1024, /* a power of two */
	BUFFER = 4096,
	GROUP = 0,
};

struct connection {
	int fd;
	char *rest; /* not taken yet */
	size_t length;
};

static int ring;
static unsigned sq_mask, cq_mask, unsubmitted;
static unsigned *sq_tail, *cq_head, *cq_tail;
static struct io_uring_sqe *sqes;
static struct io_uring_cqe *cqes;
static struct io_uring_buf_ring *free_buffers;
static char *buffers;
static uint16_t free_tail;

/* ---- The rings ---- */

static void *map(size_t size, off_t where)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_POPULATE, ring, where);

	if (memory == MAP_FAILED)
		fail("mmap", errno);
	return memory;
}

static void set_up(void)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_CQSIZE | IORING_SETUP_SINGLE_ISSUER |
			 IORING_SETUP_DEFER_TASKRUN,
		.cq_entries = COMPLETIONS,
	};
	size_t size, array_end;
	unsigned *array, i;
	char *memory;

	ring = (int)syscall(__NR_io_uring_setup, ENTRIES, &p);
	if (ring < 0)
		fail("io_uring_setup", errno);
	size = p.cq_off.cqes + p.cq_entries * sizeof(*cqes);
	array_end = p.sq_off.array + p.sq_entries * sizeof(*array);
	memory = map(size > array_end ? size : array_end,
		     IORING_OFF_SQ_RING); /* both rings are in it */
	sqes = map(p.sq_entries * sizeof(*sqes), IORING_OFF_SQES);
	sq_tail = (unsigned *)(memory + p.sq_off.tail);
	sq_mask = *(unsigned *)(memory + p.sq_off.ring_mask);
	cq_head = (unsigned *)(memory + p.cq_off.head);
	cq_tail = (unsigned *)(memory + p.cq_off.tail);
	cq_mask = *(unsigned *)(memory + p.cq_off.ring_mask);
	cqes = (struct io_uring_cqe *)(memory + p.cq_off.cqes);
	array = (unsigned *)(memory + p.sq_off.array);
	for (i = 0; i < p.sq_entries; i++)
		array[i] = i;
}

static int enter(unsigned wait_for)
{
	int taken = (int)syscall(__NR_io_uring_enter, ring, unsubmitted,
				 wait_for, IORING_ENTER_GETEVENTS, NULL, 0);

	if (taken > 0)
		unsubmitted -= (unsigned)taken;
	return taken;
}

static struct io_uring_sqe *next_entry(void *data)
{
	struct io_uring_sqe *entry;

	while (unsubmitted > sq_mask)
		enter(0);
	entry = &sqes[*sq_tail & sq_mask];
	memset(entry, 0, sizeof(*entry));
	entry->user_data = (uintptr_t)data;
	__atomic_store_n(sq_tail, *sq_tail + 1, __ATOMIC_RELEASE);
	unsubmitted++;
	return entry;
}

/* ---- Buffers ---- */

static void give_back(unsigned which)
{
	struct io_uring_buf *buffer =
		&free_buffers->bufs[free_tail & (BUFFERS - 1)];

	buffer->addr = (uintptr_t)buffers + (size_t)which * BUFFER;
	buffer->len = BUFFER;
	buffer->bid = (uint16_t)which;
	__atomic_store_n(&free_buffers->tail, ++free_tail, __ATOMIC_RELEASE);
}

static void set_up_buffers(void)
{
	struct io_uring_buf_reg group = { .ring_entries = BUFFERS,
					  .bgid = GROUP };
	size_t size = BUFFERS * sizeof(struct io_uring_buf);
	unsigned i;

	free_buffers = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	buffers = mmap(NULL, (size_t)BUFFERS * BUFFER, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	group.ring_addr = (uintptr_t)free_buffers;
	if (syscall(__NR_io_uring_register, ring, IORING_REGISTER_PBUF_RING,
		    &group, 1))
		fail("io_uring_register", errno);
	for (i = 0; i < BUFFERS; i++)
		give_back(i);
}

/* ---- What is asked for ---- */

static void ask_to_accept(struct connection *listener)
{
	struct io_uring_sqe *entry = next_entry(listener);

	entry->opcode = IORING_OP_ACCEPT;
	entry->fd = listener->fd;
	entry->ioprio = IORING_ACCEPT_MULTISHOT;
	entry->accept_flags = SOCK_NONBLOCK;
}

static void ask_to_receive(struct connection *c)
{
	struct io_uring_sqe *entry = next_entry(c);

	entry->opcode = IORING_OP_RECV;
	entry->fd = c->fd;
	entry->ioprio = IORING_RECV_MULTISHOT;
	entry->flags = IOSQE_BUFFER_SELECT;
	entry->buf_group = GROUP;
}

/* The lowest bit says what it is that has come. */
static void ask_for_room(struct connection *c)
{
	struct io_uring_sqe *entry = next_entry((char *)c + 1);

	entry->opcode = IORING_OP_POLL_ADD;
	entry->fd = c->fd;
	entry->poll32_events = POLLOUT;
}

/* ---- Echoing ---- */

static void keep(struct connection *c, const char *data, size_t length)
{
	c->rest = realloc(c->rest, c->length + length);
	memcpy(c->rest + c->length, data, length);
	c->length += length;
}

static void echo(struct connection *c, const char *data, size_t length)
{
	ssize_t sent = 0;

	if (!c->length)
		sent = send(c->fd, data, length, MSG_NOSIGNAL);
	if (sent == (ssize_t)length)
		return;
	sent = sent < 0 ? 0 : sent;
	if (!c->length)
		ask_for_room(c);
	keep(c, data + sent, length - (size_t)sent);
}

static void send_rest(struct connection *c)
{
	ssize_t sent = send(c->fd, c->rest, c->length, MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN)
		return; /* receiving will tell */
	sent = sent < 0 ? 0 : sent;
	c->length -= (size_t)sent;
	memmove(c->rest, c->rest + sent, c->length);
	if (c->length)
		ask_for_room(c);
}

static void end(struct connection *c)
{
	close(c->fd);
	free(c->rest);
	free(c);
}

static void received(struct connection *c, int got, unsigned flags)
{
	unsigned which = flags >> IORING_CQE_BUFFER_SHIFT;

	if (got > 0)
		echo(c, buffers + (size_t)which * BUFFER, (size_t)got);
	if (flags & IORING_CQE_F_BUFFER)
		give_back(which);
	if (flags & IORING_CQE_F_MORE)
		return;
	if (got > 0 || got == -ENOBUFS)
		ask_to_receive(c);
	else
		end(c);
}

static void accepted(struct connection *listener, int fd, unsigned flags)
{
	struct connection *c;

	if (fd >= 0) {
		c = calloc(1, sizeof(*c));
		c->fd = fd;
		ask_to_receive(c);
	}
	if (!(flags & IORING_CQE_F_MORE))
		ask_to_accept(listener);
}

static void complete(const struct io_uring_cqe *done,
		     struct connection *listener)
{
	struct connection *c = (struct connection *)(uintptr_t)(
		done->user_data & ~UINT64_C(1));

	if (c == listener)
		accepted(c, done->res, done->flags);
	else if (done->user_data & 1)
		send_rest(c);
	else
		received(c, done->res, done->flags);
}

static int listen_somewhere(void)
{
	struct sockaddr_in address = loopback();
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, BACKLOG))
		fail("listen", errno);
	announce(fd);
	return fd;
}

int main(void)
{
	struct connection listener;
	unsigned head, tail;

	set_up();
	set_up_buffers();
	listener = (struct connection){ .fd = listen_somewhere() };
	ask_to_accept(&listener);
	for (;;) {
		enter(1);
		head = *cq_head;
		tail = __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE);
		for (; head != tail; head++)
			complete(&cqes[head & cq_mask], &listener);
		__atomic_store_n(cq_head, head, __ATOMIC_RELEASE);
	}
}
