// SPDX-License-Identifier: MIT
//
// What stands beside the lanes: the step in words, the source, the state, and
// the list of all steps. All that a recording tells becomes text, never markup.

function element(name, className, ...children) {
	const made = document.createElement(name);

	if (className)
		made.className = className;
	made.append(...children.filter((child) => child !== null));
	return made;
}

function goLink(app, text, step, title) {
	const link = element("a", "go", text);

	link.href = "#step=" + (step + 1);
	link.title = title || "Go to step " + (step + 1);
	link.addEventListener("click", (event) => {
		event.preventDefault();
		app.go(step);
	});
	return link;
}

function objectLink(app, object) {
	return goLink(app, objectName(object), object.first,
		"Go to where it began, step " + (object.first + 1));
}

// ---- Now ----

function stackList(app) {
	const { model } = app;
	const { thread } = model.steps[app.step];
	const stack = stateAt(model, app.step).stacks[thread.index];
	const list = element("ol", "stack");

	for (const index of stack) {
		const slice = model.slices[index];

		list.append(element("li", "look-" + sliceItem(slice).look,
			goLink(app, nounOf(slice), slice.from)));
	}
	return stack.length ? list :
		element("p", "none", "Nothing runs: evert has been left.");
}

function causes(app) {
	const list = element("ul", "causes");

	for (const flow of app.view.near) {
		if (flow.to === app.step || flow.toSlice === app.view.innermost)
			list.append(element("li", "", "because of: ",
				goLink(app, describe(app.model, flow.from),
					flow.from)));
		else
			list.append(element("li", "", "leads to: ",
				goLink(app, describe(app.model, flow.to),
					flow.to)));
	}
	return list.childElementCount ? list : null;
}

function fact(name, value) {
	return element("div", "", element("dt", "", name), " ",
		element("dd", "", value));
}

function turnOf(thread, step) {
	return lowerBound(thread.turns, step + 1);
}

function showNow(app, box) {
	const { model } = app;
	const step = model.steps[app.step];

	if (!step) {
		box.replaceChildren(element("p", "none",
			"The recording has no events."));
		return;
	}
	const { thread } = step;
	const before = app.step ? model.steps[app.step - 1].t : step.t;
	const facts = element("dl", "facts",
		fact("Step", (app.step + 1) + " of " + model.steps.length),
		fact("Time", clockText(model, step.t)),
		fact("Since the last", duration(step.t - before)),
		fact("Turn", String(turnOf(thread, app.step) || "–")));

	if (model.processes.length > 1 || model.threads.length > 1)
		facts.append(fact("Process", thread.process.title +
			(thread.process.threads.length > 1 ?
			", thread " + thread.number : "")));
	box.replaceChildren(element("p", "what", describe(model, app.step)),
		facts, stackList(app), causes(app) || "");
}

// ---- Source ----

const WORDS = new Set(("auto bool break case char const continue default do " +
	"double else enum extern false float for goto if inline int long " +
	"NULL return short signed sizeof static struct switch true typedef " +
	"union unsigned void volatile while").split(" "));
const TOKENS = new RegExp("(/\\*.*?(?:\\*/|$)|//.*$)|" +
	"(\"(?:[^\"\\\\]|\\\\.)*\"?|'(?:[^'\\\\]|\\\\.)*'?)|" +
	"(^\\s*#\\s*\\w+)|(\\w+)|([^\\w\"'/#]+|.)", "g");
const AROUND = 150;
const TAB = 4;	// as the style sheet has it

// Where a line has no room it goes on further to the right than it began.
function hang(code, line) {
	const [blank] = /^[ \t]*/.exec(line);
	const columns = [...blank].reduce((at, letter) => letter === "\t" ?
		at + TAB - at % TAB : at + 1, 0);
	const hanging = Math.ceil(columns / TAB) * TAB + TAB;

	code.style.paddingLeft = hanging + "ch";
	code.style.textIndent = -hanging + "ch";
	return code;
}

// Is the line's beginning within a comment?
function inComment(lines, index) {
	for (let i = index - 1; i >= 0; i--) {
		const close = lines[i].lastIndexOf("*/");
		const open = lines[i].lastIndexOf("/*");

		if (open > close)
			return true;
		if (close >= 0)
			return false;
	}
	return false;
}

function colored(line, isComment) {
	const parts = element("code", "");
	let rest = line;

	if (isComment) {
		const close = line.indexOf("*/");
		const length = close < 0 ? line.length : close + 2;

		parts.append(element("span", "comment", line.slice(0, length)));
		rest = line.slice(length);
	}
	for (const [text, comment, string, directive, word] of
	     rest.matchAll(TOKENS)) {
		const look = comment ? "comment" : string ? "string" :
			directive || WORDS.has(word) ? "word" : "";

		parts.append(look ? element("span", look, text) : text);
	}
	return parts;
}

function sourceLines(text, middle) {
	const lines = text.split("\n");
	const first = Math.max(0, middle - AROUND);
	const list = element("ol", "lines");
	let isComment = inComment(lines, first);

	list.start = first + 1;
	list.style.counterReset = "line " + first;
	lines.slice(first, middle + AROUND).forEach((line, i) => {
		const row = element("li", "",
			hang(colored(line, isComment), line));

		row.value = first + i + 1;
		list.append(row);
		isComment = inComment([...(isComment ? ["/*"] : []), line],
			isComment ? 2 : 1);
	});
	return list;
}

