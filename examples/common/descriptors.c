/* SPDX-License-Identifier: MIT */
#include "descriptors.h"

#include <sys/resource.h>

void example_allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}
