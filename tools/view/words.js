// SPDX-License-Identifier: MIT
//
// What happened, in words, and where in the source.

// What a recording calls something may be called like what objects have.
const NOUNS = {
	__proto__: null,
	turn: "turn of the loop",
	wait: "wait for events",
	protocol: "protocol",
	callback: "callback",
	coroutine: "coroutine",
	call: "delayed call",
	system: "system call",
};

// Calls that are not delayed.
const CALLS = {
	__proto__: null,
	post: "post to the loop",
	message: "message from another thread",
};

function numberOf(object) {
	return object.id === null ? "" : " " + object.id;
}

function objectName(object) {
	const name = object.kind === "coroutine" && object.name;

	return name ? name + (object.id === null ? "" : " #" + object.id) :
		KIND_NAMES[object.kind] + numberOf(object);
}

function duration(microseconds) {
	const value = Math.abs(microseconds);

	if (value < 1000)
		return microseconds.toFixed(value < 10 ? 1 : 0) + " µs";
	if (value < 1e6)
		return (microseconds / 1000).toFixed(value < 1e4 ? 2 : 1) +
			" ms";
	return (microseconds / 1e6).toFixed(3) + " s";
}

// When it was, as fine as it was recorded, all in the unit of the whole run.
function clockText(model, t) {
	const last = model.steps[model.steps.length - 1].t;

	if (last < 1e4)
		return t.toFixed(1) + " µs";
	return last < 1e7 ? (t / 1000).toFixed(3) + " ms" :
		(t / 1e6).toFixed(6) + " s";
}

function bytes(count) {
	return count === 1 ? "1 byte" : count + " bytes";
}

// Of what was sent, so that line ends are seen.
function visible(text) {
	return String(text).replace(/[\0-\x1f\x7f-\x9f]/g, (letter) => {
		const known = { "\r": "\\r", "\n": "\\n", "\t": "\\t" };

		return known[letter] || "\\x" +
			letter.charCodeAt(0).toString(16).padStart(2, "0");
	});
}

function sliceName(slice) {
	if (slice.cat === "turn" && slice.name === "turn")
		return "turn";
	if (slice.cat === "wait" && slice.name === "wait")
		return "wait";
	return placeOf(slice.name) ? slice.name.replace(/^.*\//, "") :
		slice.name;
}

function nounOf(slice) {
	const noun = NOUNS[slice.cat] || slice.cat;

	if (slice.name === slice.cat)
		return noun;
	if (slice.cat === "call" && CALLS[slice.name])
		return CALLS[slice.name];
	return (noun ? noun + " " : "") + sliceName(slice);
}

const SENTENCES = {
	made: (who) => who + " is made",
	fired: (who, args) => who + " fires" + outcome(args.result),
	waits: (who, args, on) => who + " waits for " + on,
	freed: (who) => who + " is freed",
	spawned: (who) => who + " is spawned",
	awaits: (who, args, on) => who + " awaits " + on,
	resumed: (who, args) => who + " resumes" +
		(args.what ? " " + args.what : outcome(args.result)),
	ended: (who, args) => args.connection === undefined ?
		who + " ends" + outcome(args.result) :
		who + ": the peer has sent its end",
	cancelled: (who) => who + " is cancelled",
	connected: (who, args) => who + " opens" +
		(args.peer ? ", to " + args.peer : ""),
	paused: (who, args) => who + " pauses " + (args.what || ""),
	closed: (who, args) => who + " closes" +
		(args.why ? ": " + args.why : ""),
	added: (who, args) => who + " is set" + inSeconds(args.in),
	queued: (who, args) => who + " has " + (args.bytes > 0 ?
		bytes(args.bytes) + " queued" : "nothing queued any more"),
	moved: (who, args) => who + " is moved" + inSeconds(args.in),
	read: (who, args) => who + " reads " + bytes(args.count) +
		quoted(args.text),
	written: (who, args) => who + " writes " + bytes(args.count) +
		quoted(args.text),
};

function outcome(result) {
	return result === undefined ? "" : ": " + result;
}

function inSeconds(seconds) {
	return seconds === undefined ? "" :
		", due in " + duration(Number(seconds) * 1e6);
}

function quoted(text) {
	return text === undefined ? "" : ' "' + visible(text) + '"';
}

function describeInstant(model, step) {
	const object = model.objects[step.object];
	const on = model.objects[step.on];
	const sentence = Object.hasOwn(SENTENCES, step.name) &&
		SENTENCES[step.name];

	if (!object || !sentence)
		return (step.cat ? step.cat + ": " : "") + step.name;
	return sentence(objectName(object), step.args,
		on ? objectName(on) : "another");
}

// One line that tells what a step is.
function describe(model, index) {
	const step = model.steps[index];
	const slice = model.slices[step.slice];

	if (step.ph === "B")
		return nounOf(slice) + " begins" + ofWhom(model, slice);
	if (step.ph === "E")
		return nounOf(slice) + " ends after " + duration(step.t -
			model.steps[slice.from].t);
	return describeInstant(model, step);
}

function ofWhom(model, slice) {
	const object = model.objects[slice.object];

	return !object || object.id === null || slice.cat === "coroutine" ?
		"" : ", of " + objectName(object);
}

// ---- Places ----

// Where each function of a source is defined: by our style its name begins
// nothing but a line.
function definitionsOf(text) {
	const found = new Map();

	text.split("\n").forEach((line, i) => {
		const parts = /^[A-Za-z_].*?\b(\w+)\((?!.*;)/.exec(line);

		if (parts && !found.has(parts[1]))
			found.set(parts[1], i + 1);
	});
	return found;
}

function definition(model, file, name) {
	const text = model.sources[file];

	if (typeof text !== "string")
		return 0;
	if (!model.definitions)
		model.definitions = new Map();
	if (!model.definitions.has(file))
		model.definitions.set(file, definitionsOf(text));
	return model.definitions.get(file).get(name) || 0;
}

// Where only a function's name is known.
function placeOfFunction(model, name) {
	for (const file of Object.keys(model.sources)) {
		const line = definition(model, file, name);

		if (line)
			return { file, line, also: 0, why: "" };
	}
	return null;
}

// A callback's place is where it was added: what runs is its function.
function placeOfSlice(model, slice) {
	const place = placeOf(slice.at);
	const isFunction = slice.cat === "callback" ||
		slice.cat === "coroutine";
	const hung = placeOf(slice.hungAt);

	// It goes on behind what it awaited.
	if (hung)
		return { ...hung, also: 0, why: "" };
	if (!place)
		return isFunction ? placeOfFunction(model, slice.name) : null;
	const line = isFunction ?
		definition(model, place.file, slice.name) : 0;

	return {
		file: place.file,
		line: line || place.line,
		also: line ? place.line : 0,
		why: slice.cat === "coroutine" ? "spawned here" :
			slice.cat === "callback" ? "added here" : "",
	};
}

// Where the step is in the source: told by itself, by the Deferred it is about,
// or by what runs around it.
function placeOfStep(model, index) {
	const step = model.steps[index];
	const on = model.objects[step.on];
	const own = step.ph === "B" || step.ph === "E" ? null :
		placeOf(step.args.at) || (on && placeOf(on.at)) ||
		placeOf(step.hungAt);

	if (own)
		return { ...own, also: 0, why: "" };
	for (let i = step.slice; i >= 0; i = model.slices[i].parent) {
		const place = placeOfSlice(model, model.slices[i]);

		if (place)
			return place;
	}
	return null;
}
