/* SPDX-License-Identifier: MIT */
/* A test over each carrier (tls_pair.h), after which finish() is called. */
#ifndef TESTS_SUPPORT_TLS_CARRIERS_H
#define TESTS_SUPPORT_TLS_CARRIERS_H

#include <criterion/parameterized.h>

#include "tls_pair.h"

/*	OVER_EACH_CARRIER(suite, what_holds)
 *	{
 *		tls_pair_open(&pair, carrier, NULL, NULL, NULL);
 *		...
 */
#define OVER_EACH_CARRIER(suite, name)                                     \
	ParameterizedTestParameters(suite, name)                           \
	{                                                                  \
		static enum tls_carrier each[] = {                         \
			OVER_TCP,     OVER_UNIX, OVER_PIPES,               \
			OVER_MEMORY,  OVER_TLS,  OVER_TCP_1_2,             \
			OVER_KTLS,                                         \
		};                                                         \
		return cr_make_param_array(enum tls_carrier, each,         \
					   TLS_CARRIERS);                  \
	}                                                                  \
	static void name(enum tls_carrier carrier);                        \
	ParameterizedTest(enum tls_carrier *carrier, suite, name,          \
			  .fini = finish)                                  \
	{                                                                  \
		name(*carrier);                                            \
	}                                                                  \
	static void name(enum tls_carrier carrier)

#endif
