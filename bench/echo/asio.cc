// SPDX-License-Identifier: MIT
// Boost.Asio with callbacks. Fair: see common/asio-serve.h.
#include "echo/asio.h"

int main()
{
	return serve(begin_by_callbacks<Echo>);
}
