/* SPDX-License-Identifier: MIT */
/* consumer.c in C++, with lambdas whose bodies have commas in them. */
#include <evert.h>

int main(void)
{
	int called = 0;
	struct evert_firing *firing_end;
	struct evert_deferred *deferred = evert_deferred_create(&firing_end);

	evert_deferred_add_callback(
		deferred,
		[](struct evert_result *in, void *arg) {
			int one = 1, none = 0;

			*static_cast<int *>(arg) = one + none;
			return *in;
		},
		&called);
	evert_deferred_fire(&firing_end, evert_result_none());
	evert_deferred_release(deferred);
	return !called ||
	       evert_run([](void *) { return evert_result_none(); }, nullptr);
}
