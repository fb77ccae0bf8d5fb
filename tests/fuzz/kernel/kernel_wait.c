/* SPDX-License-Identifier: MIT */
/* Readiness, as epoll(7) and poll(2) tell it. Time passes while nothing is
   ready. */
#include <errno.h>
#include <sys/epoll.h>

#include "kernel.h"
#include "process.h"

/* By the number that it was registered under, and what that stood for. */
static struct registered {
	struct kernel_file *file;
	struct epoll_event event;
} registered[KERNEL_DESCRIPTORS];
static unsigned polled[KERNEL_DESCRIPTORS];

void kernel_wait_begin(void)
{
	memset(registered, 0, sizeof(registered));
	memset(polled, 0, sizeof(polled));
}

unsigned kernel_wanted(int fd)
{
	struct kernel_file *file = kernel_file(fd);

	if (registered[fd].file == file)
		return registered[fd].event.events;
	return polled[fd];
}

/* It is closed. */
void kernel_forget(const struct kernel_file *file)
{
	int fd;

	for (fd = 0; fd < KERNEL_DESCRIPTORS; fd++)
		if (registered[fd].file == file)
			registered[fd].file = NULL;
}

int kernel_epoll_create(struct evert_system *system)
{
	struct kernel_file *file = kernel_new(KERNEL_IS_EPOLL);
	int fd = kernel_give(file);

	(void)system;
	if (fd < 0)
		free(file);
	return fd;
}

int kernel_epoll_ctl(struct evert_system *system, int epoll, int operation,
		     int fd, struct epoll_event *event)
{
	struct kernel_file *file = kernel_file(fd);
	struct registered *to = &registered[fd];
	int error = 0;

	(void)system;
	must(kernel_file(epoll)->kind == KERNEL_IS_EPOLL);
	if (operation != EPOLL_CTL_DEL)
		error = kernel_planned(KERNEL_EPOLL_CTL, NULL);
	if (error)
		return error;
	if (operation == EPOLL_CTL_ADD ? to->file == file : to->file != file)
		return operation == EPOLL_CTL_ADD ? -EEXIST : -ENOENT;
	to->file = operation == EPOLL_CTL_DEL ? NULL : file;
	if (to->file)
		to->event = *event;
	return 0;
}

/* Nobody is ready: time passes, or a signal comes. 0, or -EINTR. */
static int sleep_for(int milliseconds)
{
	if (!milliseconds)
		return 0;
	if (kernel_sigchld())
		return -EINTR;
	kernel.sleeps++;
	if (kernel.before_sleep)
		kernel.before_sleep();
	must(milliseconds > 0 || kernel.may_sleep_forever);
	if (milliseconds > 0)
		kernel.now += (int64_t)milliseconds * 1000000;
	return 0;
}

int kernel_epoll_wait(struct evert_system *system, int epoll,
		      struct epoll_event *events, int count, int milliseconds)
{
	size_t most = (size_t)count;
	int error = kernel_planned(KERNEL_EPOLL_WAIT, &most), ready = 0;
	struct registered *of;
	unsigned is, i;

	(void)system;
	must(kernel_file(epoll)->kind == KERNEL_IS_EPOLL);
	if (error)
		return error;
	for (i = 0; i < KERNEL_DESCRIPTORS && ready < (int)most; i++) {
		of = &registered[(i + kernel.turn_of) % KERNEL_DESCRIPTORS];
		if (!of->file)
			continue;
		is = kernel_readiness(of->file) &
		     (of->event.events | EPOLLHUP | EPOLLERR);
		if (!is)
			continue;
		events[ready].events = is;
		events[ready++].data = of->event.data;
	}
	return ready ? ready : sleep_for(milliseconds);
}

int kernel_poll(struct evert_system *system, struct pollfd *fds, nfds_t count,
		int milliseconds)
{
	int error = kernel_planned(KERNEL_EPOLL_WAIT, NULL), ready = 0;
	unsigned is;
	nfds_t i;

	(void)system;
	if (error)
		return error;
	memset(polled, 0, sizeof(polled));
	for (i = 0; i < count; i++) {
		fds[i].revents = 0;
		if (fds[i].fd < 0)
			continue;
		is = kernel_readiness(kernel_file(fds[i].fd));
		polled[fds[i].fd] = (unsigned)fds[i].events;
		fds[i].revents = (short)(is & ((unsigned)fds[i].events |
					       POLLHUP | POLLERR));
		ready += fds[i].revents != 0;
	}
	return ready ? ready : sleep_for(milliseconds);
}
