// SPDX-License-Identifier: MIT
//
// The lower half of a column: where the state is.

function keyOf(place) {
	return [place.where, place.name, place.thread || ""].join();
}

/* Of the step before, by frame; several frames may look the same. */
function oldPlaces(style) {
	const found = new Map();

	for (const place of placesOf(at ? itemOf(style, at - 1) : null)) {
		const key = keyOf(place);

		found.set(key, [...found.get(key) || [], new Map(place.vars)]);
	}
	return found;
}

/* The one that is most like it, or undefined. */
function oldOf(place, old) {
	const same = (values) => place.vars.filter(([name, value]) =>
		values.get(name) === value).length;

	return (old.get(keyOf(place)) || []).sort((a, b) =>
		same(b) - same(a))[0];
}

function values(place, old, isNew) {
	if (!place.vars.length)
		return null;
	return make("dl", {}, ...place.vars.flatMap(([name, value]) => [
		make("dt", {}, name),
		make("dd", {class: isNew && old && old.get(name) !== value ?
			"new" : null}, value),
	]));
}

function card(place, old, isNew, note) {
	const title = make("div", {class: "name"}, place.name);

	if (place.line)
		title.append(make("small", {}, ` line ${place.line}`));
	if (note)
		title.append(make("small", {}, ` ${note}`));
	return make("li", {class: place.where + (place.asleep ? " asleep" : "")},
		title, values(place, oldOf(place, old), isNew));
}

/* The stack, from the innermost frame; evert's in a line. */
function stackOf(item, places, old, isNew) {
	const frames = places.filter((place) => place.line && !place.asleep);
	const rows = [];

	for (const words of item.stack) {
		if (frames.length && frames[0].name === words) {
			const frame = frames.shift();

			rows.push(card(frame, old, isNew,
				frame.where === "coroutine" ?
				"on a coroutine's stack" : null));
		} else if (rows.length && rows.at(-1).className === "evert") {
			rows.at(-1).append(", " + words);
		} else {
			rows.push(make("li", {class: "evert"},
				rows.length ? "called by " + words : words));
		}
	}
	return rows;
}

function list(title, rows) {
	if (!rows.length)
		return [];
	return [make("h3", {}, title), make("ul", {class: "state"}, ...rows)];
}

function showState(style, item, isNew) {
	const places = placesOf(item);
	const old = oldPlaces(style);
	const state = byId("state-" + style);
	const cards = (test, note) => places.filter(test).map((place) =>
		card(place, old, isNew, note && note(place)));

	if (!item || item.kind === "end") {
		replace(state, make("p", {class: "none"}, item ?
			"Nothing is left." : "There is nothing yet."));
		return;
	}
	replace(state,
		...list(item.thread ? `On the stack of thread ${item.thread}` :
			"On the thread's stack, innermost first",
			item.thread === 0 ? [] : stackOf(item, places, old, isNew)),
		...list("Asleep, each on a stack of its own",
			cards((place) => place.asleep, (place) => place.thread ?
				`of thread ${place.thread}` :
				`of the coroutine ${place.of}`)),
		...list("On the heap",
			cards((place) => place.where === "heap")),
		...list("In chains",
			cards((place) => place.where === "chain")));
}

function showColumn(style) {
	const column = byId("code-" + style);
	const item = itemOf(style);
	const isNew = row().cells[style][1];
	const [kind, words] = whoRuns(item, isNew);
	const runs = column.querySelector(".runs");

	showSource(column, style);
	runs.className = "runs " + kind;
	runs.textContent = words;
	markLines(column, item, item && item.kind === "end");
	showState(style, item, isNew);
}
