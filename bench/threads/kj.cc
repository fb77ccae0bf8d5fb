// SPDX-License-Identifier: MIT
// kj's Executor::executeAsync, which gives the caller a promise. Fair: a caller
// has an event loop of its own, as kj wants it, and waits for many calls
// together; executeSync would have it wait for each.
#include <kj/async-io.h>
#include <kj/vector.h>

#include "common/threads.h"

enum { CALLS_AT_ONCE = 1000 };

static kj::AsyncIoContext *io;
static const kj::Executor *executor;
static kj::Own<kj::PromiseFulfiller<void>> stopper;

class Caller {
public:
	~Caller() { wait_for_all(); }

	void call(void *call)
	{
		calls.add(executor->executeAsync(
			[call]() { loop_called(call); }));
		if (calls.size() == CALLS_AT_ONCE)
			wait_for_all();
	}

private:
	void wait_for_all()
	{
		kj::joinPromises(calls.releaseAsArray()).wait(scope);
	}

	kj::EventLoop loop;
	kj::WaitScope scope{loop};
	kj::Vector<kj::Promise<void>> calls;
};

void loop_create(void)
{
	io = new kj::AsyncIoContext(kj::setupAsyncIo());
	executor = &kj::getCurrentThreadExecutor();
}

void loop_run(void)
{
	auto stopped = kj::newPromiseAndFulfiller<void>();

	stopper = kj::mv(stopped.fulfiller);
	stopped.promise.wait(io->waitScope);
}

void loop_stop(void)
{
	stopper->fulfill();
}

void loop_call_from_thread(void *call)
{
	static thread_local Caller caller;

	caller.call(call);
}

int main()
{
	return threads_main(THREADS_CALLS / 10);
}
