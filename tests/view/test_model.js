// SPDX-License-Identifier: MIT
//
// What the page makes of a recording, without a page: node --test tests/view

"use strict";

const test = require("node:test");
const assert = require("node:assert");
const { load, recording, B, E, object, bytes } = require("./load.js");

const v = load();

test("what begins ends with the E that belongs to it", () => {
	const model = v.buildModel(recording([B("turn", "turn"),
		B("callback", "show (a.c:5)"), E, E]));

	assert.deepEqual(model.slices.map((s) => [s.name, s.from, s.to,
		s.depth]), [["turn", 0, 3, 0], ["show", 1, 2, 1]]);
});

test("an E whose beginning was not recorded is left out", () => {
	const model = v.buildModel(recording([E, B("turn", "turn"), E]));

	assert.equal(model.steps.length, 2);
	assert.equal(model.slices.length, 1);
});

test("what has not ended lasts until the end", () => {
	const model = v.buildModel(recording([B("turn", "turn"),
		B("wait", "wait")]));

	assert.ok(model.slices.every((s) => s.isOpen && s.to === 1));
});

test("threads have stacks of their own", () => {
	const model = v.buildModel(recording([B("turn", "turn"),
		{ ...B("turn", "turn"), tid: 2 }, E, { ...E, tid: 2 }]));

	assert.deepEqual(model.slices.map((s) => [s.from, s.to]),
		[[0, 2], [1, 3]]);
	assert.deepEqual(v.stateAt(model, 2).stacks, [[], [1]]);
});

test("an X is a beginning and an end", () => {
	const model = v.buildModel(recording([
		{ ph: "X", ts: 5, dur: 10, cat: "system", name: "read" },
		{ ph: "X", ts: 7, dur: 1, cat: "system", name: "poll" }]));

	assert.deepEqual(model.slices.map((s) => [s.name, s.from, s.to]),
		[["read", 0, 3], ["poll", 1, 2]]);
});

test("an empty recording has a state, too", () => {
	const model = v.buildModel(recording([]));

	assert.deepEqual(v.stateAt(model, 0).stacks, []);
	assert.equal(v.buildLanes(model).length, 0);
});

const WAITING = [
	object("made", { deferred: 1, at: "a.c:3" }),
	object("made", { deferred: 2, at: "a.c:4" }),
	object("spawned", { coroutine: 1, deferred: 1, name: "body" }),
	B("coroutine", "body", { coroutine: 1, at: "a.c:9" }),
	object("waits", { deferred: 1, on: 2 }),
	object("awaits", { coroutine: 1, on: 1 }),
	E,
	object("fired", { deferred: 2, result: "text x" }),
	object("resumed", { coroutine: 1, result: "text x" }),
	B("coroutine", "body", { coroutine: 1 }),
	object("ended", { coroutine: 1 }),
	E,
];

test("a coroutine hangs on a Deferred that waits for another", () => {
	const model = v.buildModel(recording(WAITING));
	const state = v.stateAt(model, 6);
	const [one] = state.coroutine.values();

	assert.equal(one.is, "waits");
	assert.deepEqual(v.chainOf(state, one).map((link) =>
		[model.objects[link.object].at, link.is]),
	[["a.c:3", "waits"], ["a.c:4", "pending"]]);
});

test("a coroutine that goes on waits no more, and is gone at its end", () => {
	const model = v.buildModel(recording(WAITING));
	const is = (step) => [...v.stateAt(model, step).coroutine.values()]
		.map((one) => one.is);

	assert.deepEqual([2, 3, 8, 9, 10].map(is),
		[["ready"], ["runs"], ["ready"], ["runs"], []]);
});

test("who waits for several waits for those that are left", () => {
	const model = v.buildModel(recording([
		object("made", { deferred: 1 }), object("made", { deferred: 2 }),
		object("made", { deferred: 3 }),
		object("waits", { deferred: 1, on: 2 }),
		object("waits", { deferred: 1, on: 3 }),
		object("fired", { deferred: 3 }),
		object("freed", { deferred: 3 })]));
	const on = (step) => v.stateAt(model, step).deferred.get(0).on;

	assert.deepEqual(on(4), [1, 2]);
	assert.deepEqual(on(6), [1]);
});

