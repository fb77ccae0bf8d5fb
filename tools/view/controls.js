// SPDX-License-Identifier: MIT
//
// The page: what is pressed, clicked, dragged and typed, and what follows.

const byId = (id) => document.getElementById(id);

const app = {
	model: null,
	lanes: [],
	folded: new Set(),
	step: 0,
	shown: null,	// for each step, does the filter let it through?
	order: null,	// those steps
	hidden: new Set(),
	found: [],
	playing: 0,
	view: null,
	list: null,
	go,
};

let drawing = 0;

// ---- Drawing ----

function makeView(model) {
	const view = {
		model,
		scale: newScale(model),
		rows: [],
		height: 0,
		top: 0,
		step: 0,
		theme: null,
		shown: null,
		shownObjects: null,
		found: new Set(),
		near: [],
		innermost: -1,
		stack: new Set(),
		objects: new Set(),
		ticks: [],
		flowsByFrom: model.flows.slice()
			.sort((a, b) => a.from - b.from),
		flowsByTo: model.flows.slice().sort((a, b) => a.to - b.to),
		isDim: (item) => !isItemShown(view, item),
		isCurrent: (item) => item.slice >= 0 ?
			view.stack.has(item.slice) :
			view.objects.has(item.object) &&
			item.from <= view.step && item.to >= view.step,
		isFound: (item) => item.slice >= 0 && view.found.has(item.from),
	};

	return view;
}

function isItemShown(view, item) {
	return item.slice >= 0 ? view.shown[item.from] :
		view.shownObjects[item.object];
}

function draw() {
	if (!drawing)
		drawing = requestAnimationFrame(drawNow);
}

function drawNow() {
	const { view } = app;
	const { scale } = view;
	const lanes = byId("lanes");
	const canvas = byId("canvas");
	const step = view.model.steps[view.step];

	drawing = 0;
	view.top = lanes.scrollTop;
	canvas.style.height = lanes.clientHeight + "px";
	scale.width = Math.max(1, canvas.clientWidth);
	view.ticks = scale.mode === "time" ? timeTicks(scale, 90) :
		turnTicks(scale, step ? step.thread.turns : [], 70);
	drawLanes(view, canvas);
	drawRuler(view, byId("ruler"));
	drawOverview(view, byId("overview"));
	showLabels();
	tellRange();
}

// The names of the rows that are seen.
function showLabels() {
	const { view } = app;
	const box = byId("labels");
	const first = rowAt(view.rows, view.top);
	const bottom = view.top + byId("lanes").clientHeight;
	const key = [first, bottom, view.rows.length, view.step,
		[...app.folded].join()].join(" ");
	const labels = [];

	if (view.labelsKey === key)
		return;
	view.labelsKey = key;
	const hadFocus = document.activeElement &&
		document.activeElement.dataset.key;
	for (let i = first; i < view.rows.length; i++) {
		if (view.rows[i].y > bottom)
			break;
		labels.push(labelOf(view, view.rows[i]));
	}
	box.replaceChildren(...labels);
	const again = hadFocus && box.querySelector(
		'[data-key="' + CSS.escape(hadFocus) + '"]');
	if (again)
		again.focus({ preventScroll: true });
}

function labelOf(view, row) {
	const label = element("div", "label " + row.kind);

	label.style.top = row.y + "px";
	label.style.height = row.height + "px";
	label.title = row.title || row.label;
	if (row.kind !== "process" && row.kind !== "group") {
		label.append(element("span", "", row.label));
		if (isRowCurrent(view, row))
			label.classList.add("current");
		return label;
	}
	const button = element("button", "", row.label + " ");
	button.type = "button";
	button.dataset.key = row.key;
	button.setAttribute("aria-expanded", String(row.isOpen));
	if (row.count)
		button.append(element("span", "count", String(row.count)));
	button.addEventListener("click", () => fold(row.key));
	label.append(button);
	return label;
}

