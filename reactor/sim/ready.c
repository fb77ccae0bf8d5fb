/* SPDX-License-Identifier: MIT */
/*
 * epoll(7) and poll(2), level-triggered. What is ready is told in an order
 * that is drawn, and at times only some of it: the kernel promises neither.
 */
#include <errno.h>
#include <sys/epoll.h>

#include "file_internal.h"

_Static_assert((int)EPOLLIN == POLLIN && (int)EPOLLOUT == POLLOUT &&
		       (int)EPOLLHUP == POLLHUP && (int)EPOLLERR == POLLERR &&
		       (int)EPOLLPRI == POLLPRI && (int)EPOLLRDHUP == POLLRDHUP,
	       "epoll and poll have the same names for readiness");

/* Reported whether asked for or not. */
enum {
	ALWAYS = POLLHUP | POLLERR
};

struct epoll {
	struct evert_sim_file base;
	struct evert_list_node watches;
	struct evert_list_node marked; /* of these, those to be looked at */
};

struct watch {
	struct epoll *epoll;
	struct evert_sim_file *file;
	int fd;
	struct epoll_event event;
	struct evert_list_node node;	/* of the epoll's */
	struct evert_list_node of_file; /* of the file's */
	struct evert_list_node mark;
};

static struct watch *watch_at(struct evert_list_node *node)
{
	return evert_container_of(node, struct watch, node);
}

static unsigned ready_of(struct evert_sim_file *file, unsigned wanted)
{
	return file->ops->ready(file) & (wanted | ALWAYS);
}

/* ---- Watching ---- */

static void mark(struct watch *watch)
{
	evert_list_remove(&watch->mark);
	evert_list_append(&watch->epoll->marked, &watch->mark);
}

void evert_sim_file_changed(struct evert_sim_file *file)
{
	struct evert_list_node *node;

	for (node = file->watches.next; node != &file->watches;
	     node = node->next)
		mark(evert_container_of(node, struct watch, of_file));
	evert_sim_stir(file->host);
}

static void drop(struct watch *watch)
{
	evert_list_remove(&watch->node);
	evert_list_remove(&watch->of_file);
	evert_list_remove(&watch->mark);
	evert_sim_free(watch);
}

void evert_sim_file_forget(struct evert_sim_file *file)
{
	while (!evert_list_is_empty(&file->watches))
		drop(evert_container_of(file->watches.next, struct watch,
					of_file));
}

static void close_epoll(struct evert_sim_file *file)
{
	struct epoll *epoll = evert_container_of(file, struct epoll, base);

	while (!evert_list_is_empty(&epoll->watches))
		drop(watch_at(epoll->watches.next));
	evert_sim_free(epoll);
}

/* That of another one is not waited for. */
static unsigned epoll_ready(struct evert_sim_file *file)
{
	(void)file;
	return 0;
}

static ssize_t no_read(struct evert_sim_file *file, void *data, size_t size,
		       bool peek)
{
	(void)file, (void)data, (void)size, (void)peek;
	return -EINVAL;
}

static ssize_t no_write(struct evert_sim_file *file, const struct iovec *parts,
			int count)
{
	(void)file, (void)parts, (void)count;
	return -EINVAL;
}

static const struct evert_sim_file_ops epoll_ops = {
	.read = no_read,
	.write = no_write,
	.ready = epoll_ready,
	.close = close_epoll,
};

int evert_sim_epoll_create(struct evert_sim_host *host)
{
	struct epoll *epoll = evert_sim_allocate(sizeof(*epoll));

	evert_sim_file_init(&epoll->base, host, &epoll_ops);
	evert_list_init(&epoll->watches);
	evert_list_init(&epoll->marked);
	return evert_sim_descriptor_make(&epoll->base);
}

static struct epoll *epoll_at(const struct evert_sim_host *host, int fd,
			      int *error)
{
	struct evert_sim_file *file = evert_sim_file_at(host, fd);

	*error = !file ? -EBADF : file->ops != &epoll_ops ? -EINVAL : 0;
	return *error ? NULL : evert_container_of(file, struct epoll, base);
}

static struct watch *find(struct epoll *epoll, struct evert_sim_file *file,
			  int fd)
{
	struct evert_list_node *node;
	struct watch *watch;

	for (node = file->watches.next; node != &file->watches;
	     node = node->next) {
		watch = evert_container_of(node, struct watch, of_file);
		if (watch->epoll == epoll && watch->fd == fd)
			return watch;
	}
	return NULL;
}

static struct watch *add(struct epoll *epoll, struct evert_sim_file *file,
			 int fd)
{
	struct watch *watch = evert_sim_allocate(sizeof(*watch));

	watch->epoll = epoll;
	watch->file = file;
	watch->fd = fd;
	evert_list_init(&watch->mark);
	evert_list_append(&epoll->watches, &watch->node);
	evert_list_append(&file->watches, &watch->of_file);
	return watch;
}

