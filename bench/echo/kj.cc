// SPDX-License-Identifier: MIT
// kj's streams and promises. Fair: promises in a row, no copies; a pumpTo takes
// as long for small packets and eight times as long for large ones, since it
// reads 4 KiB at once. A connection has a buffer of its own, as another may
// read before a promise's turn comes; what it never used takes no memory.
// There is no reading while it writes.
#include "common/kj-serve.h"

class Echo {
public:
	explicit Echo(kj::Own<kj::AsyncIoStream> &&s): stream(kj::mv(s)) {}

	kj::Promise<void> serve()
	{
		return stream->tryRead(buffer, 1, sizeof(buffer))
			.then([this](size_t got) { return answer(got); });
	}

private:
	kj::Promise<void> answer(size_t got)
	{
		if (got == 0)
			return kj::READY_NOW;
		return stream->write(buffer, got).then([this]() {
			return serve();
		});
	}

	kj::Own<kj::AsyncIoStream> stream;
	char buffer[65536];
};

int main()
{
	return serve<Echo>();
}
