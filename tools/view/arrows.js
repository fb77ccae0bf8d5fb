// SPDX-License-Identifier: MIT
//
// The arrows of what is seen, unless they are too many to be followed.

const MOST_ARROWS = 250;

function rowOfEnd(view, flow, slice, step) {
	const { model } = view;

	if (slice >= 0)
		return model.slices[slice].row;
	const object = model.objects[model.steps[step].object];
	return object && object.row;
}

function drawArrow(view, flow, isNear) {
	const { ctx, theme, scale } = view;
	const from = rowOfEnd(view, flow, flow.fromSlice, flow.from);
	const to = rowOfEnd(view, flow, flow.toSlice, flow.to);

	if (!from || !to || !from.isShown || !to.isShown)
		return;
	const x0 = xOf(scale, flow.from);
	const x1 = xOf(scale, flow.to) - (flow.name === "bytes" ? 5 : 0);
	const y0 = from.y + from.height / 2 - view.top;
	const y1 = to.y + to.height / 2 - view.top;
	const down = y1 > y0 ? 1 : y1 < y0 ? -1 : 0;
	const bend = Math.max(14, Math.min(60, Math.abs(x1 - x0) / 2));

	ctx.strokeStyle = ctx.fillStyle = isNear ? theme.accent : theme.arrow;
	ctx.lineWidth = isNear ? 2 : 1.25;
	ctx.globalAlpha = isNear || flow.name !== "timer" ? 1 : 0.45;
	ctx.setLineDash(flow.name === "bytes" ? [5, 3] : []);
	ctx.beginPath();
	ctx.moveTo(x0, y0);
	if (down)
		ctx.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1 - 6, y1);
	else
		ctx.bezierCurveTo(x0 + bend / 2, y0 - 16, x1 - bend / 2 - 6,
			y1 - 16, x1 - 4, y1 - 4);
	ctx.stroke();
	ctx.setLineDash([]);
	drawHead(ctx, x1, y1, down ? 0 : 0.7);
	if (flow.name !== "bytes") {
		ctx.beginPath();
		ctx.arc(x0, y0, 2.5, 0, 7);
		ctx.fill();
	}
	ctx.lineWidth = 1;
	ctx.globalAlpha = 1;
}

function drawHead(ctx, x, y, angle) {
	ctx.save();
	ctx.translate(x, y);
	ctx.rotate(angle);
	ctx.beginPath();
	ctx.moveTo(0, 0);
	ctx.lineTo(-8, -4);
	ctx.lineTo(-8, 4);
	ctx.closePath();
	ctx.fill();
	ctx.restore();
}

function isNear(view, flow) {
	return flow.from === view.step || flow.to === view.step ||
		(flow.toSlice >= 0 && flow.toSlice === view.innermost);
}

// Those that begin or end in what is seen, if they are not too many.
function arrowsIn(view) {
	const { scale, flowsByFrom, flowsByTo } = view;
	const ends = [];

	for (const [list, key] of [[flowsByFrom, "from"], [flowsByTo, "to"]]) {
		const first = firstFrom(scale, list, key, scale.from);
		const end = firstFrom(scale, list, key, scale.to);

		if (end - first > MOST_ARROWS)
			return [];
		ends.push(...list.slice(first, end));
	}
	return [...new Set(ends)];
}

function drawArrows(view) {
	const all = arrowsIn(view);

	for (const flow of all)
		if (!isNear(view, flow))
			drawArrow(view, flow, false);
	for (const flow of view.near)
		drawArrow(view, flow, true);
}
