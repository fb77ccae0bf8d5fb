// SPDX-License-Identifier: MIT
// C++20's coroutines, as the compiler makes them: without a stack, a frame for
// each, and only the function itself can be suspended, not what it calls. Fair:
// frames that are done are used again, as Boost's stacks and evert's are; a
// coroutine begins at once and has a result that who made it looks at. No
// failures, no cancelling.
#include <coroutine>
#include <cstdlib>
#include <optional>
#include <utility>

#include "common/measure.h"

// ---- A coroutine with a result ----

class Frames {
public:
	static void *take(size_t size)
	{
		if (size > sizeof(Frames))
			abort();
		if (!spare)
			return malloc(sizeof(Frames));
		return std::exchange(spare, spare->next);
	}

	static void give_back(void *memory)
	{
		Frames *frame = (Frames *)memory;
		frame->next = spare;
		spare = frame;
	}

private:
	union {
		Frames *next;
		char room[256];
	};
	static inline Frames *spare = nullptr;
};

template <typename T> class Task {
public:
	struct promise_type {
		std::optional<T> result;

		static void *operator new(size_t size)
		{
			return Frames::take(size);
		}
		static void operator delete(void *frame)
		{
			Frames::give_back(frame);
		}
		Task get_return_object()
		{
			return Task(Handle::from_promise(*this));
		}
		std::suspend_never initial_suspend() noexcept { return {}; }
		std::suspend_always final_suspend() noexcept { return {}; }
		void return_value(T value) { result = value; }
		void unhandled_exception() { abort(); }
	};
	using Handle = std::coroutine_handle<promise_type>;

	explicit Task(Handle h): handle(h) {}
	Task(const Task &) = delete;
	~Task() { handle.destroy(); }
	T result() const { return *handle.promise().result; }
	void resume() const { handle.resume(); }

private:
	Handle handle;
};

// ---- What another side fires, once ----

template <typename T> class Event {
public:
	bool await_ready() const { return value.has_value(); }
	void await_suspend(std::coroutine_handle<> who) { waiting = who; }
	T await_resume() const { return *value; }

	void fire(T with)
	{
		value = with;
		if (waiting)
			waiting.resume();
	}

private:
	std::optional<T> value;
	std::coroutine_handle<> waiting = nullptr;
};

// ---- The works ----

static size_t turns;

static Task<int> turn_for_ever()
{
	for (;;) {
		turns++;
		co_await std::suspend_always();
	}
}

static void switches(size_t events)
{
	turns = 0;
	Task<int> inside = turn_for_ever();
	for (size_t i = 2; i < events; i += 2)
		inside.resume();
	measure_check("switches", turns, (events + 1) / 2);
}

static Task<int> finish()
{
	co_return 1;
}

static Task<int> (*volatile spawn_one)() = finish;

static void spawn(size_t events)
{
	size_t done = 0;

	for (size_t i = 0; i < events; i++)
		done += (size_t)spawn_one().result();
	measure_check("spawned", done, events);
}

static Event<int> *awaited;

static Task<size_t> await_all(size_t events)
{
	size_t sum = 0;

	for (size_t i = 0; i < events; i++) {
		Event<int> event;
		awaited = &event;
		sum += (size_t)co_await event;
	}
	co_return sum;
}

static void await(size_t events)
{
	Task<size_t> task = await_all(events);

	for (size_t i = 0; i < events; i++)
		awaited->fire(1);
	measure_check("awaited", task.result(), events);
}

int main()
{
	measure("switch", 50000000, switches);
	measure("spawn", 10000000, spawn);
	measure("await", 50000000, await);
	return 0;
}
