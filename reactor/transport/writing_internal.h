/* SPDX-License-Identifier: MIT */
/*
 * The writing half of a connection: what waits to be sent, and what the kernel
 * said of what was. It knows the descriptor and its reactor, by their watch,
 * and nothing of protocols: its owner hears what sending has come to, and
 * decides what follows.
 */
#ifndef EVERT_REACTOR_WRITING_INTERNAL_H
#define EVERT_REACTOR_WRITING_INTERNAL_H

#include "output_internal.h"

/* Small: every connection has one. What waits is apart, so that nothing is lost
   to alignment. */
struct evert_writing {
	uint32_t high, low; /* marks of the output */
	int16_t error;	    /* an errno: the peer takes nothing more */
	uint8_t descriptors; /* that wait, at most: those written since the
				queue was empty; 255: or more */
	bool ended : 1;	    /* nothing more is taken to be sent */
	bool shut : 1;	    /* our end was sent */
	bool full : 1;	    /* the kernel takes no more for now */
	bool paused : 1;    /* the owner was told of the high-water mark */
	bool sent_much : 1; /* perhaps not acknowledged for long */
	bool plain : 1;	    /* to no socket: nothing is gathered */
};

/* The marks that transport.h names. */
enum { EVERT_HIGH_MARK = 65536, EVERT_LOW_MARK = 16384 };

/* A process has few descriptors, and the bytes they go with may be few: more
   of them than that are over the mark, until all is sent. */
enum { EVERT_DESCRIPTORS_MARK = 64 };

static inline void evert_writing_init(struct evert_writing *writing)
{
	*writing = (struct evert_writing){
		.high = EVERT_HIGH_MARK,
		.low = EVERT_LOW_MARK,
	};
}

/* What sending has come to. */
enum evert_sent {
	EVERT_SENT,	   /* nothing new */
	EVERT_SENT_CHANGED, /* whether the kernel takes more: `full` */
	EVERT_SENT_FAILED, /* `error` says why: ended, what is queued is the
			      owner's to drop */
};

/* Nothing more is taken to be sent; but what gathers goes on, until
   evert_output_end or evert_output_drop. */
static inline void evert_writing_end(struct evert_writing *writing)
{
	writing->ended = true;
}

/* How many bytes it gathers at most. */
static inline size_t evert_writing_gathers(const struct evert_writing *writing)
{
	if (writing->ended || writing->plain)
		return 0;
	return writing->high < EVERT_OUTPUT_GATHERS ? writing->high :
						      EVERT_OUTPUT_GATHERS;
}

/* The peer takes nothing more, as an errno says: ended. What is queued is the
   owner's to drop. */
void evert_writing_fail(struct evert_writing *writing,
			struct evert_output *output,
			struct evert_reactor *reactor, int error);

/* Sends what is queued, as far as the kernel takes it. */
enum evert_sent evert_writing_send(struct evert_writing *writing,
				   struct evert_output *output,
				   const struct evert_watch *watch);

/* Goes on where of what was gathered `sent` bytes were sent, or -errno. */
enum evert_sent evert_writing_send_rest(struct evert_writing *writing,
					struct evert_output *output,
					const struct evert_watch *watch,
					ssize_t sent);

/* Of `length` bytes that went past the queue, which is empty, so many were
   sent, or -errno. */
enum evert_sent evert_writing_sent(struct evert_writing *writing,
				   struct evert_output *output,
				   const struct evert_watch *watch,
				   ssize_t sent, size_t length);

/*
 * Takes all of the pieces, `length` bytes together, which do not fit to what
 * is gathered: sends them or queues a copy. -ENOMEM: there was no memory for
 * that; perhaps some are sent or queued. `*come_to`: of any sending.
 */
int evert_writing_put(struct evert_writing *writing,
		      struct evert_output *output,
		      const struct evert_watch *watch,
		      const struct iovec *pieces, size_t count, size_t length,
		      enum evert_sent *come_to);

void evert_writing_set_marks(struct evert_writing *writing,
			     struct evert_output *output,
			     struct evert_reactor *reactor, size_t high,
			     size_t low);

/* Do too many descriptors wait, of `queued` bytes? */
static inline bool
evert_writing_has_many(const struct evert_writing *writing, size_t queued)
{
	return writing->descriptors > EVERT_DESCRIPTORS_MARK && queued;
}

/* Is more queued than the owner was told of? */
static inline bool evert_writing_is_over(const struct evert_writing *writing,
					 const struct evert_output *output,
					 const struct evert_reactor *reactor)
{
	size_t queued;

	if (writing->paused)
		return false;
	queued = evert_output_queued(output, reactor);
	return queued > writing->high ||
	       evert_writing_has_many(writing, queued);
}

/* Is it time to tell that less is? */
static inline bool evert_writing_is_under(const struct evert_writing *writing,
					  const struct evert_output *output,
					  const struct evert_reactor *reactor)
{
	size_t queued;

	if (!writing->paused)
		return false;
	queued = evert_output_queued(output, reactor);
	return queued <= writing->low &&
	       !evert_writing_has_many(writing, queued);
}

/* So many descriptors are about to be queued behind `queued` bytes. */
static inline void evert_writing_add_descriptors(struct evert_writing *writing,
						 size_t count, size_t queued)
{
	size_t before = queued ? writing->descriptors : 0;
	size_t all = before + count;

	writing->descriptors = all < UINT8_MAX ? (uint8_t)all : UINT8_MAX;
}

#endif
