// SPDX-License-Identifier: MIT
//
// Draws the lanes and the ruler. What is narrower than a pixel is
// drawn together with its neighbours: the work is that of the pixels, however
// many events there are.

// ---- Items ----

function drawWide(view, item, x0, x1, y, height) {
	const { ctx, theme, scale } = view;
	const look = theme.looks[item.look] || theme.looks.other;
	const left = Math.max(x0, -4);
	const right = Math.min(x1, scale.width + 4);
	const width = Math.max(1, right - left - 1);

	ctx.globalAlpha = view.isDim(item) ? 0.28 : 1;
	ctx.fillStyle = look.paint;
	ctx.fillRect(left, y, width, height);
	ctx.fillStyle = look.line;
	ctx.fillRect(left, y, x0 >= -4 ? 2 : 0, height);
	if (height >= 12 && width > 22)
		drawName(view, item, Math.max(left, 0) + 6, right - 3,
			y + height / 2);
	ctx.globalAlpha = 1;
	if (view.isCurrent(item))
		outline(view, left, y, width, height, theme.accent);
	else if (view.isFound(item))
		outline(view, left, y, width, height, theme.found);
}

// Does something run in front of it there?
function isCovered(view, from, to) {
	const { scale, row } = view;
	const runs = row.kind === "deferred" ? [] : row.layers[1] || [];
	const i = firstFrom(scale, runs, "to", fromX(scale, from));

	return i < runs.length && xOf(scale, runs[i].from) < to;
}

// A connection's name may have what it did across it, which comes later.
function drawName(view, item, from, to, y) {
	const { ctx, theme } = view;
	const name = cut(item.name, Math.floor((to - from) / theme.letter));

	if (item.slice < 0 && item.look === "open")
		view.names.push({ name, from, y, fill: theme.looks.open.fill });
	else if (item.slice < 0 && isCovered(view, from, from +
		 name.length * theme.letter))
		return;
	ctx.fillStyle = theme.text;
	ctx.fillText(name, from, y + 0.5);
}

function drawNames(view) {
	const { ctx, theme } = view;

	for (const { name, from, y, fill } of view.names) {
		ctx.fillStyle = fill;
		ctx.fillRect(from - 2, y - 7, name.length * theme.letter + 4,
			14);
		ctx.fillStyle = theme.text;
		ctx.fillText(name, from, y + 0.5);
	}
	view.names = [];
}

function outline(view, x, y, width, height, color) {
	const { ctx } = view;

	ctx.strokeStyle = color;
	ctx.lineWidth = 2;
	ctx.strokeRect(x + 1, y + 1, Math.max(1, width - 2), height - 2);
	ctx.lineWidth = 1;
}

// Several that share pixels: one bar, of their look if it is the same.
function drawRun(view, run, y, height) {
	const { ctx, theme } = view;

	if (!run)
		return;
	ctx.globalAlpha = run.isDim ? 0.28 : 1;
	ctx.fillStyle = (theme.looks[run.look] || theme.looks.other).line;
	ctx.fillRect(run.from, y, run.to - run.from, height);
	ctx.globalAlpha = 1;
}

// Of those that share a pixel, as far as three of them tell.
function lookOf(items, first, last) {
	const { look } = items[first];

	return items[last].look === look &&
		items[(first + last) >> 1].look === look ? look : "many";
}

function drawLayer(view, items, y, height) {
	const { scale } = view;
	let i = firstFrom(scale, items, "to", scale.from);
	let run = null;

	while (i < items.length) {
		const item = items[i];
		const x0 = xOf(scale, item.from);

		if (x0 > scale.width)
			break;
		const x1 = xOf(scale, item.to);

		if (x1 - x0 >= 3) {
			drawRun(view, run, y, height);
			run = null;
			drawWide(view, item, x0, x1, y, height);
			i++;
			continue;
		}
		const pixel = Math.floor(x0);
		// Whatever ends within the pixel is in what is drawn here.
		const next = Math.max(i + 1,
			firstFrom(scale, items, "to", fromX(scale, pixel + 1)));
		const look = lookOf(items, i, next - 1);

		if (run && pixel <= run.to && (run.look === look ||
		    run.to - run.from < 6)) {
			run.to = Math.max(pixel + 1, Math.ceil(x1));
			if (run.look !== look)
				run.look = "many";
		} else {
			drawRun(view, run, y, height);
			run = { from: pixel, look, isDim: view.isDim(item),
				to: Math.max(pixel + 1, Math.ceil(x1)) };
		}
		i = next;
	}
	drawRun(view, run, y, height);
}

// ---- Marks ----

const MARKS = {
	read: (x, y) => [[x - 4, y - 5], [x + 4, y - 5], [x, y + 3]],
	written: (x, y) => [[x - 4, y + 5], [x + 4, y + 5], [x, y - 3]],
};

function markShape(look, x, y) {
	if (Object.hasOwn(MARKS, look))
		return MARKS[look](x, y);
	return [[x, y + 1], [x + 4, y + 5], [x, y + 9], [x - 4, y + 5]];
}

