// SPDX-License-Identifier: MIT
//
// What a recording tells, made ready to be looked up: steps (what happened, in
// order), slices (what ran from one step to another), objects (Deferreds,
// coroutines, connections, timers) and flows (what caused what). Pure functions
// of the data; nothing here knows of a page.

const PLACE = /^(?:(.*) \()?([^()]+\.[A-Za-z]+):(\d+)\)?$/;

// "file.c:20", or "function (file.c:20)" as of older recordings.
function placeOf(text) {
	const parts = typeof text === "string" && PLACE.exec(text);

	return parts ? { file: parts[2], line: Number(parts[3]) } : null;
}

// The name without its place.
function shortName(name) {
	const parts = PLACE.exec(name);

	return parts && parts[1] ? parts[1] : name;
}

// X is a B and an E in one; the rest stays in its order.
function withoutComplete(events) {
	const all = [];
	let order = 0;

	if (!events.some((event) => event.ph === "X"))
		return events;
	for (const event of events) {
		all.push({ event, ts: event.ts, order: order++ });
		if (event.ph !== "X")
			continue;
		all[all.length - 1].event = { ...event, ph: "B" };
		all.push({
			event: { ph: "E", ts: event.ts + (event.dur || 0),
				pid: event.pid, tid: event.tid },
			ts: event.ts + (event.dur || 0),
			order: order++,
		});
	}
	all.sort((a, b) => a.ts - b.ts || a.order - b.order);
	return all.map((one) => one.event);
}

function newModel(data) {
	return {
		recordings: data.recordings,
		sources: data.sources,
		steps: [],
		slices: [],
		objects: [],
		flows: [],
		processes: [],
		threads: [],
		byPid: new Map(),
		byThread: new Map(),
		streams: new Map(),
		leftOut: 0,
		hasIdentities: false,
	};
}

function processOf(model, pid) {
	let process = model.byPid.get(pid);

	if (!process) {
		process = {
			index: model.processes.length,
			pid,
			name: "",
			info: null,
			threads: [],
			objects: {},
			named: new Map(),
		};
		for (const kind of KINDS)
			process.objects[kind] = new Map();
		model.byPid.set(pid, process);
		model.processes.push(process);
	}
	return process;
}

function threadOf(model, event) {
	const key = event.pid + "/" + event.tid;
	let thread = model.byThread.get(key);

	if (!thread) {
		const process = processOf(model, event.pid);

		thread = {
			index: model.threads.length,
			process,
			tid: event.tid,
			number: process.threads.length + 1,
			open: [],
			turns: [],
			deepest: 0,
			slices: [],
		};
		process.threads.push(thread);
		model.byThread.set(key, thread);
		model.threads.push(thread);
	}
	return thread;
}

// ---- Slices ----

function begin(model, step, index) {
	const { thread, args } = step;
	const parent = thread.open.length ?
		thread.open[thread.open.length - 1] : null;
	const slice = {
		index: model.slices.length,
		thread,
		cat: step.cat,
		name: shortName(step.name),
		from: index,
		to: -1,
		depth: thread.open.length,
		parent: parent ? parent.index : -1,
		at: args.at ? String(args.at) : (PLACE.test(step.name) ?
			step.name : null),
		object: -1,
		hungAt: null,
		isOpen: false,
	};

	step.slice = slice.index;
	model.slices.push(slice);
	thread.open.push(slice);
	thread.slices.push(slice);
	thread.deepest = Math.max(thread.deepest, thread.open.length);
	if (slice.cat === "turn")
		thread.turns.push(index);
	belong(model, step, index, slice);
}

// The slice is of an object.
function belong(model, step, index, slice) {
	const { args, thread } = step;
	let object = null;

	if (step.kind) {
		object = objectOf(model, thread.process, step.kind,
			args[step.kind], index);
		if (args.at && !object.at && step.kind === "coroutine")
			object.at = args.at;
	} else if (step.cat === "coroutine") {
		object = namedCoroutine(model, thread.process, step.name,
			index);
	}
	if (!object)
		return;
	slice.object = step.object = object.index;
	object.steps.push(index);
	object.runs.push(slice);
	if (step.kind === "coroutine") {
		object.name = step.name;
		slice.hungAt = object.hungAt;
		leave(object, index);
	} else if (step.kind === "timer") {
		gone(object, index);
	} else if (step.kind === "deferred" && isIn(object, "waits")) {
		enter(object, index, "fired");
	}
}

