// SPDX-License-Identifier: MIT
//
// Deferreds, coroutines, connections and timers: how long each was in which
// state.

const KINDS = ["deferred", "coroutine", "connection", "timer"];
const KIND_NAMES = {
	deferred: "Deferred",
	coroutine: "coroutine",
	connection: "connection",
	timer: "timer",
};

function newObject(model, process, kind, id, step) {
	const object = {
		index: model.objects.length,
		kind,
		id,
		process,
		name: "",
		at: null,
		first: step,
		last: -1,
		steps: [],
		segments: [],
		hungAt: null,	// where that was made which it awaited
		runs: [],
		detail: {},
		flow: {},
	};

	model.objects.push(object);
	return object;
}

function objectOf(model, process, kind, id, step) {
	const known = process.objects[kind];
	let object = known.get(id);

	if (!object) {
		object = newObject(model, process, kind, id, step);
		known.set(id, object);
		model.hasIdentities = true;
	}
	return object;
}

// Older recordings tell coroutines by their names only.
function namedCoroutine(model, process, name, step) {
	let object = process.named.get(name);

	if (!object) {
		object = newObject(model, process, "coroutine", null, step);
		object.name = name;
		process.named.set(name, object);
	}
	return object;
}

// From this step on the object is in another state.
function enter(object, step, look, on) {
	leave(object, step);
	object.segments.push({ from: step, to: -1, look, on: on || null });
}

function leave(object, step) {
	const last = object.segments[object.segments.length - 1];

	if (last && last.to < 0)
		last.to = step;
}

function isIn(object, look) {
	const last = object.segments[object.segments.length - 1];

	return Boolean(last) && last.to < 0 && last.look === look;
}

function gone(object, step) {
	leave(object, step);
	object.last = step;
}

// What is seen of a connection is what holds it up most.
function flow(object, step, changes) {
	const state = Object.assign(object.flow, changes);
	const look = state.no_reading || state.no_writing ? "paused" :
		state.queued ? "queued" : state.half ? "half" : "open";

	if (!isIn(object, look))
		enter(object, step, look);
}

const HAPPENINGS = {
	deferred: {
		made: (object, step) => enter(object, step, "pending"),
		fired: (object, step) => enter(object, step, "fired"),
		waits: (object, step, on) => enter(object, step, "waits", on),
		freed: gone,
	},
	coroutine: {
		spawned: (object, step) => enter(object, step, "ready"),
		awaits: (object, step, on) => enter(object, step, "waits", on),
		resumed: (object, step) => enter(object, step, "ready"),
		ended: gone,
	},
	connection: {
		connected: (object, step) => flow(object, step, {}),
		paused: (object, step, on, args) => flow(object, step,
			{ ["no_" + args.what]: true }),
		resumed: (object, step, on, args) => flow(object, step,
			{ ["no_" + args.what]: false }),
		queued: (object, step, on, args) => flow(object, step,
			{ queued: args.bytes > 0 }),
		ended: (object, step) => flow(object, step, { half: true }),
		closed: gone,
	},
	timer: {
		added: (object, step) => enter(object, step, "pending"),
		cancelled: gone,
	},
};

function kindIn(args) {
	return KINDS.find((kind) => args[kind] !== undefined);
}

function learn(object, args) {
	if (args.at && !object.at)
		object.at = String(args.at);
	if (args.name)
		object.name = String(args.name);
	for (const key of ["local", "peer", "descriptor", "why", "deferred"])
		if (args[key] !== undefined && key !== object.kind)
			object.detail[key] = args[key];
}

function happen(model, step, index) {
	const { args, thread } = step;
	const kind = step.kind;
	let on = null;

	if (!kind)
		return;
	const object = objectOf(model, thread.process, kind, args[kind], index);
	if (args.on !== undefined) {
		on = objectOf(model, thread.process, "deferred", args.on,
			index);
		step.on = on.index;
	}
	step.object = object.index;
	object.steps.push(index);
	if (kind === "coroutine" && on)
		object.hungAt = on.at;
	if (kind === "coroutine" && step.name === "resumed")
		step.hungAt = object.hungAt;
	if (step.cat === "object") {
		const what = Object.hasOwn(HAPPENINGS[kind], step.name) &&
			HAPPENINGS[kind][step.name];

		learn(object, args);
		if (what)
			what(object, index, on, args);
	}
}
