// SPDX-License-Identifier: MIT
//
// Keys. Those that are letters or signs can be switched off.

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
