// SPDX-License-Identifier: MIT
// common/measure.h, for Node.

// Calls work(n) with a small n, to get warm, then with `events`.
export async function measure(figure, events, work) {
	await work(Math.ceil(events / 10));
	const begun = process.hrtime.bigint();
	await work(events);
	const duration = Number(process.hrtime.bigint() - begun);
	console.log(`${figure} ${(duration / events).toFixed(3)}`);
}

// Stops the program when what the work has produced is wrong.
export function check(what, got, expected) {
	if (got === expected)
		return;
	console.error(`${what}: ${got} instead of ${expected}`);
	process.exit(1);
}
