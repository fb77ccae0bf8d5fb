/* SPDX-License-Identifier: MIT */
#include "common/serve.h"

#include <protocols/tls/tls.h>

#include "context.h"

struct evert_deferred *listen_somewhere(struct evert_reactor *reactor,
					struct evert_factory *factory)
{
	struct evert_tls_options options = {
		.certificate_file = tls_certificate(),
	};
	struct evert_tls_context *context;
	struct evert_failure *failure = evert_tls_context_create(
		&context, EVERT_TLS_SERVER, &options);
	struct evert_deferred *d;

	if (failure)
		return evert_deferred_create_fired(
			evert_result_failure(failure));
	d = evert_tls_listen(reactor, "tcp:127.0.0.1:0", factory, context);
	evert_tls_context_release(context);
	return d;
}
