/* SPDX-License-Identifier: MIT */
/* Names of UNIX sockets, and who connects to whom. Nothing of it takes time. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "path_internal.h"
#include "unix_internal.h"

enum {
	AUTOMATIC_NAMES = 1 << 20
};

static const socklen_t before_path = offsetof(struct sockaddr_un, sun_path);

static int check(const struct evert_address *address)
{
	return address->as.any.sa_family != AF_UNIX ||
			       address->length <= before_path
		       ? -EINVAL
		       : 0;
}

int evert_sim_unix_read(struct evert_address *address, const void *from,
			socklen_t length)
{
	int error = evert_sim_read_address(address, from, length);

	return error ? error : check(address);
}

/* ---- Who has which name ---- */

static struct evert_sim_unix *find_abstract(const struct evert_sim_host *host,
					    const struct evert_address *name,
					    int type)
{
	const struct evert_list_node *list = &host->unix_sockets, *node;
	struct evert_sim_unix *sock;

	for (node = list->next; node != list; node = node->next) {
		sock = evert_container_of((struct evert_list_node *)node,
					  struct evert_sim_unix, node);
		if (sock->has_name && sock->type == type &&
		    evert_address_is_equal(&sock->name, name))
			return sock;
	}
	return NULL;
}

/* The path as a text; "": it is an abstract name. */
static void read_path(const struct evert_address *address, char *text)
{
	size_t length;
	const char *path = evert_address_path(address, &length);

	memcpy(text, path, length);
	text[length] = '\0';
}

struct evert_sim_unix *evert_sim_unix_find(const struct evert_sim_host *host,
					   const struct evert_address *to,
					   int type, int *error)
{
	char text[sizeof(to->as.local.sun_path) + 1];
	struct evert_sim_unix *found;
	const struct evert_sim_path *path;

	read_path(to, text);
	if (!*text) {
		found = find_abstract(host, to, type);
		*error = found ? 0 : -ECONNREFUSED;
		return found;
	}
	path = evert_sim_path_find(host, text);
	found = path ? path->socket : NULL;
	*error = !path		       ? -ENOENT
		 : !found	       ? -ECONNREFUSED
		 : found->type != type ? -EPROTOTYPE
				       : 0;
	return *error ? NULL : found;
}

/* ---- Binding ---- */

static void set_name(struct evert_sim_unix *sock,
		     const struct evert_address *name)
{
	sock->name = *name;
	sock->has_name = true;
}

static int bind_abstract(struct evert_sim_unix *sock,
			 const struct evert_address *name)
{
	if (sock->name.length)
		return -EINVAL;
	if (find_abstract(sock->base.host, name, sock->type))
		return -EADDRINUSE;
	set_name(sock, name);
	return 0;
}

/* Five hexadecimal digits. */
static int bind_automatically(struct evert_sim_unix *sock)
{
	struct evert_sim *sim = sock->base.host->sim;
	struct evert_address name;
	char text[8] = "";
	int error;

	if (sock->name.length)
		return 0;
	do {
		snprintf(text + 1, sizeof(text) - 1, "%05x",
			 (unsigned)evert_sim_random(sim, AUTOMATIC_NAMES));
		evert_address_unix(&name, text, 6);
		error = bind_abstract(sock, &name);
	} while (error);
	return error;
}

/* The kernel counts a zero byte behind it. */
static struct evert_address as_kernel_says(const struct evert_address *address,
					   const char *text)
{
	struct evert_address name = *address;

	name.length = before_path + (socklen_t)strlen(text) + 1;
	if (name.length > sizeof(name.as.local))
		name.length = sizeof(name.as.local);
	return name;
}

static int bind_path(struct evert_sim_unix *sock,
		     const struct evert_address *address, const char *text)
{
	struct evert_sim_host *host = sock->base.host;
	struct evert_address name = as_kernel_says(address, text);

	if (evert_sim_path_find(host, text))
		return -EADDRINUSE;
	if (sock->name.length)
		return -EINVAL;
	sock->path = evert_sim_path_make(host, text, sock->mode, sock);
	set_name(sock, &name);
	return 0;
}

