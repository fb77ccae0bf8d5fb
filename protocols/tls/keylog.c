/* SPDX-License-Identifier: MIT */
/* The keys of connections, for who looks at them with Wireshark: into the file
   that SSLKEYLOGFILE names, in a line each, as NSS wrote them first. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "parts_internal.h"
#include "session_internal.h"

/* At once, and at the end: other threads and programs write there, too. What
   can't be written is lost. */
static void write_line(const SSL *ssl, const char *line)
{
	struct evert_tls_session *session = evert_tls_session_of(ssl);
	struct iovec pieces[] = {
		{(void *)(uintptr_t)line, strlen(line)},
		{"\n", 1},
	};

	if (session && writev(session->context->keylog, pieces, 2) < 0)
		return;
}

/* The environment of who runs a program is not that of whom it runs as. */
struct evert_failure *
evert_tls_use_keylog(struct evert_tls_context *context,
		     const struct evert_tls_options *options)
{
	const char *path = secure_getenv("SSLKEYLOGFILE");

	(void)options;
	if (!path || !*path)
		return NULL;
	context->keylog =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (context->keylog < 0)
		return evert_failure_create(EVERT_TLS_BAD_CONTEXT, errno,
					    "SSLKEYLOGFILE %s", path);
	SSL_CTX_set_keylog_callback(context->ssl, write_line);
	return NULL;
}