function isRowCurrent(view, row) {
	return [...view.objects].some((index) =>
		view.model.objects[index].row === row &&
		row.kind !== "deferred" && row.kind !== "timer");
}

function tellRange() {
	const { scale } = app.view;
	const whole = wholeRange(scale);
	const length = whole.to - whole.from;
	const box = byId("overview");
	const middle = ((scale.from + scale.to) / 2 - whole.from) / length;

	box.setAttribute("aria-valuenow", String(Math.round(middle * 100)));
	box.setAttribute("aria-valuetext", Math.round(100 *
		(scale.to - scale.from) / length) + " % of the run, around " +
		Math.round(middle * 100) + " %");
}

function fold(key) {
	if (!app.folded.delete(key))
		app.folded.add(key);
	layOutLanes();
}

function layOutLanes() {
	const { view } = app;
	const { rows, height } = layOut(app.lanes, app.folded);

	view.rows = rows;
	view.height = height;
	byId("lanes-inner").style.height =
		Math.max(height + 8, 10) + "px";
	draw();
}

// ---- Steps ----

function rowOfStep(model, step) {
	const slice = model.slices[step.slice];
	const object = model.objects[step.object];

	if (step.ph === "B" || step.ph === "E")
		return slice.row;
	return (object && object.row) || (slice && slice.row);
}

function reveal() {
	const { view, model } = app;
	const row = rowOfStep(model, model.steps[app.step]);
	const lanes = byId("lanes");

	show(view.scale, app.step);
	if (!row || !row.isShown)
		return;
	if (row.y < lanes.scrollTop)
		lanes.scrollTop = row.y - 34;
	else if (row.y + row.height > lanes.scrollTop + lanes.clientHeight)
		lanes.scrollTop = row.y + row.height + 10 - lanes.clientHeight;
}

function findNear() {
	const { view, model } = app;
	const step = model.steps[app.step];
	const stack = stateAt(model, app.step).stacks[step.thread.index];

	view.step = app.step;
	view.innermost = step.ph === "E" || !stack.length ? -1 :
		stack[stack.length - 1];
	view.stack = new Set(stack);
	view.objects = new Set([step.object, step.on]
		.filter((index) => index >= 0));
	view.near = [
		...flowsAt(view.flowsByTo, "to", app.step),
		...flowsAt(view.flowsByFrom, "from", app.step),
	];
	if (view.innermost >= 0 && step.ph !== "B")
		view.near.push(...flowsAt(view.flowsByTo, "to",
			model.slices[view.innermost].from));
}

function flowsAt(flows, key, step) {
	const found = [];
	let low = 0;
	let high = flows.length;

	while (low < high) {
		const middle = (low + high) >> 1;

		if (flows[middle][key] < step)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < flows.length && flows[low][key] === step; low++)
		found.push(flows[low]);
	return found;
}

function go(step) {
	const { model } = app;

	if (!model.steps.length) {
		showNow(app, byId("now"));
		draw();
		return;
	}
	app.step = Math.max(0, Math.min(model.steps.length - 1, step));
	findNear();
	reveal();
	showNow(app, byId("now"));
	showSource(app, byId("source"), byId("place"));
	showState(app, byId("state"));
	app.list.select(lowerBound(app.order, app.step));
	sayStep();
	keepLink();
	draw();
}

function sayStep() {
	if (!app.playing)
		byId("live").textContent = "Step " + (app.step + 1) + ": " +
			describe(app.model, app.step);
}

// By so many of the steps that are shown.
function move(by) {
	const { order } = app;
	const here = lowerBound(order, app.step);
	const isOn = order[here] === app.step;
	const to = here + by + (isOn || by < 0 ? 0 : -1);

	if (order.length)
		go(order[Math.max(0, Math.min(order.length - 1, to))]);
}