function markLine(list, line, className, note) {
	const row = list.children[line - list.start];

	if (!row)
		return null;
	row.classList.add(className);
	if (note)
		row.append(element("span", "note", note));
	return row;
}

function withoutMarks(list) {
	for (const row of list.querySelectorAll(".here, .also")) {
		row.classList.remove("here", "also");
		row.removeAttribute("aria-current");
		for (const note of row.querySelectorAll(".note"))
			note.remove();
	}
}

// The list is made anew only where another part of a source is shown.
function linesFor(app, box, place, text) {
	const old = box.querySelector(".lines");

	if (old && app.shownFile === place.file &&
	    place.line >= old.start &&
	    place.line < old.start + old.childElementCount) {
		withoutMarks(old);
		return old;
	}
	app.shownFile = place.file;
	const list = sourceLines(text, place.line);
	box.replaceChildren(list);
	return list;
}

// What was shown last stays, where nothing of the program runs.
function noSource(app, box, title, place) {
	const old = box.querySelector(".lines");

	if (!place && old) {
		title.textContent = "evert’s own loop runs";
		withoutMarks(old);
		return;
	}
	app.shownFile = null;
	title.textContent = place ? place.file + ":" + place.line : "";
	box.replaceChildren(element("p", "none", place ?
		"The source is not in this page. Make it anew with " +
		"--source and the folder that has " + place.file + "." :
		"evert’s own loop runs: no line of the program."));
}

function showSource(app, box, title) {
	const place = app.model.steps.length ?
		placeOfStep(app.model, app.step) : null;
	const text = place && app.model.sources[place.file];

	if (typeof text !== "string") {
		noSource(app, box, title, place);
		return;
	}
	const list = linesFor(app, box, place, text);
	const row = markLine(list, place.line, "here", "");

	title.textContent = place.file + ":" + place.line;
	if (place.also && place.also !== place.line)
		markLine(list, place.also, "also", place.why);
	if (!row)
		return;
	row.setAttribute("aria-current", "true");
	const y = row.offsetTop - box.offsetTop;
	if (y < box.scrollTop + 20 ||
	    y > box.scrollTop + box.clientHeight - 60)
		box.scrollTop = y - box.clientHeight / 3;
}

// ---- State ----

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
	return element("li", "", pill(one.is || "pending"), " ",
		objectLink(app, app.model.objects[one.object]), more);
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

// ---- A list of which only what is seen is made ----

class VirtualList {
	constructor(box, height, fill) {
		this.box = box;
		this.height = height;
		this.fill = fill;
		this.count = 0;
		this.selected = -1;
		this.inner = element("div", "inner");
		this.inner.setAttribute("role", "presentation");
		box.replaceChildren(this.inner);
		box.addEventListener("scroll", () => this.render());
	}

	setCount(count) {
		this.count = count;
		this.inner.style.height = count * this.height + "px";
		this.rows = null;
		this.render();
	}

	select(index) {
		this.selected = index;
		this.reveal(index);
		this.render();
	}

	reveal(index) {
		const top = index * this.height;
		const { box, height } = this;

		if (index < 0)
			return;
		if (top < box.scrollTop + height)
			box.scrollTop = top - box.clientHeight / 3;
		else if (top > box.scrollTop + box.clientHeight - 2 * height)
			box.scrollTop = top - box.clientHeight * 2 / 3;
	}

	render() {
		const { box, height } = this;
		const first = Math.max(0,
			Math.floor(box.scrollTop / height) - 2);
		const end = Math.min(this.count, first + 5 +
			Math.ceil(box.clientHeight / height));
		const rows = [];

		for (let i = first; i < end; i++)
			rows.push(this.row(i));
		this.inner.replaceChildren(...rows);
		const id = this.selected >= first && this.selected < end ?
			box.id + "-" + this.selected : "";
		if (id)
			box.setAttribute("aria-activedescendant", id);
		else
			box.removeAttribute("aria-activedescendant");
	}

	row(index) {
		const row = element("div", "row");

		row.id = this.box.id + "-" + index;
		row.style.top = index * this.height + "px";
		row.setAttribute("role", "option");
		row.setAttribute("aria-selected",
			String(index === this.selected));
		row.setAttribute("aria-setsize", String(this.count));
		row.setAttribute("aria-posinset", String(index + 1));
		row.dataset.index = String(index);
		this.fill(row, index);
		return row;
	}
}

function fillStep(app, row, index) {
	const number = app.order[index];
	const step = app.model.steps[number];
	const slice = app.model.slices[step.slice];
	const depth = slice ? slice.depth + (step.ph === "B" ||
		step.ph === "E" ? 0 : 1) : 0;
	const what = element("span", "step-what", describe(app.model, number));
	const look = step.ph === "B" || step.ph === "E" ?
		sliceItem(slice).look : "other";

	what.style.paddingLeft = Math.min(depth, 8) * 12 + "px";
	row.classList.add("look-" + look);
	if (app.view.found.has(number))
		row.classList.add("found");
	row.append(element("span", "step-time",
		clockText(app.model, step.t)));
	if (app.model.processes.length > 1)
		row.append(element("span", "step-process",
			step.thread.process.title));
	row.append(what);
}
