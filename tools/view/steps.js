// SPDX-License-Identifier: MIT
//
// From step to step, and playing them.

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
	let i = firstNot(flows.length, (index) => flows[index][key] < step);

	for (; i < flows.length && flows[i][key] === step; i++)
		found.push(flows[i]);
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
