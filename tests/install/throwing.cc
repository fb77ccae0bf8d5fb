/* SPDX-License-Identifier: MIT */
/*
 * C++ exceptions: caught inside a callback or a body they are nobody else's
 * business, also when others throw meanwhile; one that leaves a callback goes
 * through evert; one that leaves a body ends the program.
 */
#include <evert.h>

#include <csignal>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

static struct evert_result throws_and_catches(struct evert_result *in, void *)
{
	try {
		throw std::runtime_error("inside");
	} catch (const std::exception &) {
	}
	return *in;
}

/* Waits between throwing and catching; not inside the catch block. */
static struct evert_result body(void *slot)
{
	struct evert_deferred *deferred = evert_deferred_create(
		static_cast<struct evert_firing **>(slot));
	bool caught = false;

	evert_deferred_add_callback(deferred, throws_and_catches, nullptr);
	try {
		evert_result_release(evert_await(deferred));
		throw std::runtime_error("in a body");
	} catch (const std::exception &) {
		caught = true;
	}
	return evert_result_integer(caught);
}

static bool catches(void)
{
	struct evert_firing *slots[2];
	struct evert_deferred *both[] = { evert_spawn(body, &slots[0]),
					  evert_spawn(body, &slots[1]) };
	struct evert_deferred *all = evert_gather(both, 2, 0);
	const struct evert_list *list;
	bool caught;

	evert_deferred_fire(&slots[1], evert_result_none());
	evert_deferred_fire(&slots[0], evert_result_none());
	list = evert_result_as_list(evert_deferred_result(all));
	caught = evert_result_as_integer(&list->items[0]) &&
		 evert_result_as_integer(&list->items[1]);
	evert_deferred_release(all);
	return caught;
}

static void leave_a_body(void)
{
	try {
		evert_deferred_release(evert_spawn(
			[](void *) -> struct evert_result {
				throw std::runtime_error("out of a body");
			},
			nullptr));
	} catch (const std::exception &) {
		_exit(1); /* it went through evert */
	}
}

/* Against the rule: it skips what evert still had to do, and reaches who made
   evert call. Others do not suffer. */
static bool goes_through(void)
{
	struct evert_firing *slot;
	struct evert_deferred *deferred = evert_deferred_create(&slot);
	bool caught = false;

	evert_deferred_add_callback(
		deferred,
		[](struct evert_result *, void *) -> struct evert_result {
			throw std::runtime_error("out of a callback");
		},
		nullptr);
	try {
		evert_deferred_fire(&slot, evert_result_none());
	} catch (const std::exception &) {
		caught = true;
	}
	return caught && catches();
}

/* Does it end the program, as an exception that nobody catches does? */
static bool is_fatal(void (*call)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		close(STDERR_FILENO);
		call();
		_exit(0);
	}
	return child > 0 && waitpid(child, &status, 0) == child &&
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

int main(void)
{
	return !catches() || !is_fatal(leave_a_body) || !goes_through();
}