function moveTurn(by) {
	const { turns } = app.model.steps[app.step].thread;
	const here = lowerBound(turns, app.step);
	const next = by < 0 ? here - 1 :
		turns[here] === app.step ? here + 1 : here;

	if (next >= 0 && next < turns.length)
		go(turns[next]);
	else
		go(by < 0 ? 0 : app.model.steps.length - 1);
}

function stepOver() {
	const step = app.model.steps[app.step];

	if (step.ph === "B")
		go(app.model.slices[step.slice].to);
	else
		move(1);
}

function stepUp() {
	const { model, step } = app;
	const { stacks } = stateAt(model, step);
	const stack = stacks[model.steps[step].thread.index];

	if (stack.length)
		go(model.slices[stack[stack.length - 1]].to);
}

// ---- Play ----

function play(isOn) {
	const button = byId("play");

	cancelAnimationFrame(app.playing);
	app.playing = 0;
	button.setAttribute("aria-pressed", String(isOn));
	button.setAttribute("aria-label", isOn ? "Pause" : "Play");
	button.title = (isOn ? "Pause" : "Play") + " (Space)";
	if (!isOn)
		return;
	if (app.order.length && app.step >= app.order[app.order.length - 1])
		go(app.order[0]);
	let last = performance.now();
	const tick = (now) => {
		const due = Math.floor((now - last) *
			Number(byId("speed").value) / 1000);

		app.playing = requestAnimationFrame(tick);
		if (due < 1)
			return;
		last = now;
		move(due);
		if (app.step >= app.order[app.order.length - 1]) {
			play(false);
			sayStep();
		}
	};
	app.playing = requestAnimationFrame(tick);
}

function togglePlay() {
	if (app.model.steps.length)
		play(!app.playing);
}

// ---- Search and filter ----

function search() {
	const query = byId("search").value;

	app.found = findSteps(app.model, query, app.shown);
	app.view.found = new Set(app.found);
	tellFound();
	app.list.render();
	draw();
}

function tellFound() {
	const { found, step } = app;
	const here = lowerBound(found, step);

	byId("found").textContent = !byId("search").value.trim() ? "" :
		!found.length ? "none" : (found[here] === step ?
		here + 1 + " of " : "") + found.length;
}

function moveFound(by) {
	const { found, step } = app;
	const here = lowerBound(found, step);

	if (!found.length)
		return;
	const next = by < 0 ? here - 1 : found[here] === step ? here + 1 :
		here;
	go(found[(next + found.length) % found.length]);
	tellFound();
}

function filter() {
	app.shown = filterSteps(app.model, app.hidden, byId("only").value);
	app.order = orderOf(app.shown);
	app.view.shown = app.shown;
	app.view.shownObjects = filterObjects(app.model, app.shown);
	const isAll = app.order.length === app.model.steps.length;
	byId("filter-count").textContent = isAll ? "" : " · on";
	byId("steps-count").textContent = isAll ?
		String(app.order.length) :
		app.order.length + " of " + app.model.steps.length;
	app.list.setCount(app.order.length);
	app.list.select(lowerBound(app.order, app.step));
	search();
}

function makeCategories() {
	const box = byId("categories");

	for (const [name, count] of categoriesOf(app.model)) {
		const input = element("input", "");
		const swatch = element("span", "swatch look-" +
			(NOUNS[name] ? name : "other"));

		input.type = "checkbox";
		input.checked = true;
		input.value = name;
		input.addEventListener("change", () => {
			if (input.checked)
				app.hidden.delete(name);
			else
				app.hidden.add(name);
			filter();
		});
		box.append(element("label", "", input, swatch, name + " ",
			element("span", "count", String(count))));
	}
}

function resetFilter() {
	app.hidden.clear();
	byId("only").value = "";
	for (const input of byId("categories").querySelectorAll("input"))
		input.checked = true;
	filter();
}

function toggleFilter() {
	const box = byId("filter");

	box.hidden = !box.hidden;
	byId("filter-button").setAttribute("aria-expanded",
		String(!box.hidden));
	if (!box.hidden)
		byId("categories").querySelector("input")?.focus();
	draw();
}

