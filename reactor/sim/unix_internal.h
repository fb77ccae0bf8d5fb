/* SPDX-License-Identifier: MIT */
/*
 * UNIX sockets (unix(7); what Linux does where that says nothing), among the
 * programs of a host. What is sent is at once with who is to read it, message
 * behind message, also of a stream; how much may lie there is bounded where it
 * came from.
 */
#ifndef EVERT_REACTOR_SIM_UNIX_INTERNAL_H
#define EVERT_REACTOR_SIM_UNIX_INTERNAL_H

#include "file_internal.h"

struct evert_sim_path;
struct evert_sim_rights;

enum evert_sim_unix_state {
	EVERT_SIM_UNIX_UNCONNECTED,
	EVERT_SIM_UNIX_LISTENS,
	EVERT_SIM_UNIX_CONNECTED,
};

/* What was shut down, as bits: 1 + how (shutdown(2)). */
enum {
	EVERT_SIM_READING_SHUT = 1,
	EVERT_SIM_WRITING_SHUT = 2,
	EVERT_SIM_ALL_SHUT = 3,
};

/* Options of which the last alone is heeded. */
enum {
	EVERT_SIM_REUSES_ADDRESS = 1,
	EVERT_SIM_KEEPS_ALIVE = 2,
	EVERT_SIM_TELLS_TIME = 4,
};

struct evert_sim_unix {
	struct evert_sim_file base;
	struct evert_list_node node; /* of its host's */
	unsigned holders; /* its file, who it is the peer of, its messages */
	int type;	  /* SOCK_STREAM and the like */
	enum evert_sim_unix_state state;
	unsigned shut;
	int error; /* not told yet */
	bool is_closed, knows_peer;
	bool has_name;	 /* itself: not that of whose backlog it was in */
	bool is_reached; /* while it is looked for garbage */
	struct evert_sim_unix *peer; /* held, also when that one was closed */
	struct evert_address name;   /* length 0: none */
	struct evert_sim_path *path; /* NULL: an abstract name, or removed */
	mode_t mode;
	struct evert_list_node received; /* of a listener: who waits */
	size_t received_count, received_bytes;
	size_t sent;	/* bytes that are not read yet, of whole messages */
	size_t backlog; /* a listener's */
	int send_buffer, receive_buffer; /* bytes; 0: the network's */
	struct linger linger;		 /* is heeded by none */
	int others;			 /* of options, as these bits */
};

struct evert_sim_message {
	struct evert_list_node node;
	struct evert_sim_unix *sender;	 /* held */
	struct evert_sim_rights *rights; /* NULL: none, or taken */
	size_t start, length;		 /* of what was not read */
	size_t whole;
	char data[];
};

static inline struct evert_sim_unix *
evert_sim_unix_from(struct evert_sim_file *file)
{
	return evert_container_of(file, struct evert_sim_unix, base);
}

static inline struct evert_sim_message *
evert_sim_unix_first(const struct evert_sim_unix *sock)
{
	return evert_list_is_empty(&sock->received)
		       ? NULL
		       : evert_container_of(sock->received.next,
					    struct evert_sim_message, node);
}

static inline int evert_sim_unix_take_error(struct evert_sim_unix *sock)
{
	int error = sock->error;

	sock->error = 0;
	return error;
}

/* ---- unix.c ---- */

/* NULL: it is none. */
struct evert_sim_unix *evert_sim_unix_of(struct evert_sim_file *file);

/* Without a descriptor, and held. */
struct evert_sim_unix *evert_sim_unix_make(struct evert_sim_host *host,
					   int type);
void evert_sim_unix_release(struct evert_sim_unix *sock);

/* `peer` NULL: it has none any more. */
void evert_sim_unix_set_peer(struct evert_sim_unix *sock,
			     struct evert_sim_unix *peer);

/* Connects the two. */
void evert_sim_unix_join(struct evert_sim_unix *one,
			 struct evert_sim_unix *other);

int evert_sim_unix_name(struct evert_sim_file *file, bool peer,
			struct evert_address *address);

/* Do more wait to be read than a datagram socket has room for; or to be
   accepted? */
bool evert_sim_unix_is_full(const struct evert_sim_unix *sock);

/* It has room: who sends to it looks. */
void evert_sim_unix_has_room(struct evert_sim_unix *sock);


/* ---- unix_close.c ---- */

/* So much more of it is. */
void evert_sim_unix_shut(struct evert_sim_unix *sock, unsigned shut);
/* Closes one that has no descriptor; `unseen`: that was never accepted. */
void evert_sim_unix_close(struct evert_sim_unix *sock, bool unseen);

