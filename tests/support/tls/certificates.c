/* SPDX-License-Identifier: MIT */
#include "certificates.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *certificate_path(const char *name)
{
	static char paths[8][512];
	static size_t next;
	const char *build = getenv("BUILD");
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/tests/certificates/%s",
		 build ? build : "build", name);
	return path;
}

char *certificate_text(const char *name)
{
	FILE *file = fopen(certificate_path(name), "re");
	char *text = calloc(1, 65536);

	cr_assert(file && text, "%s", name);
	fread(text, 1, 65535, file);
	fclose(file);
	return text;
}

static struct evert_tls_context *made(enum evert_tls_side side,
				      const struct evert_tls_options *options)
{
	struct evert_tls_context *context;
	struct evert_failure *failure =
		evert_tls_context_create(&context, side, options);

	cr_assert(!failure, "%s", failure->message);
	return context;
}

struct evert_tls_context *
server_context_with(const char *file, const struct evert_tls_options *options)
{
	struct evert_tls_options all = *options;

	if (file)
		all.certificate_file = certificate_path(file);
	return made(EVERT_TLS_SERVER, &all);
}

struct evert_tls_context *
client_context_with(const char *trust_file,
		    const struct evert_tls_options *options)
{
	struct evert_tls_options all = *options;

	if (trust_file) {
		all.trust_file = certificate_path(trust_file);
		all.trust_only = true;
	}
	return made(EVERT_TLS_CLIENT, &all);
}

struct evert_tls_context *server_context(const char *file)
{
	return server_context_with(file, &(struct evert_tls_options){ 0 });
}

struct evert_tls_context *client_context(const char *trust_file)
{
	return client_context_with(trust_file,
				   &(struct evert_tls_options){ 0 });
}

void is_of_no_use(enum evert_tls_side side,
		  const struct evert_tls_options *options,
		  const char *words)
{
	struct evert_tls_context *context;
	struct evert_failure *failure =
		evert_tls_context_create(&context, side, options);

	cr_assert(failure != NULL, "%s", words);
	cr_expect(context == NULL);
	cr_expect(evert_failure_is(failure, EVERT_TLS_BAD_CONTEXT));
	cr_expect(strstr(failure->message, words) != NULL, "%s",
		  failure->message);
	evert_failure_release(failure);
}
