// SPDX-License-Identifier: MIT
// What all of kj's servers have in common: setupAsyncIo, a ConnectionReceiver,
// and a TaskSet that holds what each connection does.
#ifndef BENCH_COMMON_KJ_SERVE_H
#define BENCH_COMMON_KJ_SERVE_H

#include <kj/async-io.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>

// How a connection ends does not matter.
struct Ignore: kj::TaskSet::ErrorHandler {
	void taskFailed(kj::Exception &&) override {}
};

// A Connection is made of a stream; its serve() is a promise that is done when
// the connection is.
template <typename Connection>
kj::Promise<void> accept_all(kj::ConnectionReceiver &receiver,
			     kj::TaskSet &tasks)
{
	return receiver.accept().then([&](kj::Own<kj::AsyncIoStream> &&stream) {
		int on = 1;

		stream->setsockopt(IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		auto connection = kj::heap<Connection>(kj::mv(stream));
		auto task = connection->serve();
		tasks.add(task.attach(kj::mv(connection)));
		return accept_all<Connection>(receiver, tasks);
	});
}

template <typename Connection> int serve()
{
	auto io = kj::setupAsyncIo();
	Ignore ignore;
	kj::TaskSet tasks(ignore);
	auto receiver = io.provider->getNetwork()
				.parseAddress("127.0.0.1", 0)
				.wait(io.waitScope)
				->listen();

	printf("%u\n", receiver->getPort());
	fflush(stdout);
	accept_all<Connection>(*receiver, tasks).wait(io.waitScope);
	return 1;
}

#endif