test("what waits in a circle is told, not followed for ever", () => {
	const model = v.buildModel(recording([
		object("made", { deferred: 1 }),
		object("made", { deferred: 2 }),
		object("waits", { deferred: 1, on: 2 }),
		object("waits", { deferred: 2, on: 1 })]));
	const state = v.stateAt(model, 3);

	assert.equal(v.chainOf(state, state.deferred.get(0)).length, 2);
});

test("bytes are counted, and those that are queued are told", () => {
	const model = v.buildModel(recording([
		object("connected", { connection: 5, peer: "a:1" }),
		bytes("read", { connection: 5, from: 0, count: 3 }),
		bytes("written", { connection: 5, from: 10, count: 5 }),
		object("queued", { connection: 5, bytes: 7 }),
		object("closed", { connection: 5 })]));
	const [one] = v.stateAt(model, 3).connection.values();

	assert.deepEqual([one.read, one.written, one.queued], [3, 15, 7]);
	assert.deepEqual(model.objects[0].segments.map((one) => [one.from,
		one.to, one.look]), [[0, 3, "open"], [3, 4, "queued"]]);
	assert.equal(v.stateAt(model, 4).connection.size, 0);
});

test("a timer is due until it is called or cancelled", () => {
	const model = v.buildModel(recording([
		object("added", { timer: 1, at: "a.c:1", in: 2 }),
		object("added", { timer: 2, in: 1 }),
		B("call", "a.c:1", { timer: 1 }), E,
		object("cancelled", { timer: 2 })]));

	assert.equal(v.stateAt(model, 1).timer.get(0).due, 2e6);
	assert.equal(v.stateAt(model, 2).timer.size, 1);
	assert.equal(v.stateAt(model, 4).timer.size, 0);
});

test("a state is the same, however one comes to it", () => {
	const events = [];

	for (let i = 0; i < 5000; i++)
		events.push(object("made", { deferred: i }),
			B("callback", "f", { deferred: i }), E,
			...(i % 3 ? [object("freed", { deferred: i })] : []));
	const model = v.buildModel(recording(events));
	const state = v.emptyState(model);
	const wanted = new Map();

	for (let i = 0; i < model.steps.length; i++) {
		v.applyStep(model, state, i);
		if (i % 1237 === 5)
			wanted.set(i, [...state.deferred]);
	}
	for (const [step, deferreds] of [...wanted].reverse())
		assert.deepEqual([...v.stateAt(model, step).deferred],
			deferreds);
	for (const [step, deferreds] of wanted)
		assert.deepEqual([...v.stateAt(model, step).deferred],
			deferreds);
});

test("a write became the reads that overlap it", () => {
	const model = v.buildModel(recording([
		bytes("written", { connection: 1, from: 0, count: 10,
			stream: "x" }),
		bytes("written", { connection: 1, from: 10, count: 10,
			stream: "x" }),
		{ ...bytes("read", { connection: 1, from: 0, count: 15,
			stream: "x" }), pid: 2 },
		{ ...bytes("read", { connection: 1, from: 15, count: 5,
			stream: "x" }), pid: 2 }]));

	assert.deepEqual(model.flows.map((flow) => [flow.from, flow.to]),
		[[0, 2], [1, 2], [1, 3]]);
});

test("an arrow ends at what runs then, and one without an end is none", () => {
	const model = v.buildModel(recording([
		B("turn", "turn"),
		{ ph: "s", cat: "flow", name: "fired", id: "1" },
		B("callback", "f"),
		{ ph: "f", cat: "flow", name: "fired", id: "1", bp: "e" },
		{ ph: "f", cat: "flow", name: "fired", id: "2", bp: "e" },
		E, E]));

	assert.equal(model.flows.length, 1);
	assert.deepEqual([model.flows[0].fromSlice, model.flows[0].toSlice],
		[0, 1]);
});