// ---- The link to a moment ----

function linkText() {
	const { scale } = app.view;
	const parts = new URLSearchParams({
		step: String(app.step + 1),
		axis: scale.mode,
		from: scale.from.toFixed(1),
		to: scale.to.toFixed(1),
	});
	const query = byId("search").value;

	if (query)
		parts.set("search", query);
	return "#" + parts;
}

// Where a page was opened as a file some browsers allow no history.
function keepLink() {
	clearTimeout(app.linking);
	app.linking = setTimeout(() => {
		const text = linkText();

		app.kept = text;
		try {
			history.replaceState(null, "", text);
		} catch {
			app.kept = null;
		}
	}, 200);
}

function followLink() {
	const parts = new URLSearchParams(location.hash.slice(1));
	const step = Number(parts.get("step"));
	const from = parseFloat(parts.get("from"));
	const to = parseFloat(parts.get("to"));
	const axis = parts.get("axis");

	if (!Number.isInteger(step) || step < 1)
		return false;
	if (axis === "time" || axis === "turns")
		setAxis(axis);
	if (parts.has("search")) {
		byId("search").value = parts.get("search");
		search();
	}
	if (from < to)
		setRange(app.view.scale, from, to);
	go(step - 1);
	return true;
}

async function copyLink() {
	const url = location.href.replace(/#.*/, "") + linkText();

	try {
		await navigator.clipboard.writeText(url);
		toast("The link to this moment is copied.");
	} catch {
		toast("The link to this moment: " + url);
	}
}

function toast(text) {
	const box = byId("toast");

	box.textContent = text;
	box.hidden = false;
	byId("live").textContent = text;
	clearTimeout(app.toasting);
	app.toasting = setTimeout(() => {
		box.hidden = true;
	}, 4000);
}

// ---- Theme and axis ----

function setTheme(name) {
	document.documentElement.dataset.theme = name;
	byId("theme").setAttribute("aria-pressed", String(name === "dark"));
	app.view.theme = readTheme(byId("canvas").getContext("2d"));
	draw();
}

function remembered(name) {
	try {
		return localStorage.getItem("evert-" + name);
	} catch {
		return null;
	}
}

function remember(name, value) {
	try {
		localStorage.setItem("evert-" + name, value);
	} catch {
		// It is asked for again the next time.
	}
}

function startTheme() {
	const dark = matchMedia("(prefers-color-scheme: dark)");

	dark.addEventListener("change", () => {
		if (!remembered("theme"))
			setTheme(dark.matches ? "dark" : "light");
	});
	setTheme(remembered("theme") || (dark.matches ? "dark" : "light"));
}

function switchTheme() {
	const name = document.documentElement.dataset.theme === "dark" ?
		"light" : "dark";

	remember("theme", name);
	setTheme(name);
}

function setAxis(mode) {
	setMode(app.view.scale, mode, app.step);
	for (const input of document.querySelectorAll("[name=axis]"))
		input.checked = input.value === mode;
	byId("axis-name").textContent = mode === "time" ?
		"Time since the start" : "Turns of the loop";
	draw();
}

function zoomBy(factor, x) {
	const { scale } = app.view;

	zoom(scale, factor, x === undefined ?
		Math.max(0, Math.min(scale.width, xOf(scale, app.step))) : x);
	keepLink();
	draw();
}

function panBy(pixels) {
	pan(app.view.scale, pixels);
	keepLink();
	draw();
}

// ---- The mouse, the finger ----

function canvasX(event) {
	return event.clientX - byId("canvas").getBoundingClientRect().left;
}

// The item there: the upper layers first.
function hit(event) {
	const { view } = app;
	const box = byId("lanes").getBoundingClientRect();
	const y = event.clientY - box.top + view.top;
	const x = canvasX(event);
	const row = view.rows[rowAt(view.rows, y)];

	if (!row || x < 0 || y > row.y + row.height)
		return null;
	const mark = nearestMark(view, row, x);
	if (mark)
		return { step: mark.step };
	for (let i = row.layers.length - 1; i >= 0; i--) {
		const items = row.layers[i];
		const item = items[firstFrom(view.scale, items, "to",
			fromX(view.scale, x - 2))];

		if (item && xOf(view.scale, item.from) <= x + 2)
			return { item, step: item.from };
	}
	return null;
}

function nearestMark(view, row, x) {
	const { scale } = view;
	const i = firstFrom(scale, row.marks, "step", fromX(scale, x - 5));
	const mark = row.marks[i];

	return mark && xOf(scale, mark.step) <= x + 5 ? mark : null;
}

function tipText(found) {
	const { model } = app;
	const { item, step } = found;

	if (!item)
		return describe(model, step);
	const length = duration(model.steps[item.to].t -
		model.steps[item.from].t);
	const slice = model.slices[item.slice];
	const object = model.objects[item.object];

	if (slice)
		return nounOf(slice) + ": " + length + (slice.isOpen ?
			", not ended" : "") + (slice.at ? ", " +
			slice.at.replace(/^.* \(|\)$/g, "") : "");
	return objectName(object) + " " + (item.name === objectName(object) ?
		item.look : item.name) + ": " + length +
		(object.at ? ", made at " + object.at : "");
}

function showTip(event) {
	const tip = byId("tip");
	const found = hit(event);

	tip.hidden = !found;
	if (!found)
		return;
	tip.textContent = tipText(found);
	tip.style.left = Math.max(8, Math.min(event.clientX + 14,
		innerWidth - tip.offsetWidth - 8)) + "px";
	tip.style.top = (event.clientY + 22 + tip.offsetHeight > innerHeight ?
		event.clientY - tip.offsetHeight - 10 : event.clientY + 18) +
		"px";
}

function watchLanes() {
	const lanes = byId("lanes");
	const fingers = new Map();
	let drag = null;

	lanes.addEventListener("scroll", draw);
	lanes.addEventListener("pointerdown", (event) => {
		if (event.button || canvasX(event) < 0 ||
		    event.clientX > lanes.getBoundingClientRect().left +
		    lanes.clientWidth)
			return;
		fingers.set(event.pointerId, event);
		drag = { x: event.clientX, moved: false,
			wide: spread(fingers) };
		lanes.setPointerCapture(event.pointerId);
	});
	lanes.addEventListener("pointermove", (event) => {
		if (!fingers.has(event.pointerId)) {
			showTip(event);
			return;
		}
		fingers.set(event.pointerId, event);
		dragTo(event, drag, fingers);
	});
	lanes.addEventListener("pointerup", (event) => {
		if (fingers.delete(event.pointerId) && drag && !drag.moved) {
			const found = hit(event);

			go(found ? found.step :
				stepAtX(app.view.scale, canvasX(event)));
		}
		drag = fingers.size ? drag : null;
	});
	lanes.addEventListener("pointercancel", (event) => {
		fingers.delete(event.pointerId);
		drag = null;
	});
	lanes.addEventListener("pointerleave", () => {
		byId("tip").hidden = true;
	});
	lanes.addEventListener("wheel", wheel, { passive: false });
}

function spread(fingers) {
	const [a, b] = [...fingers.values()];

	return b ? Math.abs(a.clientX - b.clientX) : 0;
}

function dragTo(event, drag, fingers) {
	if (!drag)
		return;
	const wide = spread(fingers);

	byId("tip").hidden = true;
	if (wide && drag.wide) {
		zoomBy(wide / drag.wide, canvasX(event));
		drag.moved = true;
	} else if (drag.moved || Math.abs(event.clientX - drag.x) > 4) {
		panBy(drag.x - event.clientX);
		drag.moved = true;
		drag.x = event.clientX;
	}
	drag.wide = wide;
}

function wheel(event) {
	const sideways = event.shiftKey && !event.deltaX ? event.deltaY :
		event.deltaX;

	if (event.ctrlKey || event.metaKey) {
		event.preventDefault();
		zoomBy(Math.exp(-event.deltaY / (event.deltaMode ? 20 : 300)),
			canvasX(event));
	} else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 :
		   event.deltaY)) {
		event.preventDefault();
		panBy(sideways);
	}
}

