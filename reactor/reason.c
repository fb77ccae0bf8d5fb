/* SPDX-License-Identifier: MIT */
#include "reason.h"

const struct evert_error evert_error_connection_done =
	EVERT_ERROR_INIT(evert_error_connection_done, EVERT_ERROR,
			 "CONNECTION_DONE", "the connection was closed");
const struct evert_error evert_error_connection_detached = EVERT_ERROR_INIT(
	evert_error_connection_detached, EVERT_CONNECTION_DONE,
	"CONNECTION_DETACHED", "the connection was handed over");
const struct evert_error evert_error_connection_lost =
	EVERT_ERROR_INIT(evert_error_connection_lost, EVERT_ERROR,
			 "CONNECTION_LOST", "the connection broke");
const struct evert_error evert_error_connection_aborted =
	EVERT_ERROR_INIT(evert_error_connection_aborted, EVERT_CONNECTION_LOST,
			 "CONNECTION_ABORTED", "the connection was aborted");
const struct evert_error evert_error_reactor_stopped = EVERT_ERROR_INIT(
	evert_error_reactor_stopped, EVERT_CONNECTION_LOST, "REACTOR_STOPPED",
	"the reactor was stopped");
const struct evert_error evert_error_connect_failed =
	EVERT_ERROR_INIT(evert_error_connect_failed, EVERT_ERROR,
			 "CONNECT_FAILED", "cannot connect");
const struct evert_error evert_error_lookup_failed =
	EVERT_ERROR_INIT(evert_error_lookup_failed, EVERT_CONNECT_FAILED,
			 "LOOKUP_FAILED", "the name could not be looked up");
