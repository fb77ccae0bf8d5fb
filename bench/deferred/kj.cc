// SPDX-License-Identifier: MIT
// kj promises (Cap'n Proto's), in the documented manner: chains of `then`, a
// fulfiller, `wait` on one event loop. Fair: no exception is thrown where kj
// can pass one on without; the callbacks are lambdas that the compiler sees.
#include <kj/async.h>
#include <kj/debug.h>
#include <kj/vector.h>

#include "common/measure.h"

static kj::WaitScope *scope;

static void chain(size_t events, size_t links)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < events; i++) {
		auto pair = kj::newPromiseAndFulfiller<uint64_t>();
		kj::Promise<uint64_t> promise = kj::mv(pair.promise);
		for (size_t link = 1; link < links; link++)
			promise = promise.then(
				[](uint64_t in) { return in + 1; });
		auto done = promise.then([&sum](uint64_t in) { sum += in; });
		pair.fulfiller->fulfill(1);
		done.wait(*scope);
	}
	measure_check("chain", sum, events * links);
}

static void chained(size_t events)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < events; i++) {
		auto outer = kj::newPromiseAndFulfiller<void>();
		auto inner = kj::newPromiseAndFulfiller<uint64_t>();
		auto done = outer.promise
			.then([&inner]() { return kj::mv(inner.promise); })
			.then([&sum](uint64_t in) { sum += in; });
		outer.fulfiller->fulfill();
		inner.fulfiller->fulfill(1);
		done.wait(*scope);
	}
	measure_check("chained", sum, events);
}

static void failure(size_t events)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < events; i++) {
		auto pair = kj::newPromiseAndFulfiller<uint64_t>();
		kj::Promise<uint64_t> promise = kj::mv(pair.promise);
		for (size_t link = 0; link < 10; link++)
			promise = promise.then(
				[](uint64_t in) { return in + 1; });
		auto done = promise
			.catch_([](kj::Exception &&) { return uint64_t(1); })
			.then([&sum](uint64_t in) { sum += in; });
		pair.fulfiller->reject(KJ_EXCEPTION(FAILED, "no such thing"));
		done.wait(*scope);
	}
	measure_check("failure", sum, events);
}

static void gather(size_t events)
{
	uint64_t sum = 0;
	size_t done;

	for (done = 0; done < events; done += 1000) {
		auto inputs = kj::heapArrayBuilder<kj::Promise<uint64_t>>(1000);
		kj::Vector<kj::Own<kj::PromiseFulfiller<uint64_t>>> slots(1000);
		for (size_t i = 0; i < 1000; i++) {
			auto pair = kj::newPromiseAndFulfiller<uint64_t>();
			inputs.add(kj::mv(pair.promise));
			slots.add(kj::mv(pair.fulfiller));
		}
		auto all = kj::joinPromises(inputs.finish());
		for (auto &slot : slots)
			slot->fulfill(1);
		for (uint64_t in : all.wait(*scope))
			sum += in;
	}
	measure_check("gather", sum, done);
}

// To cancel is to drop the promise.
static void cancel(size_t events)
{
	for (size_t i = 0; i < events; i++) {
		auto pair = kj::newPromiseAndFulfiller<uint64_t>();
		auto done = pair.promise
			.then([](uint64_t in) { return in + 1; })
			.catch_([](kj::Exception &&) { return uint64_t(1); });
		{ auto dropped = kj::mv(done); }
		measure_check("cancel", pair.fulfiller->isWaiting(), 0);
	}
}

int main()
{
	kj::EventLoop loop;
	kj::WaitScope wait_scope(loop);

	scope = &wait_scope;
	measure("chain_1", 300000, [](size_t n) { chain(n, 1); });
	measure("chain_10", 100000, [](size_t n) { chain(n, 10); });
	measure("chain_100", 10000, [](size_t n) { chain(n, 100); });
	measure("chained", 200000, chained);
	measure("failure", 50000, failure);
	measure("gather", 200000, gather);
	measure("cancel", 300000, cancel);
	return 0;
}