function watchOverview() {
	const box = byId("overview");
	const to = (event) => {
		const { scale } = app.view;
		const whole = wholeRange(scale);
		const bounds = box.getBoundingClientRect();
		const at = whole.from + (event.clientX - bounds.left) /
			bounds.width * (whole.to - whole.from);
		const half = (scale.to - scale.from) / 2;

		setRange(scale, at - half, at + half);
		keepLink();
		draw();
	};

	box.addEventListener("pointerdown", (event) => {
		box.setPointerCapture(event.pointerId);
		to(event);
	});
	box.addEventListener("pointermove", (event) => {
		if (box.hasPointerCapture(event.pointerId))
			to(event);
	});
	box.addEventListener("keydown", (event) => {
		const by = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1,
			ArrowUp: 1, PageDown: -5, PageUp: 5 }[event.key];

		if (!by)
			return;
		event.preventDefault();
		event.stopPropagation();
		panBy(by * app.view.scale.width / 5);
	});
}

function watchRuler() {
	byId("ruler").addEventListener("pointerdown", (event) => {
		go(stepAtX(app.view.scale, canvasX(event)));
	});
}

// ---- Keys ----

const KEYS = {
	ArrowRight: () => move(1),
	ArrowLeft: () => move(-1),
	"Shift ArrowRight": () => moveTurn(1),
	"Shift ArrowLeft": () => moveTurn(-1),
	Home: () => move(-Infinity),
	End: () => move(Infinity),
};

