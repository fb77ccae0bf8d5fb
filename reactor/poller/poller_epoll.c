/* SPDX-License-Identifier: MIT */
/* epoll(7), level-triggered. */
#include "poller_internal.h"

#include <errno.h>
#include <sys/epoll.h>

#include "../../deferred/base/memory.h"

_Static_assert(sizeof(struct evert_event) == sizeof(struct epoll_event) &&
		       offsetof(struct evert_event, ready) ==
			       offsetof(struct epoll_event, events) &&
		       offsetof(struct evert_event, tag) ==
			       offsetof(struct epoll_event, data),
	       "the kernel fills in our events");
_Static_assert((int)EPOLLIN == EVERT_READ && (int)EPOLLOUT == EVERT_WRITE &&
		       (int)EPOLLHUP == EVERT_HANGUP &&
		       (int)EPOLLERR == EVERT_BROKEN &&
		       (int)EPOLLPRI == EVERT_URGENT,
	       "epoll and poll have the same names for readiness");

struct epoll_poller {
	struct evert_poller base;
	int fd;
};

static struct epoll_poller *from(struct evert_poller *base)
{
	return evert_container_of(base, struct epoll_poller, base);
}

static struct evert_poller *create(struct evert_system *system)
{
	struct epoll_poller *poller = evert_allocate(sizeof(*poller));

	if (!poller)
		return NULL;
	poller->base.ops = &evert_poller_epoll;
	poller->base.system = system;
	poller->fd = system->ops->epoll_create(system);
	if (poller->fd < 0) {
		errno = -poller->fd;
		evert_free(poller);
		return NULL;
	}
	return &poller->base;
}

static void destroy(struct evert_poller *base)
{
	struct epoll_poller *poller = from(base);

	base->system->ops->close(base->system, poller->fd);
	evert_free(poller);
}

static int control(struct evert_poller *base, int operation, int fd,
		   unsigned wanted, uint64_t tag)
{
	struct epoll_event event = { .events = wanted, .data.u64 = tag };

	return base->system->ops->epoll_ctl(base->system, from(base)->fd,
					    operation, fd, &event);
}

/* The kernel forgets a descriptor that is closed. */
static int set(struct evert_poller *base, int fd, unsigned before,
	       unsigned after, uint64_t tag)
{
	int error;

	if (!before)
		return control(base, EPOLL_CTL_ADD, fd, after, tag);
	error = control(base, after ? EPOLL_CTL_MOD : EPOLL_CTL_DEL, fd, after,
			tag);
	if (!after && (error == -ENOENT || error == -EBADF))
		return 0;
	if (after && error == -ENOENT)
		return control(base, EPOLL_CTL_ADD, fd, after, tag);
	return error;
}

static int wait(struct evert_poller *base, struct evert_event *events,
		int count, int milliseconds)
{
	return base->system->ops->epoll_wait(base->system, from(base)->fd,
					     (struct epoll_event *)events,
					     count, milliseconds);
}

const struct evert_poller_ops evert_poller_epoll = {
	.name = "epoll",
	.create = create,
	.destroy = destroy,
	.set = set,
	.wait = wait,
};