function drawMark(view, mark, x, y) {
	const { ctx, theme } = view;
	const points = markShape(mark.look, x, y);

	ctx.beginPath();
	points.forEach(([px, py], i) => i ? ctx.lineTo(px, py) :
		ctx.moveTo(px, py));
	ctx.closePath();
	ctx.fillStyle = markColor(view, mark);
	ctx.globalAlpha = view.shown[mark.step] ? 1 : 0.25;
	ctx.fill();
	ctx.globalAlpha = 1;
	ctx.strokeStyle = theme.ground;
	ctx.stroke();
}

function markColor(view, mark) {
	const { theme } = view;

	return mark.step === view.step ? theme.accent :
		view.found.has(mark.step) ? theme.found : theme.text;
}

// Where they are too close to be told apart.
function drawTick(view, mark, x, y) {
	view.ctx.fillStyle = markColor(view, mark);
	view.ctx.globalAlpha = view.shown[mark.step] ? 0.8 : 0.25;
	view.ctx.fillRect(Math.floor(x), y + 4, 1, 5);
	view.ctx.globalAlpha = 1;
}

function drawMarks(view, row, y) {
	const { scale } = view;
	const items = row.marks;
	let i = firstFrom(scale, items, "step", fromX(scale, -5));

	while (i < items.length) {
		const x = xOf(scale, items[i].step);

		if (x > scale.width + 5)
			break;
		const next = items[i + 1];
		const isClose = next && xOf(scale, next.step) - x < 3;

		(isClose ? drawTick : drawMark)(view, items[i], x,
			y + row.height / 2);
		i = isClose ? firstFrom(scale, items, "step",
			fromX(scale, Math.floor(x) + 3)) : i + 1;
	}
}

// ---- All ----

function drawRow(view, row, top) {
	const { ctx, theme, scale } = view;
	const y = row.y - top;

	view.row = row;
	if (row.kind === "process" || row.kind === "group") {
		ctx.fillStyle = row.kind === "process" ? theme.header :
			theme.stripe;
		ctx.fillRect(0, y, scale.width, row.height);
		return;
	}
	if (row.layers.length === 1) {
		drawLayer(view, row.layers[0], y + 1, row.height - 2);
	} else if (row.kind === "deferred" || row.kind === "timer") {
		drawLayer(view, row.layers[0], y + 2, row.height - 4);
		drawLayer(view, row.layers[1], y + row.height - 6, 4);
	} else {
		drawLayer(view, row.layers[0], y + 4, row.height - 8);
		drawLayer(view, row.layers[1], y + 1, row.height - 2);
	}
	drawNames(view);
	drawMarks(view, row, y);
	ctx.fillStyle = theme.line;
	ctx.fillRect(0, y + row.height - 1, scale.width, 1);
}

function drawTicks(view, ctx, height) {
	ctx.fillStyle = view.theme.line;
	for (const tick of view.ticks)
		ctx.fillRect(Math.round(toX(view.scale, tick.at)), 0, 1,
			height);
}

function drawLanes(view, canvas) {
	const { ctx, width, height } = fitCanvas(canvas);
	const { theme, rows, scale } = view;

	view.ctx = ctx;
	view.names = [];
	scale.width = width;
	ctx.fillStyle = theme.ground;
	ctx.fillRect(0, 0, width, height);
	ctx.font = MONO;
	ctx.textBaseline = "middle";
	drawTicks(view, ctx, height);
	for (let i = rowAt(rows, view.top); i < rows.length; i++) {
		if (rows[i].y > view.top + height)
			break;
		drawRow(view, rows[i], view.top);
	}
	drawArrows(view);
	drawCursor(view, ctx, height);
}

function drawCursor(view, ctx, height) {
	if (!view.model.steps.length)
		return;
	const x = Math.round(xOf(view.scale, view.step));

	ctx.fillStyle = view.theme.accent;
	ctx.fillRect(x - 1, 0, 2, height);
}

function drawRuler(view, canvas) {
	const { ctx, width, height } = fitCanvas(canvas);
	const { theme } = view;

	ctx.fillStyle = theme.ground;
	ctx.fillRect(0, 0, width, height);
	ctx.font = SANS;
	ctx.textBaseline = "middle";
	for (const tick of view.ticks) {
		const x = Math.round(toX(view.scale, tick.at));

		ctx.fillStyle = theme.line;
		ctx.fillRect(x, height - 7, 1, 7);
		ctx.fillStyle = theme.quiet;
		if (x + 4 + ctx.measureText(tick.label).width < width)
			ctx.fillText(tick.label, x + 4, height / 2);
	}
	if (!view.model.steps.length)
		return;
	const x = Math.round(xOf(view.scale, view.step));
	ctx.fillStyle = theme.accent;
	ctx.beginPath();
	ctx.moveTo(x - 6, height - 9);
	ctx.lineTo(x + 6, height - 9);
	ctx.lineTo(x, height);
	ctx.fill();
}