const LETTERS = {
	" ": togglePlay,
	o: stepOver,
	u: stepUp,
	"+": () => zoomBy(1.5),
	"=": () => zoomBy(1.5),
	"-": () => zoomBy(1 / 1.5),
	"0": showAll,
	a: () => panBy(-app.view.scale.width / 5),
	d: () => panBy(app.view.scale.width / 5),
	t: () => setAxis(app.view.scale.mode === "time" ? "turns" : "time"),
	"/": () => byId("search").focus(),
	n: () => moveFound(1),
	"Shift n": () => moveFound(-1),
	f: toggleFilter,
	l: copyLink,
	"?": openHelp,
};

function showAll() {
	fitAll(app.view.scale);
	keepLink();
	draw();
}

function openHelp() {
	byId("help-dialog").showModal();
}

function isTyping(target) {
	return target.matches("select, dialog *, " +
		"input:not([type=checkbox]):not([type=radio])");
}

function actionOf(event) {
	const { key, target } = event;
	const name = (event.shiftKey && /^(Arrow|[a-z]$)/i.test(key) ?
		"Shift " : "") + (key.length === 1 ? key.toLowerCase() : key);
	const isPressed = key === " " &&
		target.matches("button, input, summary");

	if (event.ctrlKey || event.metaKey || event.altKey ||
	    isTyping(target) || isPressed)
		return null;
	if (KEYS[name])
		return target.matches("[type=radio]") ? null : KEYS[name];
	return byId("letters").checked ? LETTERS[name] : null;
}

function watchKeys() {
	document.addEventListener("keydown", (event) => {
		const action = actionOf(event);

		if (!action || !app.model.steps.length)
			return;
		event.preventDefault();
		action();
	});
	byId("steps").addEventListener("keydown", (event) => {
		const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10,
			PageUp: -10 }[event.key];

		if (!by)
			return;
		event.preventDefault();
		move(by);
	});
	byId("search").addEventListener("keydown", (event) => {
		if (event.key === "Escape" && !event.target.value)
			byId("lanes").focus();
	});
}

