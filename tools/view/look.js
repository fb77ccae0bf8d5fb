// SPDX-License-Identifier: MIT
//
// Dark or light, time or turns, near or far.

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
