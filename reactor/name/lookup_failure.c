/* SPDX-License-Identifier: MIT */
#include "lookup_failure.h"

const struct evert_error evert_error_no_name =
	EVERT_ERROR_INIT(evert_error_no_name, EVERT_LOOKUP_FAILED, "NO_NAME",
			 "there is no such name");
const struct evert_error evert_error_no_data =
	EVERT_ERROR_INIT(evert_error_no_data, EVERT_LOOKUP_FAILED, "NO_DATA",
			 "the name has nothing of that kind");
const struct evert_error evert_error_server_failed = EVERT_ERROR_INIT(
	evert_error_server_failed, EVERT_LOOKUP_FAILED, "SERVER_FAILED",
	"no name server could tell");
const struct evert_error evert_error_lookup_timed_out = EVERT_ERROR_INIT(
	evert_error_lookup_timed_out, EVERT_LOOKUP_FAILED, "LOOKUP_TIMED_OUT",
	"the name servers said nothing");