// ---- The beginning ----

function watchButtons() {
	const actions = {
		first: () => move(-Infinity),
		"back-turn": () => moveTurn(-1),
		back: () => move(-1),
		play: togglePlay,
		next: () => move(1),
		"next-turn": () => moveTurn(1),
		last: () => move(Infinity),
		"zoom-in": () => zoomBy(1.5),
		"zoom-out": () => zoomBy(1 / 1.5),
		fit: showAll,
		link: copyLink,
		theme: switchTheme,
		help: openHelp,
		"found-back": () => moveFound(-1),
		"filter-button": toggleFilter,
		"filter-reset": resetFilter,
	};

	for (const [id, action] of Object.entries(actions))
		byId(id).addEventListener("click", () => {
			if (app.model.steps.length || id === "theme" ||
			    id === "help")
				action();
		});
	byId("search-form").addEventListener("submit", (event) => {
		event.preventDefault();
		moveFound(1);
	});
	byId("search").addEventListener("input", search);
	byId("only").addEventListener("input", filter);
	for (const input of document.querySelectorAll("[name=axis]"))
		input.addEventListener("change", () => setAxis(input.value));
	byId("steps").addEventListener("click", (event) => {
		const row = event.target.closest(".row");

		if (row)
			go(app.order[Number(row.dataset.index)]);
	});
	window.addEventListener("hashchange", () => {
		if (location.hash !== app.kept)
			followLink();
	});
}

function notesOf(model) {
	const notes = [];
	const missing = Object.keys(model.sources)
		.filter((name) => model.sources[name] === null);

	for (const recording of model.recordings)
		if (recording.cut)
			notes.push(recording.file + " has no end: its " +
				"program was killed, or was still running.");
	if (model.leftOut)
		notes.push(model.leftOut + " events were left out: the " +
			"file took no more.");
	if (model.steps.length && !model.hasIdentities)
		notes.push("Connections, Deferreds and timers have no lanes: " +
			"the recording does not tell them.");
	if (missing.length)
		notes.push("Sources that are not in this page: " +
			missing.join(", ") + ".");
	return notes;
}

function tellWhatItIs(model) {
	const names = [...new Set(model.processes
		.filter((process) => process.threads.length)
		.map((process) => process.title))];
	const title = names.length ? names.join(" · ") : "An empty recording";
	const last = model.steps[model.steps.length - 1];
	const notes = notesOf(model);

	if (last)
		byId("steps").style.setProperty("--time",
			clockText(model, last.t).length + 1 + "ch");
	byId("title").textContent = title;
	byId("title").title = title;
	document.title = title + ": a recorded run";
	byId("summary").textContent = model.steps.length + " steps" +
		(last ? " in " + duration(last.t - model.steps[0].t) : "");
	byId("notes").textContent = notes.join(" ");
	byId("notes").hidden = !notes.length;
}

function start() {
	const data = JSON.parse(byId("recording").textContent);
	const model = buildModel(data);

	app.model = model;
	app.view = makeView(model);
	app.lanes = buildLanes(model);
	app.list = new VirtualList(byId("steps"), 24,
		(row, index) => fillStep(app, row, index));
	startTheme();
	tellWhatItIs(model);
	layOutLanes();
	makeCategories();
	app.view.scale.width = Math.max(1, byId("canvas").clientWidth);
	startRange();
	filter();
	setAxis("turns");
	watchLanes();
	watchOverview();
	watchRuler();
	watchKeys();
	watchButtons();
	new ResizeObserver(() => {
		app.list.select(app.list.selected);
		draw();
	}).observe(byId("lanes"));
	if (!followLink())
		go(0);
}

// All, if that can be read; else the beginning.
function startRange() {
	const { scale } = app.view;

	fitAll(scale);
	if (app.model.steps.length > scale.width / 12)
		setRange(scale, -0.5, scale.width / 12);
}

start();
