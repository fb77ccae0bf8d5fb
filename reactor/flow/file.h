/* SPDX-License-Identifier: MIT */
/*
 * Files, read and written in the reactor's pool of threads, so that a slow disk
 * holds nobody up (reactor/thread/thread_pool.h, which says what happens when
 * too many wait and when the reactor stops).
 *
 *	d = evert_file_read(reactor, "/etc/motd", 65536);
 *	evert_deferred_add_callback(d, show, NULL);
 *
 * What is read is a text: evert_result_as_text, evert_result_text_length. A
 * failure is EVERT_SYSTEM with the errno, and names the path.
 *
 * Cancelled while it runs, a call is let go: reading stops at the next piece,
 * writing goes on.
 *
 * Thread rule: the reactor's thread; from every callback. The caller owns the
 * reading ends; what is given is copied, descriptors are duplicated.
 */
#ifndef EVERT_REACTOR_FLOW_FILE_H
#define EVERT_REACTOR_FLOW_FILE_H

#include <sys/types.h>

#include "../../deferred/deferred.h"
#include "../reactor.h"

EVERT_BEGIN

/* ---- Whole files ---- */

/* Reads all of it; EFBIG where it has more than `most` bytes. A pipe that
   nobody writes to is empty: it is not waited for. NULL without memory. */
#define evert_file_read(...) evert_file_read_at(EVERT_HERE, __VA_ARGS__)
EVERT_MUST_USE
struct evert_deferred *evert_file_read_at(const char *place,
					  struct evert_reactor *reactor,
					  const char *path, size_t most);

/* How a file is written. All zero is the default. */
struct evert_file_options {
	mode_t mode; /* of a file that is made; 0: 0666; less the umask */
	/* Writes a new file beside it and renames that: whoever reads finds
	   the old or the new one, whole. It is a new file, of this mode and
	   owner; a symbolic link is replaced. */
	bool atomic;
	/* Fires when it is on the disk, name included (fsync(2)). */
	bool sync;
};

/* Makes it, or replaces what it has. Fires with nothing. `options` may be NULL.
   When it fails and is not atomic, a part may be written. NULL without
   memory. */
#define evert_file_write(...) evert_file_write_at(EVERT_HERE, __VA_ARGS__)
EVERT_MUST_USE
struct evert_deferred *
evert_file_write_at(const char *place, struct evert_reactor *reactor,
		    const char *path, const void *data, size_t length,
		    const struct evert_file_options *options);

/* ---- In pieces, of a file that the caller has open ---- */

/* Reads `length` bytes from `offset` on; fewer only at its end, none behind
   it. */
#define evert_file_read_piece(...) \
	evert_file_read_piece_at(EVERT_HERE, __VA_ARGS__)
EVERT_MUST_USE
struct evert_deferred *
evert_file_read_piece_at(const char *place, struct evert_reactor *reactor,
			 int fd, off_t offset, size_t length);

/* Writes it all there. Fires with nothing. */
#define evert_file_write_piece(...) \
	evert_file_write_piece_at(EVERT_HERE, __VA_ARGS__)
EVERT_MUST_USE
struct evert_deferred *
evert_file_write_piece_at(const char *place, struct evert_reactor *reactor,
			  int fd, off_t offset, const void *data,
			  size_t length);

EVERT_END

#endif
