/* SPDX-License-Identifier: MIT */
/* Whom a simulated host asks for names. */
#ifndef TESTS_SIM_COMMON_NAME_SERVERS_H
#define TESTS_SIM_COMMON_NAME_SERVERS_H

#include <evert.h>

/* Has a reactor ask these, and look into no file of the real host. */
void use_name_servers(struct evert_reactor *reactor,
		      const struct evert_address *servers, size_t count);

#endif