function end(model, step, index) {
	const slice = step.thread.open.pop();

	close(model, slice, index);
	step.slice = slice.index;
	step.cat = slice.cat;
	step.name = slice.name;
	step.object = slice.object;
}

function close(model, slice, index) {
	const object = model.objects[slice.object];

	slice.to = index;
	if (!object || object.kind !== "coroutine" || object.id === null ||
	    object.last >= 0)
		return;
	// It was told what it awaits just before it let go.
	if (isIn(object, "waits"))
		object.segments[object.segments.length - 1].from = index;
	else
		enter(object, index, "ready");
}

// ---- All of it ----

function aboutProcess(model, event) {
	const process = processOf(model, event.pid);
	const args = event.args || {};

	if (event.name === "process_name")
		process.name = String(args.name || "");
	else if (event.name === "evert")
		process.info = args;
}

function addStep(model, event, t) {
	const step = {
		ph: event.ph,
		t,
		thread: threadOf(model, event),
		cat: String(event.cat || ""),
		name: String(event.name === undefined ? "" : event.name),
		args: event.args || {},
		kind: null,
		slice: -1,
		object: -1,
		on: -1,
		hungAt: null,
	};
	const index = model.steps.length;
	const { open } = step.thread;

	if (event.ph === "E" && !open.length)
		return;
	model.steps.push(step);
	step.kind = kindOf(step);
	if (event.ph === "B") {
		begin(model, step, index);
	} else if (event.ph === "E") {
		end(model, step, index);
	} else {
		if (open.length)
			step.slice = open[open.length - 1].index;
		happen(model, step, index);
		addToStream(model, step, index);
	}
	const missed = /^(\d+) events left out$/.exec(step.name);
	if (missed && step.cat === "trace")
		model.leftOut += Number(missed[1]);
}

// An event names the object it is about by its category's kind first: what is
// spawned names its Deferred, too.
function kindOf(step) {
	const { args, name } = step;

	if (name === "spawned" && args.coroutine !== undefined)
		return "coroutine";
	return kindIn(args) || null;
}

function finishModel(model) {
	const last = Math.max(0, model.steps.length - 1);

	for (const thread of model.threads) {
		for (const slice of thread.open) {
			slice.isOpen = true;
			slice.to = last;
		}
	}
	for (const object of model.objects) {
		const end = object.segments[object.segments.length - 1];

		object.isOpen = object.last < 0;
		if (object.isOpen)
			object.last = last;
		if (end && end.to < 0)
			end.to = last;
	}
}

function nameProcesses(model) {
	const { processes, recordings } = model;

	processes.forEach((process, i) => {
		if (!process.name && recordings.length === processes.length)
			process.name = recordings[i].file;
		if (!process.name)
			process.name = "process " + process.pid;
		process.title = process.name.replace(/^\S*\//, "")
			.replace(/\s.*/, "");
	});
	for (const process of processes)
		if (processes.some((other) => other !== process &&
		    other.title.replace(/ \d+$/, "") === process.title))
			process.title += " " + process.pid;
}

function buildModel(data) {
	const model = newModel(data);
	const events = withoutComplete(data.events);
	const first = events.find((event) => event.ph !== "M");
	const ends = [];

	for (const event of events) {
		const t = first ? event.ts - first.ts : 0;

		if (event.ph === "M")
			aboutProcess(model, event);
		else if (event.ph === "s" || event.ph === "f")
			ends.push({
				ph: event.ph,
				t,
				thread: threadOf(model, event),
				name: event.name,
				id: event.id,
			});
		else if (event.ph === "B" || event.ph === "E" ||
			 event.ph === "i" || event.ph === "I")
			addStep(model, event, t);
	}
	finishModel(model);
	joinFlows(model, ends);
	joinStreams(model);
	nameProcesses(model);
	return model;
}
