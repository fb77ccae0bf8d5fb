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

/* Names no watch. */
#define ALARM_TAG UINT64_MAX

struct epoll_poller {
	struct evert_poller base;
	int fd;
	int alarm; /* a timerfd, where another loop waits for us; or -1 */
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
	poller->alarm = -1;
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
	if (poller->alarm >= 0)
		base->system->ops->close(base->system, poller->alarm);
	evert_free(poller);
}

static inline int control(struct evert_poller *base, int operation, int fd,
		   unsigned wanted, uint64_t tag)
{
	struct epoll_event event = { .events = wanted, .data.u64 = tag };

	return base->system->ops->epoll_ctl(base->system, from(base)->fd,
					    operation, fd, &event);
}

/* The kernel forgets a descriptor that is closed. */
static EVERT_APART int change(struct evert_poller *base, int fd,
			      unsigned after, uint64_t tag)
{
	int error = control(base, after ? EPOLL_CTL_MOD : EPOLL_CTL_DEL, fd,
			    after, tag);

	if (!after && (error == -ENOENT || error == -EBADF))
		return 0;
	if (after && error == -ENOENT)
		return control(base, EPOLL_CTL_ADD, fd, after, tag);
	return error;
}

static int set(struct evert_poller *base, int fd, unsigned before,
	       unsigned after, uint64_t tag)
{
	return before ? change(base, fd, after, tag) :
			control(base, EPOLL_CTL_ADD, fd, after, tag);
}

/* ---- For another loop ---- */

static void set_alarm(struct evert_poller *base, int64_t nanoseconds)
{
	/* To a timerfd 0 is never. */
	if (nanoseconds == 0)
		nanoseconds = 1;
	if (from(base)->alarm >= 0)
		base->system->ops->timerfd_set(base->system, from(base)->alarm,
					       nanoseconds < 0 ? 0 :
								 nanoseconds);
}

static int make_alarm(struct epoll_poller *poller)
{
	struct evert_system *system = poller->base.system;
	int error, fd;

	if (!system->ops->timerfd_create)
		return -ENOTSUP;
	fd = system->ops->timerfd_create(system);
	if (fd < 0)
		return fd;
	error = control(&poller->base, EPOLL_CTL_ADD, fd, EPOLLIN, ALARM_TAG);
	if (error)
		system->ops->close(system, fd);
	else
		poller->alarm = fd;
	return error;
}

static int descriptor(struct evert_poller *base)
{
	struct epoll_poller *poller = from(base);
	int error = poller->alarm < 0 ? make_alarm(poller) : 0;

	return error ? error : poller->fd;
}

/* The alarm is no event; it has done its duty. */
static int take_alarm_out(struct evert_poller *base, struct evert_event *events,
			  int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (events[i].tag == ALARM_TAG) {
			set_alarm(base, -1);
			events[i] = events[count - 1];
			return count - 1;
		}
	return count;
}

static int wait(struct evert_poller *base, struct evert_event *events,
		int count, int milliseconds)
{
	int ready = base->system->ops->epoll_wait(
		base->system, from(base)->fd, (struct epoll_event *)events,
		count, milliseconds);

	return from(base)->alarm < 0 ? ready :
				       take_alarm_out(base, events, ready);
}

/* Kernels that do not know it take it for a terminal's. */
static int set_busy_poll(struct evert_poller *base, uint32_t microseconds,
			 uint16_t budget, bool prefer)
{
	struct evert_system *system = base->system;
	int error;

	if (!system->ops->epoll_busy_poll)
		return -ENOTSUP;
	error = system->ops->epoll_busy_poll(system, from(base)->fd,
					     microseconds, budget, prefer);
	return error == -ENOTTY ? -ENOTSUP : error;
}

const struct evert_poller_ops evert_poller_epoll = {
	.name = "epoll",
	.create = create,
	.destroy = destroy,
	.set = set,
	.wait = wait,
	.forgets_closed = true,
	.descriptor = descriptor,
	.alarm = set_alarm,
	.busy_poll = set_busy_poll,
};
