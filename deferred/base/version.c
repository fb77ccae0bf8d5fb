/* SPDX-License-Identifier: MIT */
#include "version.h"

const char *evert_version(void)
{
	return EVERT_VERSION;
}

int evert_version_number(void)
{
	return EVERT_VERSION_NUMBER;
}
