// SPDX-License-Identifier: MIT
// kj's streams and promises. Fair: it writes blocks that need no copy, several
// at a time, and when they are written the next ones.
#include "common/kj-serve.h"

static const kj::byte block[65536] = {};
static const kj::ArrayPtr<const kj::byte> blocks[] = {block, block, block,
						      block};
static char buffer[65536];

class Bulk {
public:
	explicit Bulk(kj::Own<kj::AsyncIoStream> &&s): stream(kj::mv(s)) {}

	kj::Promise<void> serve()
	{
		return stream->tryRead(buffer, 1, sizeof(buffer))
			.then([this](size_t got) -> kj::Promise<void> {
				if (got == 0)
					return kj::READY_NOW;
				return *buffer == 's' ? send() : receive();
			});
	}

private:
	kj::Promise<void> send()
	{
		return stream->write(blocks).then([this]() {
			return send();
		});
	}

	kj::Promise<void> receive()
	{
		return stream->tryRead(buffer, 1, sizeof(buffer))
			.then([this](size_t got) -> kj::Promise<void> {
				if (got == 0)
					return kj::READY_NOW;
				return receive();
			});
	}

	kj::Own<kj::AsyncIoStream> stream;
};

int main()
{
	return serve<Bulk>();
}
