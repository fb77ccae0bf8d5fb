// SPDX-License-Identifier: MIT
// Boost.Asio with C++20's coroutines. Fair: see common/asio-serve.h.
#include "echo/asio.h"

int main()
{
	return serve(begin_coroutine<Echo>);
}
