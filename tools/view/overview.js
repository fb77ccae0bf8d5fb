// SPDX-License-Identifier: MIT
//
// How much happens where, and which part of it is seen.

function densities(scale, width) {
	const { steps } = scale.model;
	const whole = wholeRange(scale);
	const counts = new Float64Array(Math.max(1, width));

	for (let i = 0; i < steps.length; i++) {
		const part = (position(scale, i) - whole.from) /
			(whole.to - whole.from);

		if (steps[i].cat !== "wait" && steps[i].cat !== "turn")
			counts[Math.min(width - 1,
				Math.floor(part * width))]++;
	}
	return counts;
}

// Drawn once for each axis, width and theme.
function overviewPicture(view, width, height) {
	const key = [view.scale.mode, width, view.theme.ground].join();

	if (view.overviewKey === key)
		return view.overview;
	const picture = document.createElement("canvas");
	const ctx = picture.getContext("2d");
	const counts = densities(view.scale, width);
	const most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 1));

	picture.width = Math.max(1, width);
	picture.height = height;
	ctx.fillStyle = view.theme.stripe;
	ctx.fillRect(0, 0, width, height);
	ctx.fillStyle = view.theme.quiet;
	for (let i = 0; i < width; i++) {
		const high = Math.log1p(counts[i]) * (height - 6) / most;

		ctx.fillRect(i, height - 3 - high, 1, high);
	}
	view.overviewKey = key;
	view.overview = picture;
	return picture;
}

function drawOverview(view, canvas) {
	const { ctx, width, height } = fitCanvas(canvas);
	const { theme, scale } = view;
	const whole = wholeRange(scale);
	const x = (at) => (at - whole.from) * width / (whole.to - whole.from);

	ctx.drawImage(overviewPicture(view, width, height), 0, 0);
	const left = x(scale.from);
	const right = Math.max(left + 4, x(scale.to));

	ctx.fillStyle = theme.ground;
	ctx.globalAlpha = 0.6;
	ctx.fillRect(0, 0, left, height);
	ctx.fillRect(right, 0, width - right, height);
	ctx.globalAlpha = 1;
	ctx.strokeStyle = theme.accent;
	ctx.lineWidth = 2;
	ctx.strokeRect(left + 1, 1, right - left - 2, height - 2);
	ctx.lineWidth = 1;
	if (view.model.steps.length) {
		ctx.fillStyle = theme.accent;
		ctx.fillRect(x(position(scale, view.step)) - 1, 0, 2, height);
	}
}
