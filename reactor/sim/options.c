/* SPDX-License-Identifier: MIT */
/* Options that sockets of several kinds keep. */
#include <errno.h>
#include <string.h>

#include "file_internal.h"

const struct evert_sim_number *
evert_sim_number_find(const struct evert_sim_number *numbers, size_t count,
		      int level, int option)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (numbers[i].level == level && numbers[i].option == option)
			return &numbers[i];
	return NULL;
}

static int *place(const struct evert_sim_number *number, void *sock)
{
	return (int *)(void *)((char *)sock + number->at);
}

int evert_sim_number_get(const struct evert_sim_number *number, void *sock,
			 void *value, socklen_t *length)
{
	return evert_sim_give_int(*place(number, sock), value, length);
}

int evert_sim_number_set(const struct evert_sim_number *number, void *sock,
			 const void *value, socklen_t length)
{
	int to;

	if (length < sizeof(to))
		return -EINVAL;
	memcpy(&to, value, sizeof(to));
	if (number->is_flag)
		to = to != 0;
	else if (to < number->least || to > number->most)
		return -EINVAL;
	*place(number, sock) = to;
	return 0;
}

int evert_sim_no_option(int level, int family)
{
	return level == IPPROTO_IPV6 && family != AF_INET6 ? -EOPNOTSUPP
							   : -ENOPROTOOPT;
}

int evert_sim_linger_set(struct linger *linger, const void *value,
			 socklen_t length)
{
	if (length < sizeof(*linger))
		return -EINVAL;
	memcpy(linger, value, sizeof(*linger));
	linger->l_onoff = linger->l_onoff != 0;
	return 0;
}
