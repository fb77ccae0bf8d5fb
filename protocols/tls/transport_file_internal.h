/* SPDX-License-Identifier: MIT */
/*
 * Files that are to be sent. They are read and encrypted only when there is
 * room below, so what is written behind one has to wait, not encrypted: records
 * are sent in the order in which they were encrypted.
 */
#ifndef EVERT_PROTOCOLS_TLS_TRANSPORT_FILE_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_TRANSPORT_FILE_INTERNAL_H

#include "transport_internal.h"

struct evert_closing;
struct evert_tls_file;

/* Made with the first file, or the first closing time, for good. */
struct evert_tls_files {
	struct evert_tls_file *first; /* NULL: none */
	struct evert_tls_file *last;
	size_t length; /* bytes of all, and of what is behind them */
	struct evert_closing *closing; /* NULL: none yet */
	size_t seen;  /* queued, when that was told last */
	bool narrow;  /* the marks below are for little at a time, */
	bool sends;   /* and it is being sent */
};

int evert_tls_write_file(struct evert_transport *base,
			 struct evert_file_piece *piece);
int evert_tls_set_closing_time(struct evert_transport *base, double seconds);

static inline size_t evert_tls_files_length(const struct evert_tls *tls)
{
	return tls->files ? tls->files->length : 0;
}

/* Puts a copy of bytes behind the last file. False: there was no memory. */
bool evert_tls_put_behind_file(struct evert_tls *tls, const void *data,
			       size_t length);

/* The high-water mark of the one below, while files are sent or not. */
size_t evert_tls_mark_below(const struct evert_tls *tls);

/* Sends of the files what there is room for, or plans to; the Deferreds of those
   that are sent fire inside. After the handshake, with nothing before them. */
void evert_tls_send_files(struct evert_tls *tls);

/* They are not sent; their Deferreds fire inside. */
void evert_tls_drop_files(struct evert_tls *tls);

/* The same, and there will be no more. */
void evert_tls_finish_files(struct evert_tls *tls);

#endif
