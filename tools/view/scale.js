// SPDX-License-Identifier: MIT
//
// From steps to pixels and back. Along the axis goes either time, or the steps
// in their order, each as wide as another: there the turns can be read however
// long the waits in them were.

function newScale(model) {
	return {
		model,
		mode: "turns",
		from: 0,
		to: 1,
		width: 1,
	};
}

function position(scale, step) {
	return scale.mode === "time" ? scale.model.steps[step].t : step;
}

function wholeRange(scale) {
	const { steps } = scale.model;
	const last = Math.max(0, steps.length - 1);

	if (scale.mode === "turns" || !steps.length)
		return { from: -0.5, to: last + 0.5 };
	const length = Math.max(steps[last].t - steps[0].t, 1);
	return { from: steps[0].t - length * 0.005,
		to: steps[last].t + length * 0.005 };
}

function shortestRange(scale) {
	return scale.mode === "time" ? 2 : 4;
}

function toX(scale, at) {
	return (at - scale.from) * scale.width / (scale.to - scale.from);
}

function xOf(scale, step) {
	return toX(scale, position(scale, step));
}

function fromX(scale, x) {
	return scale.from + x * (scale.to - scale.from) / scale.width;
}

// The last step that is not beyond.
function stepAtX(scale, x) {
	const at = fromX(scale, x);

	if (scale.mode === "time")
		return stepAtTime(scale.model, at);
	return Math.max(0, Math.min(scale.model.steps.length - 1,
		Math.round(at)));
}

// As near as may be to what is asked for.
function setRange(scale, from, to) {
	const whole = wholeRange(scale);
	const most = whole.to - whole.from;
	const length = Math.min(most, Math.max(to - from,
		Math.min(most, shortestRange(scale))));
	const middle = (from + to) / 2;

	scale.from = Math.max(whole.from,
		Math.min(whole.to - length, middle - length / 2));
	scale.to = scale.from + length;
}

function fitAll(scale) {
	const whole = wholeRange(scale);

	setRange(scale, whole.from, whole.to);
}

// What is at `x` stays there.
function zoom(scale, factor, x) {
	const at = fromX(scale, x);
	const whole = wholeRange(scale);
	const length = Math.max(shortestRange(scale), Math.min(
		whole.to - whole.from, (scale.to - scale.from) / factor));
	const from = at - length * x / scale.width;

	setRange(scale, from, from + length);
}

function pan(scale, pixels) {
	const by = pixels * (scale.to - scale.from) / scale.width;

	setRange(scale, scale.from + by, scale.to + by);
}

// The same steps, on the other axis.
function setMode(scale, mode, step) {
	const { model } = scale;

	if (scale.mode === mode || !model.steps.length) {
		scale.mode = mode;
		return;
	}
	const whole = wholeRange(scale);
	const part = (scale.to - scale.from) / (whole.to - whole.from);
	scale.mode = mode;
	const now = wholeRange(scale);
	const length = (now.to - now.from) * part;
	const at = position(scale, step);

	setRange(scale, at - length / 2, at + length / 2);
}

function show(scale, step) {
	const x = xOf(scale, step);
	const margin = Math.min(80, scale.width / 6);

	if (x < margin)
		pan(scale, x - scale.width / 3);
	else if (x > scale.width - margin)
		pan(scale, x - scale.width * 2 / 3);
}

// The first of items in order of which `key` is not before this place.
function firstFrom(scale, items, key, at) {
	return firstNot(items.length, (i) =>
		position(scale, items[i][key]) < at);
}

// ---- What the ruler tells ----

function niceStep(least) {
	const power = 10 ** Math.floor(Math.log10(least));

	return [1, 2, 5, 10].map((digit) => digit * power)
		.find((step) => step >= least);
}

function timeLabel(microseconds, step, longest) {
	const [unit, name] = longest >= 1e6 ? [1e6, "s"] : longest >= 1000 ?
		[1000, "ms"] : [1, "µs"];
	const digits = Math.max(0, Math.ceil(-Math.log10(step / unit)));

	return (microseconds / unit).toFixed(digits) + " " + name;
}

function timeTicks(scale, apart) {
	const step = niceStep((scale.to - scale.from) * apart / scale.width);
	const ticks = [];

	for (let i = Math.ceil(scale.from / step); i * step <= scale.to; i++)
		ticks.push({ at: i * step, label: timeLabel(i * step, step,
			scale.to) });
	return ticks;
}

function turnTicks(scale, turns, apart) {
	const first = lowerBound(turns, scale.from);
	const end = lowerBound(turns, scale.to);
	const every = niceStep(Math.max(1,
		(end - first) * apart / scale.width));
	const ticks = [];
	let x = -apart;

	// The one whose beginning is not seen.
	if (first && (first === end || toX(scale, turns[first]) > apart))
		ticks.push({ at: scale.from, label: "turn " + first });
	for (let i = Math.ceil(first / every) * every; i < end; i += every) {
		const here = toX(scale, turns[i]);

		if (here - x < apart * 0.8)
			continue;
		x = here;
		ticks.push({ at: turns[i], label: "turn " + (i + 1) });
	}
	return ticks;
}
