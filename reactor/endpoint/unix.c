/* SPDX-License-Identifier: MIT */
/* unix:PATH and unix-abstract:NAME; unix-seqpacket: is the same with
   messages. */
#include "builtin_internal.h"
#include "options_internal.h"
#include "unix_address_internal.h"

#define STREAM_PARAMETERS                                                     \
	EVERT_TIMEOUT_PARAMETER, EVERT_BACKLOG_PARAMETER,                     \
	EVERT_BUFFER_PARAMETERS

const struct evert_endpoint_parameter evert_unix_path[] = {
	EVERT_PATH_PARAMETER,
	STREAM_PARAMETERS,
	EVERT_OWNER_PARAMETERS(EVERT_TO_LISTEN),
	{ .name = NULL },
};

const struct evert_endpoint_parameter evert_unix_name[] = {
	EVERT_NAME_PARAMETER,
	STREAM_PARAMETERS,
	{ .name = NULL },
};

const struct evert_builtin_kind evert_unix_kind = {
	.source = &evert_unix_source,
	.check = evert_unix_check,
};

#define SEQPACKET_PARAMETERS                                                  \
	EVERT_BACKLOG_PARAMETER, EVERT_QUEUE_PARAMETERS(EVERT_TO_CONNECT),    \
	EVERT_BUFFER_PARAMETERS

const struct evert_endpoint_parameter evert_unix_seqpacket_path[] = {
	EVERT_PATH_PARAMETER,
	SEQPACKET_PARAMETERS,
	EVERT_OWNER_PARAMETERS(EVERT_TO_LISTEN),
	{ .name = NULL },
};

const struct evert_endpoint_parameter evert_unix_seqpacket_name[] = {
	EVERT_NAME_PARAMETER,
	SEQPACKET_PARAMETERS,
	{ .name = NULL },
};

const struct evert_builtin_kind evert_unix_seqpacket_kind = {
	.source = &evert_unix_source,
	.check = evert_unix_check,
	.seqpacket = true,
};
