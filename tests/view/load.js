// SPDX-License-Identifier: MIT
//
// What the page's scripts do without a page, for tests: they are one script
// there, so they are put together here, too.

"use strict";

const fs = require("node:fs");
const path = require("node:path");

const PURE = ["halving", "objects", "flows", "model", "words", "state",
	"lanes", "scale", "filter"];
const NAMES = ["buildModel", "describe", "placeOfStep", "placeOf", "stateAt",
	"emptyState", "applyStep", "chainOf", "buildLanes", "layOut", "rowAt",
	"newScale", "setRange", "fitAll", "zoom", "pan", "xOf", "stepAtX",
	"firstFrom", "timeTicks", "turnTicks", "findSteps", "filterSteps",
	"orderOf", "duration", "visible", "lowerBound"];

function load() {
	const folder = path.join(__dirname, "../../tools/view");
	const text = PURE.map((name) =>
		fs.readFileSync(path.join(folder, name + ".js"), "utf8"));

	return new Function('"use strict";' + text.join("\n") + "return {" + NAMES + "};")();
}

// Events with what each has, and a time of their own.
function recording(events, sources) {
	let ts = 1000;

	return {
		recordings: [{ file: "run.json", cut: false }],
		sources: sources || {},
		events: events.map((event) => ({ ts: ts++, pid: 1, tid: 1,
			...event })),
	};
}

const B = (cat, name, args) => ({ ph: "B", cat, name, args });
const E = { ph: "E" };
const object = (name, args) => ({ ph: "i", cat: "object", name, args });
const bytes = (name, args) => ({ ph: "i", cat: "bytes", name, args });

module.exports = { load, recording, B, E, object, bytes };