test("coroutines without numbers share a lane by their name", () => {
	const model = v.buildModel(recording([
		B("coroutine", "body"), E, B("coroutine", "body"), E]));

	assert.equal(model.objects.length, 1);
	assert.equal(model.hasIdentities, false);
});

test("what a file could not take is counted", () => {
	const model = v.buildModel(recording([
		{ ph: "i", cat: "trace", name: "12 events left out" }]));

	assert.equal(model.leftOut, 12);
});

test("names that every object has are no surprise", () => {
	const model = v.buildModel(recording([
		object("constructor", { deferred: 1 }),
		object("__proto__", { deferred: "toString" }),
		B("hasOwnProperty", "valueOf", { coroutine: 1 })]));

	for (let i = 0; i < 3; i++)
		assert.equal(typeof v.describe(model, i), "string");
	v.buildLanes(model);
	v.stateAt(model, 2);
});

test("a step is told in words", () => {
	const model = v.buildModel(recording([
		...WAITING,
		object("connected", { connection: 1, peer: "127.0.0.1:9" }),
		bytes("written", { connection: 1, from: 0, count: 1,
			text: "\n\u0001" })]));

	assert.deepEqual([0, 3, 4, 5, 7, 11, 12, 13].map((i) =>
		v.describe(model, i)), [
		"Deferred 1 is made",
		"coroutine body begins",
		"Deferred 1 waits for Deferred 2",
		"body #1 awaits Deferred 1",
		"Deferred 2 fires: text x",
		"coroutine body ends after 2.0 µs",
		"connection 1 opens, to 127.0.0.1:9",
		'connection 1 writes 1 byte "\\n\\x01"',
	]);
});

test("a coroutine goes on where it has awaited", () => {
	const model = v.buildModel(recording(WAITING));
	const line = (i) => v.placeOfStep(model, i).line;

	assert.deepEqual([3, 5, 8, 9].map(line), [9, 3, 3, 3]);
});

test("what one thread tells another is no delayed call", () => {
	const model = v.buildModel(recording([
		{ ...B("call", "post"), tid: 2 }, { ...E, tid: 2 },
		B("call", "message"), E, B("call", "lib/a.c:3"), E]));

	assert.deepEqual([0, 2, 4].map((i) => v.describe(model, i)), [
		"post to the loop begins",
		"message from another thread begins",
		"delayed call a.c:3 begins"]);
});

test("a callback's line is its function's, and where it was added", () => {
	const source = "int x;\n\nstatic int show(int a)\n{\n}\nadd(show);\n";
	const model = v.buildModel(recording([
		B("callback", "show", { deferred: 1, at: "a.c:6" }),
		object("made", { deferred: 2, at: "a.c:4" }), E,
		B("callback", "other (a.c:6)"), E], { "a.c": source }));
	const place = (i) => {
		const { file, line, also } = v.placeOfStep(model, i);

		return [file, line, also];
	};

	assert.deepEqual(place(0), ["a.c", 3, 6]);
	assert.deepEqual(place(1), ["a.c", 4, 0]);
	assert.deepEqual(place(2), ["a.c", 3, 6]);
	assert.deepEqual(place(3), ["a.c", 6, 0]);
});

test("what is searched for has all the words", () => {
	const model = v.buildModel(recording(WAITING));
	const all = v.filterSteps(model, new Set(), "");

	assert.deepEqual(v.findSteps(model, "deferred FIRES", all), [7]);
	assert.deepEqual(v.findSteps(model, " ", all), []);
	assert.deepEqual(v.findSteps(model, "a.c:9", all), [3]);
});

test("a filter leaves out categories, and what has not the words", () => {
	const model = v.buildModel(recording(WAITING));
	const left = (hidden, query) => [...v.orderOf(v.filterSteps(model,
		new Set(hidden), query))];

	assert.deepEqual(left(["object"], ""), [3, 6, 9, 11]);
	assert.deepEqual(left(["coroutine", "object"], ""), []);
	assert.deepEqual(left([], "coroutine begins"), [3, 6, 9, 11]);
});
