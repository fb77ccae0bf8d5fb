// SPDX-License-Identifier: MIT
//
// The state at the step: what is alive, and what it waits for.

const MOST_SHOWN = 60;
const STATUS = { pending: "pending", waits: "waits", fired: "fired",
	runs: "runs", ready: "ready", rests: "rests", open: "open",
	half: "half open", unknown: "unknown" };

function madeAt(object) {
	return object.at ? ", made at " + object.at : "";
}

// Whoever waits for several, as a combinator does.
function severalText(app, on) {
	const span = element("span", "chain", " waits for ");

	on.slice(0, 4).forEach((index, i) => span.append(i ? ", " : "",
		objectLink(app, app.model.objects[index])));
	if (on.length > 4)
		span.append(" and " + (on.length - 4) + " more");
	return span;
}

function others(link) {
	const { length } = link.on || [];

	return length > 1 ? " and " + (length - 1) + " more" : "";
}

function chainText(app, state, one) {
	const span = element("span", "chain");
	const chain = chainOf(state, one);
	const isDeferred = Array.isArray(one.on);

	if (isDeferred && one.on.length > 1)
		return severalText(app, one.on);

	chain.forEach((link, i) => {
		const object = app.model.objects[link.object];

		span.append(i ? ", which waits for " :
			isDeferred ? " waits for " : " awaits ",
			objectLink(app, object), element("span", "place",
				madeAt(object)), i ? others(chain[i - 1]) : "");
	});
	if (chain.length && chain[chain.length - 1].is === "pending")
		span.append(" and has not fired");
	return span;
}

function pill(status) {
	return element("span", "pill is-" + status, STATUS[status] || status);
}

function stateItem(app, state, one, more) {
	const object = app.model.objects[one.object];

	return element("li", "", pill(one.is || "pending"), " ",
		objectLink(app, object), element("span", "place",
			processText(app, "of", object.process)), more);
}

function coroutineItem(app, state, one) {
	return stateItem(app, state, one, one.is === "waits" ?
		chainText(app, state, one) : null);
}

function deferredItem(app, state, one) {
	const object = app.model.objects[one.object];
	const waiters = (one.waiters || []).map((index) =>
		app.model.objects[index]);
	const span = element("span", "chain",
		element("span", "place", madeAt(object)));

	if (one.is === "waits" && one.on.length)
		span.append(chainText(app, state, one));
	if (one.result !== undefined && one.is !== "waits")
		span.append(": " + one.result);
	if (one.cancelled)
		span.append(", cancelled");
	if (waiters.length && one.is !== "waits")
		span.append(", awaited by " + waiters.slice(0, 3)
			.map(objectName).join(", "));
	return stateItem(app, state, one, span);
}

function connectionItem(app, state, one) {
	const object = app.model.objects[one.object];
	const parts = [object.detail.peer ? " to " + object.detail.peer : "",
		", read " + (one.read || 0), ", written " + (one.written || 0)];

	if (one.queued > 0)
		parts.push(", " + bytes(one.queued) + " queued");
	if (one.no_reading)
		parts.push(", reading is paused");
	if (one.no_writing)
		parts.push(", writing is paused");
	return stateItem(app, state, { is: "open", ...one }, parts.join(""));
}

function timerItem(app, state, one) {
	const object = app.model.objects[one.object];
	const now = app.model.steps[app.step].t;
	const due = one.due === null || one.due === undefined ? "" :
		one.due >= now ? " due in " + duration(one.due - now) :
		" due since " + duration(now - one.due);

	return stateItem(app, state, { ...one, is: "pending" },
		element("span", "chain", due,
			element("span", "place", madeAt(object))));
}

const STATE_PARTS = [
	["coroutine", "Coroutines", coroutineItem, "No coroutine is alive."],
	["deferred", "Deferreds", deferredItem, "No Deferred is alive."],
	["connection", "Connections", connectionItem,
		"No connection is open."],
	["timer", "Timers", timerItem, "No timer is set."],
];

function livingOf(app, state, kind) {
	const all = [...state[kind].values()];

	return kind === "deferred" ? all.filter((one) =>
		one.is !== "fired" || one.result !== undefined) : all;
}

function statePart(app, state, kind, title, item, none) {
	const all = livingOf(app, state, kind);
	const list = element("ul", "living", ...all.slice(0, MOST_SHOWN)
		.map((one) => item(app, state, one)));
	const count = element("span", "count", String(all.length));

	if (all.length > MOST_SHOWN)
		list.append(element("li", "none", "and " +
			(all.length - MOST_SHOWN) + " more"));
	return element("section", "", element("h3", "", title, " ", count),
		all.length ? list : element("p", "none", none));
}

function showState(app, box) {
	const { model } = app;
	const state = stateAt(model, app.step);
	const parts = STATE_PARTS.filter(([kind]) => model.hasIdentities ||
		(kind === "coroutine" && state.coroutine.size));

	if (!model.hasIdentities)
		box.replaceChildren(element("p", "none",
			"This recording tells neither Deferreds nor " +
			"connections nor timers: it was made by an evert " +
			"that did not record them yet."));
	else
		box.replaceChildren();
	box.append(...parts.map((part) => statePart(app, state, ...part)));
}
