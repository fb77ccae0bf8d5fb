// SPDX-License-Identifier: MIT
// Node's Promises. Fair: one `await` per event lets the microtasks run, as a
// program would; promises cannot be cancelled, so that is left out.
import { check, measure } from '../common/measure.mjs';

const addOne = number => number + 1;

function pending() {
	const slot = {};
	slot.promise = new Promise((resolve, reject) => {
		slot.resolve = resolve;
		slot.reject = reject;
	});
	return slot;
}

const chain = links => async events => {
	let sum = 0;
	const add = number => { sum += number; };
	for (let i = 0; i < events; i++) {
		const slot = pending();
		let promise = slot.promise;
		for (let link = 1; link < links; link++)
			promise = promise.then(addOne);
		promise = promise.then(add);
		slot.resolve(1);
		await promise;
	}
	check('chain', sum, events * links);
};

async function chained(events) {
	let sum = 0;
	const add = number => { sum += number; };
	for (let i = 0; i < events; i++) {
		const outer = pending(), inner = pending();
		const done = outer.promise.then(() => inner.promise).then(add);
		outer.resolve();
		inner.resolve(1);
		await done;
	}
	check('chained', sum, events);
}

async function failure(events) {
	let sum = 0;
	const add = number => { sum += number; };
	for (let i = 0; i < events; i++) {
		const slot = pending();
		let promise = slot.promise;
		for (let link = 0; link < 10; link++)
			promise = promise.then(addOne);
		promise = promise.catch(() => 1).then(add);
		slot.reject(new Error('no such thing'));
		await promise;
	}
	check('failure', sum, events);
}

async function gather(events) {
	let sum = 0, done = 0;
	for (; done < events; done += 1000) {
		const slots = Array.from({ length: 1000 }, pending);
		const all = Promise.all(slots.map(slot => slot.promise));
		for (const slot of slots)
			slot.resolve(1);
		for (const number of await all)
			sum += number;
	}
	check('gather', sum, done);
}

await measure('chain_1', 300000, chain(1));
await measure('chain_10', 100000, chain(10));
await measure('chain_100', 10000, chain(100));
await measure('chained', 100000, chained);
await measure('failure', 50000, failure);
await measure('gather', 200000, gather);