int evert_sim_unix_bind(struct evert_sim_file *file,
			const struct evert_address *address)
{
	struct evert_sim_unix *sock = evert_sim_unix_from(file);
	char text[sizeof(address->as.local.sun_path) + 1];
	int error;

	if (address->as.any.sa_family == AF_UNIX &&
	    address->length == before_path)
		return bind_automatically(sock);
	error = check(address);
	if (error)
		return error;
	read_path(address, text);
	return *text ? bind_path(sock, address, text)
		     : bind_abstract(sock, address);
}

/* ---- Listening and accepting ---- */

int evert_sim_unix_listen(struct evert_sim_file *file, int backlog)
{
	struct evert_sim_unix *sock = evert_sim_unix_from(file);

	if (sock->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	if (!sock->name.length || sock->state == EVERT_SIM_UNIX_CONNECTED)
		return -EINVAL;
	sock->backlog = backlog < 0 || backlog > SOMAXCONN ? SOMAXCONN
							   : (size_t)backlog;
	sock->state = EVERT_SIM_UNIX_LISTENS;
	sock->knows_peer = true;
	evert_sim_file_changed(file);
	return 0;
}

struct evert_sim_file *evert_sim_unix_accept(struct evert_sim_file *file,
					     struct evert_address *peer,
					     int *error)
{
	struct evert_sim_unix *listener = evert_sim_unix_from(file), *made;
	struct evert_sim_message *first = evert_sim_unix_first(listener);

	*error = listener->type == SOCK_DGRAM		     ? -EOPNOTSUPP
		 : listener->state != EVERT_SIM_UNIX_LISTENS ? -EINVAL
		 : !first				     ? -EAGAIN
							     : 0;
	if (*error)
		return NULL;
	made = first->sender;
	evert_sim_message_remove(listener, first);
	evert_sim_unix_name(&made->base, true, peer);
	return &made->base;
}

/* ---- Connecting ---- */

static void make_connection(struct evert_sim_unix *sock,
			    struct evert_sim_unix *listener)
{
	struct evert_sim_unix *made =
		evert_sim_unix_make(sock->base.host, sock->type);

	made->name = listener->name;
	evert_sim_unix_join(sock, made);
	evert_sim_message_put(listener, made, NULL, 0, 0, NULL);
}

static int connect_stream(struct evert_sim_unix *sock,
			  const struct evert_address *to)
{
	struct evert_sim_unix *listener;
	int error = check(to);

	if (error)
		return error;
	listener = evert_sim_unix_find(sock->base.host, to, sock->type, &error);
	if (error)
		return error;
	if (listener->state != EVERT_SIM_UNIX_LISTENS ||
	    listener->shut & EVERT_SIM_READING_SHUT)
		return -ECONNREFUSED;
	if (evert_sim_unix_is_full(listener))
		return -EAGAIN;
	if (sock->state != EVERT_SIM_UNIX_UNCONNECTED)
		return sock->state == EVERT_SIM_UNIX_CONNECTED ? -EISCONN
							       : -EINVAL;
	make_connection(sock, listener);
	return 0;
}

/* To nobody: AF_UNSPEC. */
static int find_peer(struct evert_sim_unix *sock,
		     const struct evert_address *to,
		     struct evert_sim_unix **other)
{
	int error;

	*other = NULL;
	if (to->as.any.sa_family == AF_UNSPEC)
		return 0;
	error = check(to);
	if (!error)
		*other = evert_sim_unix_find(sock->base.host, to, sock->type,
					     &error);
	if (!error && (*other)->peer && (*other)->peer != sock)
		error = -EPERM;
	return error;
}

static int connect_datagram(struct evert_sim_unix *sock,
			    const struct evert_address *to)
{
	struct evert_sim_unix *other, *former = sock->peer;
	int error = find_peer(sock, to, &other);

	if (error)
		return error;
	if (former)
		former->holders++;
	evert_sim_unix_set_peer(sock, other);
	if (former && former != other)
		evert_sim_unix_disconnected(sock, former);
	if (former)
		evert_sim_unix_release(former);
	evert_sim_file_changed(&sock->base);
	return 0;
}

int evert_sim_unix_connect(struct evert_sim_file *file,
			   const struct evert_address *to)
{
	struct evert_sim_unix *sock = evert_sim_unix_from(file);

	return sock->type == SOCK_DGRAM ? connect_datagram(sock, to)
					: connect_stream(sock, to);
}
