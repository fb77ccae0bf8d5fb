/* SPDX-License-Identifier: MIT */
#include "serve.h"

struct evert_deferred *listen_somewhere(struct evert_reactor *reactor,
					struct evert_factory *factory)
{
	return evert_listen(reactor, "tcp:127.0.0.1:0", factory);
}
