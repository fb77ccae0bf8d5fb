// SPDX-License-Identifier: MIT
//
// How things stand at a step: what runs, which Deferreds wait, which coroutine
// hangs where, what is queued. Every so many steps the state is kept, so that
// any other is found by going on from the one before.

const KEEP_EVERY = 1000;

function emptyState(model) {
	return {
		step: -1,
		stacks: model.threads.map(() => []),
		deferred: new Map(),
		coroutine: new Map(),
		connection: new Map(),
		timer: new Map(),
	};
}

// What is in the maps is never changed, but replaced: so a copy is cheap.
function copyState(state) {
	return {
		step: state.step,
		stacks: state.stacks.map((stack) => stack.slice()),
		deferred: new Map(state.deferred),
		coroutine: new Map(state.coroutine),
		connection: new Map(state.connection),
		timer: new Map(state.timer),
	};
}

function change(map, key, index, changes) {
	const before = map.get(key) || { object: key, since: index };

	map.set(key, { ...before, ...changes });
}

function addWaiter(state, waiter, on) {
	const waited = state.deferred.get(on);

	if (waited)
		change(state.deferred, on, waited.since, {
			waiters: [...(waited.waiters || []), waiter],
		});
}

// Who waited for several waits for the others.
function free(state, object) {
	const gone = state.deferred.get(object);

	for (const waiter of (gone && gone.waiters) || []) {
		const one = state.deferred.get(waiter);

		if (one && one.on && one.on.length > 1)
			change(state.deferred, waiter, one.since, {
				on: one.on.filter((on) => on !== object) });
	}
	state.deferred.delete(object);
}

const CHANGES = {
	deferred: {
		made: (state, step, index) => change(state.deferred,
			step.object, index, { is: "pending", since: index,
				on: [], waiters: [] }),
		fired: (state, step, index) => change(state.deferred,
			step.object, index, { is: "fired", since: index,
				on: [], result: step.args.result }),
		waits: (state, step, index) => {
			const one = state.deferred.get(step.object);

			change(state.deferred, step.object, index, {
				is: "waits",
				since: index,
				on: [...((one && one.on) || []), step.on],
			});
			addWaiter(state, step.object, step.on);
		},
		cancelled: (state, step, index) => change(state.deferred,
			step.object, index, { cancelled: true }),
		freed: (state, step) => free(state, step.object),
	},
	coroutine: {
		spawned: (state, step, index) => change(state.coroutine,
			step.object, index, { is: "ready", since: index }),
		awaits: (state, step, index) => {
			change(state.coroutine, step.object, index, {
				is: "waits", since: index, on: step.on });
			addWaiter(state, step.object, step.on);
		},
		resumed: (state, step, index) => change(state.coroutine,
			step.object, index, { is: "ready", since: index,
				on: -1, result: step.args.result }),
		ended: (state, step) => state.coroutine.delete(step.object),
	},
	connection: {
		connected: (state, step, index) => change(state.connection,
			step.object, index, { is: "open" }),
		paused: (state, step, index) => change(state.connection,
			step.object, index, { ["no_" + step.args.what]: true }),
		resumed: (state, step, index) => change(state.connection,
			step.object, index,
			{ ["no_" + step.args.what]: false }),
		ended: (state, step, index) => change(state.connection,
			step.object, index, { is: "half" }),
		closed: (state, step) => state.connection.delete(step.object),
		read: (state, step, index) => change(state.connection,
			step.object, index, { read: endOfBytes(step) }),
		written: (state, step, index) => change(state.connection,
			step.object, index, { written: endOfBytes(step) }),
		queued: (state, step, index) => change(state.connection,
			step.object, index, { queued: step.args.bytes }),
	},
	timer: {
		added: (state, step, index) => change(state.timer, step.object,
			index, { due: dueOf(step) }),
		moved: (state, step, index) => change(state.timer, step.object,
			index, { due: dueOf(step) }),
		cancelled: (state, step) => state.timer.delete(step.object),
	},
};

function endOfBytes(step) {
	return (step.args.from || 0) + (step.args.count || 0);
}

function dueOf(step) {
	return step.args.in === undefined ? null : step.t + step.args.in * 1e6;
}

function beginSlice(model, state, step, index) {
	const slice = model.slices[step.slice];
	const object = model.objects[slice.object];

	state.stacks[step.thread.index].push(slice.index);
	if (!object)
		return;
	if (object.kind === "coroutine")
		change(state.coroutine, object.index, index,
			{ is: "runs", since: index, on: -1 });
	else if (object.kind === "timer")
		state.timer.delete(object.index);
	else if (object.kind === "deferred" &&
		 state.deferred.has(object.index))
		change(state.deferred, object.index, index,
			{ is: "runs", on: [], since: index });
}

function endSlice(model, state, step, index) {
	const slice = model.slices[step.slice];
	const object = model.objects[slice.object];

	state.stacks[step.thread.index].pop();
	if (!object)
		return;
	const one = state[object.kind].get(object.index);

	if (one && one.is === "runs")
		change(state[object.kind], object.index, index, {
			is: object.kind === "deferred" ? "fired" : "rests",
			since: index,
		});
}

function applyStep(model, state, index) {
	const step = model.steps[index];

	state.step = index;
	if (step.ph === "B") {
		beginSlice(model, state, step, index);
	} else if (step.ph === "E") {
		endSlice(model, state, step, index);
	} else if (step.object >= 0) {
		const { kind } = model.objects[step.object];
		const how = Object.hasOwn(CHANGES[kind], step.name) &&
			CHANGES[kind][step.name];

		if (how)
			how(state, step, index);
	}
}

function sizeOf(state) {
	return state.deferred.size + state.coroutine.size +
		state.connection.size + state.timer.size;
}

// Where very much lives, states are kept more rarely: they take memory.
function keepStates(model) {
	const kept = [];
	const state = emptyState(model);
	let next = 0;

	for (let i = 0; i < model.steps.length; i++) {
		applyStep(model, state, i);
		if (i < next)
			continue;
		kept.push(copyState(state));
		next = i + Math.max(KEEP_EVERY, 4 * sizeOf(state));
	}
	return kept;
}

// The state after a step. Not to be changed.
function stateAt(model, index) {
	if (!model.kept)
		model.kept = keepStates(model);
	if (index < 0 || !model.steps.length)
		return emptyState(model);
	const last = model.lastState;
	let state;

	if (last && last.step === index)
		return last;
	const before = keptBefore(model.kept, index);
	if (last && last.step < index && last.step >= before.step)
		state = last;
	else
		state = copyState(before);
	while (state.step < index)
		applyStep(model, state, state.step + 1);
	model.lastState = state;
	return state;
}

function keptBefore(kept, index) {
	return kept[firstNot(kept.length, (i) => kept[i].step <= index) - 1];
}

// From who waits to what it hangs on: [{object, ...}, ...].
function chainOf(state, one) {
	const chain = [];
	const seen = new Set();
	let next = nextOf(one);

	while (next >= 0 && !seen.has(next)) {
		const found = state.deferred.get(next);

		seen.add(next);
		chain.push(found || { object: next, is: "unknown" });
		next = found ? nextOf(found) : -1;
	}
	return chain;
}

function nextOf(one) {
	if (Array.isArray(one.on))
		return one.on.length ? one.on[one.on.length - 1] : -1;
	return one.on === undefined ? -1 : one.on;
}