static int control(struct epoll *epoll, struct evert_sim_file *file, int fd,
		   int operation, const struct epoll_event *event)
{
	struct watch *watch = find(epoll, file, fd);

	if (operation != EPOLL_CTL_ADD && operation != EPOLL_CTL_MOD &&
	    operation != EPOLL_CTL_DEL)
		return -EINVAL;
	if (operation == EPOLL_CTL_ADD && watch)
		return -EEXIST;
	if (operation != EPOLL_CTL_ADD && !watch)
		return -ENOENT;
	if (operation == EPOLL_CTL_DEL) {
		drop(watch);
		return 0;
	}
	if (!watch)
		watch = add(epoll, file, fd);
	watch->event = *event;
	mark(watch);
	evert_sim_stir(file->host);
	return 0;
}

int evert_sim_epoll_ctl(struct evert_sim_host *host, int fd, int operation,
			int watched, const struct epoll_event *event)
{
	struct evert_sim_file *file = evert_sim_file_at(host, watched);
	int error;
	struct epoll *epoll = epoll_at(host, fd, &error);

	if (!file)
		return -EBADF;
	if (!epoll)
		return error;
	if (file->ops == &epoll_ops)
		return -EINVAL; /* one in another: not simulated */
	return control(epoll, file, watched, operation, event);
}

/* ---- epoll_wait ---- */

struct waiting {
	struct evert_sim *sim;
	struct epoll *epoll;
	struct epoll_event *events;
	int count;
};

/* What is ready stays marked; how many. */
static size_t unmark_the_rest(struct epoll *epoll)
{
	struct evert_list_node *node, *next;
	struct watch *watch;
	size_t ready = 0;

	for (node = epoll->marked.next; node != &epoll->marked; node = next) {
		next = node->next;
		watch = evert_container_of(node, struct watch, mark);
		if (ready_of(watch->file, watch->event.events))
			ready++;
		else
			evert_list_remove(node);
	}
	return ready;
}

/* One of the marked, drawn, is taken out into `told`. */
static void tell_one(struct waiting *waiting, struct evert_list_node *told,
		     size_t left, struct epoll_event *event)
{
	struct evert_list_node *node = waiting->epoll->marked.next;
	size_t skip = left > 1 ? evert_sim_random(waiting->sim, left) : 0;
	struct watch *watch;

	while (skip--)
		node = node->next;
	watch = evert_container_of(node, struct watch, mark);
	*event = watch->event;
	event->events = ready_of(watch->file, watch->event.events);
	evert_list_remove(node);
	evert_list_append(told, node);
}

static int look_at_epoll(void *arg)
{
	struct waiting *waiting = arg;
	size_t ready = unmark_the_rest(waiting->epoll);
	size_t count = evert_sim_cut(waiting->sim, ready), i;
	struct evert_list_node told;

	if (count > (size_t)waiting->count)
		count = (size_t)waiting->count;
	evert_list_init(&told);
	for (i = 0; i < count; i++)
		tell_one(waiting, &told, ready - i, &waiting->events[i]);
	while (!evert_list_is_empty(&told))
		mark(evert_container_of(told.next, struct watch, mark));
	return (int)count;
}

int evert_sim_epoll_wait(struct evert_sim_host *host, int fd,
			 struct epoll_event *events, int count,
			 int milliseconds)
{
	int error;
	struct waiting waiting = {
		.sim = host->sim,
		.epoll = epoll_at(host, fd, &error),
		.events = events,
		.count = count,
	};

	if (count <= 0)
		return -EINVAL;
	return error ? error
		     : evert_sim_wait(host, look_at_epoll, &waiting,
				      milliseconds);
}

/* ---- poll ---- */

struct polling {
	struct evert_sim_host *host;
	struct pollfd *fds;
	size_t count;
};

static int look_at_one(const struct evert_sim_host *host, struct pollfd *fd)
{
	struct evert_sim_file *file = evert_sim_file_at(host, fd->fd);

	fd->revents = 0;
	if (fd->fd < 0)
		return 0;
	fd->revents = (short)(file ? ready_of(file, (unsigned short)fd->events)
				   : POLLNVAL);
	return fd->revents != 0;
}

static int look_at_all(void *arg)
{
	struct polling *polling = arg;
	struct evert_sim *sim = polling->host->sim;
	size_t ready = 0, told, i;

	for (i = 0; i < polling->count; i++)
		ready += (size_t)look_at_one(polling->host, &polling->fds[i]);
	told = evert_sim_cut(sim, ready);
	/* Which ones: each with the same chance. */
	for (i = 0; i < polling->count && told < ready; i++)
		if (polling->fds[i].revents && evert_sim_random(sim, 2)) {
			polling->fds[i].revents = 0;
			ready--;
		}
	return (int)ready;
}

int evert_sim_poll(struct evert_sim_host *host, struct pollfd *fds,
		   size_t count, int milliseconds)
{
	struct polling polling = {host, fds, count};

	return evert_sim_wait(host, look_at_all, &polling, milliseconds);
}
