/* SPDX-License-Identifier: MIT */
/* poll(2), everywhere. An array without gaps; `places` tells where in it a
   descriptor stands. */
#include "poller_internal.h"

#include <errno.h>

#include "../../deferred/base/memory.h"

enum { NAP_MILLISECONDS = 10 };

struct poll_poller {
	struct evert_poller base;
	struct pollfd *fds;
	uint64_t *tags;	 /* of each of `fds` */
	uint32_t *places; /* by descriptor */
	size_t count, capacity;
	size_t known; /* descriptors that `places` has room for */
	size_t next;  /* where the last report ended */
};

static struct poll_poller *from(struct evert_poller *base)
{
	return evert_container_of(base, struct poll_poller, base);
}

static struct evert_poller *create(struct evert_system *system)
{
	struct poll_poller *poller = evert_allocate(sizeof(*poller));

	if (!poller)
		return NULL;
	*poller = (struct poll_poller){
		.base = { &evert_poller_poll, system },
	};
	return &poller->base;
}

static void destroy(struct evert_poller *base)
{
	struct poll_poller *poller = from(base);

	evert_free(poller->fds);
	evert_free(poller->tags);
	evert_free(poller->places);
	evert_free(poller);
}

static bool make_room_to_wait(struct poll_poller *poller)
{
	size_t capacity = poller->capacity ? poller->capacity * 2 : 16;
	struct pollfd *fds;
	uint64_t *tags;

	if (poller->count < poller->capacity)
		return true;
	fds = evert_reallocate(poller->fds, capacity * sizeof(*fds));
	if (!fds)
		return false;
	poller->fds = fds;
	tags = evert_reallocate(poller->tags, capacity * sizeof(*tags));
	if (!tags)
		return false;
	poller->tags = tags;
	poller->capacity = capacity;
	return true;
}

static bool make_room_to_find(struct poll_poller *poller, int fd)
{
	size_t known = poller->known ? poller->known : 16;
	uint32_t *places;

	while (known <= (size_t)fd)
		known *= 2;
	if (known == poller->known)
		return true;
	places = evert_reallocate(poller->places, known * sizeof(*places));
	if (!places)
		return false;
	poller->places = places;
	poller->known = known;
	return true;
}

static void forget(struct poll_poller *poller, int fd)
{
	size_t place = poller->places[fd];
	size_t last = --poller->count;

	poller->fds[place] = poller->fds[last];
	poller->tags[place] = poller->tags[last];
	poller->places[poller->fds[place].fd] = (uint32_t)place;
}

static int set(struct evert_poller *base, int fd, unsigned before,
	       unsigned after, uint64_t tag)
{
	struct poll_poller *poller = from(base);
	size_t place;

	if (!after) {
		forget(poller, fd);
		return 0;
	}
	if (!before) {
		if (!make_room_to_wait(poller) ||
		    !make_room_to_find(poller, fd))
			return -ENOMEM;
		poller->places[fd] = (uint32_t)poller->count++;
	}
	place = poller->places[fd];
	poller->tags[place] = tag;
	poller->fds[place].fd = fd;
	poller->fds[place].events = (short)after;
	return 0;
}

static unsigned readiness(short events)
{
	/* A descriptor that is not open: to read it will say so. */
	return events & POLLNVAL ? EVERT_BROKEN : (unsigned)events;
}

static struct evert_event report(const struct poll_poller *poller,
				 size_t place)
{
	struct evert_event event = {
		.tag = poller->tags[place],
		.ready = readiness(poller->fds[place].revents),
	};

	return event;
}

/* ---- Waiting ---- */

static int poll_some(struct poll_poller *poller, size_t first, size_t count,
		     int milliseconds)
{
	struct evert_system *system = poller->base.system;
	struct pollfd *fds = count ? &poller->fds[first] : NULL;

	return system->ops->poll(system, fds, count, milliseconds);
}

/* As many at a time as can be: how many of them are ready. */
static int poll_in_pieces(struct poll_poller *poller)
{
	size_t piece = poller->count / 2 + 1, first = 0, count, i;
	int ready = 0, more;

	while (first < poller->count) {
		count = poller->count - first;
		if (count > piece)
			count = piece;
		more = poll_some(poller, first, count, 0);
		if (more < 0 && count > 1) {
			piece = count / 2;
			continue;
		}
		for (i = first; more < 0 && i < poller->count; i++)
			poller->fds[i].revents = 0;
		if (more < 0)
			break; /* not even one: another time */
		ready += more;
		first += count;
	}
	return ready;
}

/* The kernel takes no more than RLIMIT_NOFILE allows, which may have become
   less than there are; or it has no memory. So nothing sleeps in poll(2). */
static int nap_and_poll(struct poll_poller *poller, int milliseconds)
{
	int ready = poll_in_pieces(poller);

	if (ready || !milliseconds)
		return ready;
	if (milliseconds < 0 || milliseconds > NAP_MILLISECONDS)
		milliseconds = NAP_MILLISECONDS;
	poll_some(poller, 0, 0, milliseconds);
	return 0;
}

static bool is_want_of_room(int error)
{
	return error == -EINVAL || error == -ENOMEM || error == -EAGAIN;
}

static int wait(struct evert_poller *base, struct evert_event *events,
		int count, int milliseconds)
{
	struct poll_poller *poller = from(base);
	int ready = poll_some(poller, 0, poller->count, milliseconds);
	int reported = 0;
	size_t seen;

	if (is_want_of_room(ready))
		ready = nap_and_poll(poller, milliseconds);
	if (ready < 0)
		return ready;
	if (count > ready)
		count = ready;
	/* From where the last report ended: when more are ready than `events`
	   takes, each has its turn. */
	for (seen = 0; seen < poller->count && reported < count; seen++) {
		if (poller->next >= poller->count)
			poller->next = 0;
		if (poller->fds[poller->next].revents)
			events[reported++] = report(poller, poller->next);
		poller->next++;
	}
	return reported;
}

const struct evert_poller_ops evert_poller_poll = {
	.name = "poll",
	.create = create,
	.destroy = destroy,
	.set = set,
	.wait = wait,
};
