// SPDX-License-Identifier: MIT
// kj's streams and promises. Fair: kj has no lines; they are split in place by
// hand, as for libuv. All answers to what was read are written at once: a
// promise for each would be one system call each. There is no reading while it
// writes.
#include "common/kj-serve.h"
#include "common/splitter.h"

#include <stdlib.h>

#include <kj/vector.h>

class Greeter {
public:
	explicit Greeter(kj::Own<kj::AsyncIoStream> &&s): stream(kj::mv(s)) {}
	~Greeter() { free(splitter.rest); }

	kj::Promise<void> serve()
	{
		return stream->tryRead(buffer, 1, sizeof(buffer))
			.then([this](size_t got) { return received(got); });
	}

private:
	static void greet_one(void *arg, const char *name, size_t length)
	{
		auto &answers = ((Greeter *)arg)->answers;
		size_t before = answers.size();

		answers.resize(before + length + GREETING_EXTRA);
		greet(answers.begin() + before, name, length);
	}

	kj::Promise<void> received(size_t got)
	{
		if (got == 0 || !split(&splitter, buffer, got, greet_one, this))
			return kj::READY_NOW;
		if (answers.empty())
			return serve();
		return stream->write(answers.begin(), answers.size())
			.then([this]() {
				answers.clear();
				return serve();
			});
	}

	kj::Own<kj::AsyncIoStream> stream;
	struct splitter splitter = {nullptr, 0, 0};
	kj::Vector<char> answers;
	char buffer[65536];
};

int main()
{
	return serve<Greeter>();
}
