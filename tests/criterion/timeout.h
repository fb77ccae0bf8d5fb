/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CRITERION_TIMEOUT_H
#define TESTS_CRITERION_TIMEOUT_H

/* Of a test that names none. */
#define DEFAULT_TIMEOUT 60.0 /* seconds: much, for a slow machine and TSan */

#endif
