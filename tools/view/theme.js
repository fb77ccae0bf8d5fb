// SPDX-License-Identifier: MIT
//
// Colours, and the canvas they are drawn on.

const LOOKS = ["turn", "wait", "protocol", "callback", "call", "coroutine",
	"system", "other", "pending", "waits", "fired", "ready", "open",
	"paused", "queued", "half", "many"];
const MONO = '11px ui-monospace, "SF Mono", Menlo, Consolas, ' +
	'"DejaVu Sans Mono", monospace';
const SANS = '11px system-ui, "Segoe UI", Roboto, "Helvetica Neue", ' +
	'"DejaVu Sans", sans-serif';
const HATCHED = new Set(["wait", "waits", "paused", "queued"]);

function hatch(ctx, fill, line) {
	const tile = document.createElement("canvas");
	const c = tile.getContext("2d");

	tile.width = tile.height = 8;
	c.fillStyle = fill;
	c.fillRect(0, 0, 8, 8);
	c.strokeStyle = line;
	c.globalAlpha = 0.45;
	c.beginPath();
	for (const x of [-8, 0, 8]) {
		c.moveTo(x - 1, 9);
		c.lineTo(x + 9, -1);
	}
	c.stroke();
	return ctx.createPattern(tile, "repeat");
}

// The colours, as the style sheet has them for this theme.
function readTheme(ctx) {
	const style = getComputedStyle(document.documentElement);
	const get = (name) => style.getPropertyValue("--" + name).trim();
	const theme = { looks: {} };

	for (const name of ["ground", "stripe", "line", "text", "quiet",
		"accent", "found", "arrow", "header"])
		theme[name] = get(name);
	for (const look of LOOKS) {
		const fill = get(look);
		const line = get(look + "-line");

		theme.looks[look] = {
			fill,
			line,
			paint: HATCHED.has(look) ? hatch(ctx, fill, line) :
				fill,
		};
	}
	ctx.font = MONO;
	theme.letter = ctx.measureText("mmmmmmmmmm").width / 10;
	return theme;
}

// Makes a canvas as large as its element, in the screen's own pixels.
function fitCanvas(canvas) {
	const ratio = window.devicePixelRatio || 1;
	const width = canvas.clientWidth;
	const height = canvas.clientHeight;
	const ctx = canvas.getContext("2d");

	if (canvas.width !== Math.round(width * ratio) ||
	    canvas.height !== Math.round(height * ratio)) {
		canvas.width = Math.round(width * ratio);
		canvas.height = Math.round(height * ratio);
	}
	ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
	return { ctx, width, height };
}

function cut(text, letters) {
	if (text.length <= letters)
		return text;
	return letters < 3 ? "" : text.slice(0, letters - 1) + "…";
}
