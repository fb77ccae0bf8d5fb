// SPDX-License-Identifier: MIT

"use strict";

const test = require("node:test");
const assert = require("node:assert");
const { load, recording, B, E, object } = require("./load.js");

const v = load();

function rowsOf(events, folded) {
	const model = v.buildModel(recording(events));
	const { rows } = v.layOut(v.buildLanes(model), new Set(folded));

	return { model, rows };
}

function lifetimes(...pairs) {
	const events = [];

	for (const [id, from, to] of pairs) {
		events[from] = object("made", { deferred: id });
		events[to] = object("freed", { deferred: id });
	}
	return events;
}

test("Deferreds that overlap have rows of their own, others share", () => {
	const { rows } = rowsOf(lifetimes([1, 0, 2], [2, 1, 4], [3, 3, 5]));
	const packed = rows.filter((row) => row.kind === "deferred");

	assert.deepEqual(packed.map((row) => row.layers[0]
		.map((item) => [item.from, item.to])),
	[[[0, 2], [3, 5]], [[1, 4]]]);
});

test("many connections are packed, few have names", () => {
	const events = [];

	for (let i = 1; i <= 100; i++)
		events.push(object("connected", { connection: i }),
			object("closed", { connection: i }));
	assert.equal(rowsOf(events).rows
		.filter((row) => row.kind === "connection").length, 1);
	assert.equal(rowsOf(events.slice(0, 10)).rows
		.filter((row) => row.kind === "connection").length, 5);
});

test("what is folded has no rows", () => {
	const events = [...lifetimes([1, 0, 1]), B("turn", "turn"), E];

	assert.deepEqual(rowsOf(events).rows.map((row) => row.kind),
		["process", "loop", "group", "deferred"]);
	assert.deepEqual(rowsOf(events, ["0/deferred"]).rows.map((row) =>
		row.kind), ["process", "loop", "group"]);
	assert.deepEqual(rowsOf(events, ["0"]).rows.map((row) => row.kind),
		["process"]);
});

test("the items of a row are in order and do not overlap", () => {
	const events = [];
	let seed = 7;

	for (let i = 0; i < 400; i++) {
		seed = seed * 48271 % 2147483647;
		events.push(object(seed % 2 ? "made" : "freed",
			{ deferred: seed % 17 }));
	}
	for (const row of rowsOf(events).rows)
		for (const layer of row.layers)
			layer.forEach((item, i) => assert.ok(!i ||
				layer[i - 1].to <= item.from));
});

test("a row is found by its height", () => {
	const { rows } = rowsOf(lifetimes([1, 0, 2], [2, 1, 3]));

	rows.forEach((row, i) => {
		assert.equal(v.rowAt(rows, row.y), i);
		assert.equal(v.rowAt(rows, row.y + row.height - 1), i);
	});
	assert.equal(v.rowAt(rows, 1e9), rows.length - 1);
});

function scaleOf(count) {
	const events = [];

	for (let i = 0; i < count; i++)
		events.push({ ...B("turn", "turn"), ts: i * i }, { ...E,
			ts: i * i + i });
	const scale = v.newScale(v.buildModel(recording(events)));

	scale.width = 1000;
	v.fitAll(scale);
	return scale;
}

test("a zoom leaves what is below the mouse where it is", () => {
	for (const mode of ["turns", "time"]) {
		const scale = scaleOf(500);

		scale.mode = mode;
		v.fitAll(scale);
		const step = v.stepAtX(scale, 400);
		const x = v.xOf(scale, step);
		v.zoom(scale, 3, x);
		assert.ok(Math.abs(v.xOf(scale, step) - x) < 1e-6);
	}
});

test("one can't leave the recording, nor come too near", () => {
	const scale = scaleOf(500);
	const { from, to } = scale;

	v.zoom(scale, 0.001, 300);
	assert.deepEqual([scale.from, scale.to], [from, to]);
	v.pan(scale, 1e9);
	assert.equal(scale.to, to);
	v.zoom(scale, 1e9, 1000);
	assert.ok(scale.to - scale.from > 3.99);
	v.pan(scale, -1e9);
	assert.equal(scale.from, from);
});

test("the ruler's marks are not too close", () => {
	const scale = scaleOf(5000);
	const turns = scale.model.threads[0].turns;

	for (let i = 0; i < 20; i++) {
		const ticks = v.turnTicks(scale, turns, 70);

		assert.ok(ticks.length > 0 && ticks.length < 25);
		v.zoom(scale, 1.7, 500);
	}
	scale.mode = "time";
	v.fitAll(scale);
	for (let i = 0; i < 20; i++) {
		const ticks = v.timeTicks(scale, 90);

		assert.ok(ticks.length > 1 && ticks.length < 13);
		v.zoom(scale, 1.7, 500);
	}
});

test("a duration has the unit that reads best", () => {
	assert.deepEqual([0.4, 12, 1234, 45678, 2e6].map(v.duration),
		["0.4 µs", "12 µs", "1.23 ms", "45.7 ms", "2.000 s"]);
});
