// SPDX-License-Identifier: MIT
// For Boost.Asio, by callbacks and by coroutines. Fair: lines are split in place
// by hand, as for libuv, and all answers to what was read are sent together, out
// of memory that stays with the connection. Asio's own async_read_until comes
// back once for each line, and what follows it is moved.
#include "common/asio-serve.h"
#include "common/splitter.h"

#include <stdlib.h>
#include <string>

struct Greeter {
	char buffer[65536];
	struct splitter splitter = {nullptr, 0, 0};
	std::string answers;

	~Greeter() { free(splitter.rest); }

	bool received(size_t got, asio::const_buffer &answer)
	{
		answers.clear();
		if (!split(&splitter, buffer, got, greet_one, this))
			return false;
		answer = asio::buffer(answers);
		return true;
	}

private:
	static void greet_one(void *greeter, const char *name, size_t length)
	{
		((Greeter *)greeter)
			->answers.append("Hello, ", 7)
			.append(name, length)
			.append("!\r\n", 3);
	}
};
