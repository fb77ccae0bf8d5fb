// SPDX-License-Identifier: MIT
// Boost.Asio with C++20's coroutines: see asio.h and
// common/asio-serve.h.
#include "greeting/asio.h"

int main()
{
	return serve(begin_coroutine<Greeter>);
}