/* ---- unix_options.c ---- */

int evert_sim_unix_get(struct evert_sim_file *file, int level, int option,
		       void *value, socklen_t *length);
int evert_sim_unix_set(struct evert_sim_file *file, int level, int option,
		       const void *value, socklen_t length);
size_t evert_sim_unix_send_buffer(const struct evert_sim_unix *sock);

/* ---- unix_connect.c ---- */

int evert_sim_unix_bind(struct evert_sim_file *file,
			const struct evert_address *address);
/* Reads one that may be connected to: 0, or -EINVAL. */
int evert_sim_unix_read(struct evert_address *address, const void *from,
			socklen_t length);
int evert_sim_unix_listen(struct evert_sim_file *file, int backlog);
struct evert_sim_file *evert_sim_unix_accept(struct evert_sim_file *file,
					     struct evert_address *peer,
					     int *error);
int evert_sim_unix_connect(struct evert_sim_file *file,
			   const struct evert_address *to);
/* Who has that address, for a socket of that type; or NULL and `*error`. */
struct evert_sim_unix *evert_sim_unix_find(const struct evert_sim_host *host,
					   const struct evert_address *to,
					   int type, int *error);

/* ---- unix_stream.c, unix_datagram.c ---- */

/* Sets `*taken` where it has taken over the rights, which may be NULL. */
ssize_t evert_sim_stream_send(struct evert_sim_unix *sock,
			      const struct msghdr *message,
			      struct evert_sim_rights *rights, bool *taken);
ssize_t evert_sim_stream_receive(struct evert_sim_unix *sock,
				 struct msghdr *message, int flags);
ssize_t evert_sim_message_send(struct evert_sim_unix *sock,
			       const struct msghdr *message,
			       struct evert_sim_rights *rights, bool *taken);
ssize_t evert_sim_message_receive(struct evert_sim_unix *sock,
				  struct msghdr *message, int flags);
/* The peer of a datagram socket is gone, or is another's: what it had sent is
   lost. */
void evert_sim_unix_disconnected(struct evert_sim_unix *sock,
				 struct evert_sim_unix *former);

/* ---- unix_message.c ---- */

/* Puts one there, with `length` bytes of the parts, from `from` on; takes over
   the rights, which may be NULL. */
void evert_sim_message_put(struct evert_sim_unix *to,
			   struct evert_sim_unix *sender,
			   const struct msghdr *parts, size_t from,
			   size_t length, struct evert_sim_rights *rights);
/* Copies bytes of it to `at` and behind of the parts: how many. */
size_t evert_sim_message_copy(const struct evert_sim_message *message,
			      struct msghdr *parts, size_t at, size_t most);
/* Who sent it, by the name that it has by now. */
void evert_sim_message_say_sender(const struct evert_sim_message *message,
				  struct msghdr *to);
/* It was read, or is lost: both at once, or first the one. */
void evert_sim_message_take_out(struct evert_sim_unix *from,
				struct evert_sim_message *message);
void evert_sim_message_free(struct evert_sim_message *message);
void evert_sim_message_remove(struct evert_sim_unix *from,
			      struct evert_sim_message *message);
void evert_sim_messages_drop(struct evert_sim_unix *sock);

/* ---- rights.c: files that are handed over (SCM_RIGHTS) ---- */

/* What comes beside a message, of which so many bytes are used. */
struct evert_sim_control {
	struct msghdr *message;
	size_t used;
};

/* One of SOL_SOCKET; where there is no room it is cut (MSG_CTRUNC). */
void evert_sim_control_put(struct evert_sim_control *control, int type,
			   const void *data, size_t size);

struct evert_sim_rights {
	size_t count;
	struct evert_sim_file *files[];
};

/* Those of a message that is sent; `*rights` NULL: none. 0, or -errno. */
int evert_sim_rights_take(struct evert_sim_host *host,
			  const struct msghdr *message,
			  struct evert_sim_rights **rights);
/* Do too many others wait to be received? NULL: none are to be sent. */
bool evert_sim_rights_are_too_many(const struct evert_sim_host *host,
				   const struct evert_sim_rights *rights);
/* Gives out as many as there is room for, and says MSG_CTRUNC of the rest.
   NULL: none. */
void evert_sim_rights_give(struct evert_sim_host *host,
			   const struct evert_sim_rights *rights,
			   struct evert_sim_control *control);
void evert_sim_rights_drop(struct evert_sim_rights *rights);

/* ---- unix_garbage.c ---- */

/* Closes sockets that are under way to each other only, whom nobody can ever
   receive. */
void evert_sim_unix_collect(struct evert_sim_host *host);

#endif
