// SPDX-License-Identifier: MIT
//
// The page as it is now, and its lanes as they are drawn.

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
