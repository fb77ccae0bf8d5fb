// SPDX-License-Identifier: MIT
// For Boost.Asio, by callbacks and by coroutines.
#include "common/asio-serve.h"

struct Echo {
	char buffer[65536];

	bool received(size_t got, asio::const_buffer &answer)
	{
		answer = asio::buffer(buffer, got);
		return true;
	}
};
