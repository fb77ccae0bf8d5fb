// SPDX-License-Identifier: MIT
// Boost.Asio with callbacks: see asio.h and common/asio-serve.h.
#include "greeting/asio.h"

int main()
{
	return serve(begin_by_callbacks<Greeter>);
}
