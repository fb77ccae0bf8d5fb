// SPDX-License-Identifier: MIT
//
// The middle: what goes over the wire.

function arrow(moment) {
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	const path = document.createElementNS("http://www.w3.org/2000/svg",
		"path");
	const down = moment.way === "out";

	svg.setAttribute("viewBox", "0 0 16 54");
	svg.setAttribute("aria-hidden", "true");
	path.setAttribute("d", down ? "M2 3 L13 50 M13 50 l-5 -5 M13 50 l2 -7" :
		"M2 51 L13 4 M13 4 l-5 5 M13 4 l2 7");
	path.setAttribute("fill", "none");
	path.setAttribute("stroke", "currentColor");
	path.setAttribute("stroke-width", "1.5");
	svg.append(path);
	return svg;
}

/* Whose it is, if not all three have it. */
function owners(moment) {
	return moment.styles.length === 3 ? null :
		make("span", {class: "who"},
			moment.styles.map((style) => names[style]).join(", "));
}

function buildWire() {
	replace(byId("wire"), ...scenario.moments.map((moment) =>
		make("li", {class: moment.way ? "" : "at-" + moment.at},
			make("button", {type: "button",
				"aria-label": moment.said,
				onclick: () => go(moment.row)},
			moment.way ? arrow(moment) : null,
			make(moment.text.startsWith("\"") ? "code" : "span", {},
				moment.text),
			owners(moment)))));
}

function showWire() {
	const wire = byId("wire");
	let current = null;

	scenario.moments.forEach((moment, index) => {
		const element = wire.children[index];

		element.classList.toggle("past", moment.row < at);
		element.classList.toggle("now", moment.row === at);
		element.firstChild.toggleAttribute("aria-current",
			moment.row === at);
		if (moment.row <= at)
			current = element;
	});
	if (current)
		wire.scrollLeft = current.offsetLeft - wire.clientWidth / 2;
	else
		wire.scrollLeft = 0;
}

/* What the step is, in a sentence. */
function described() {
	const moment = scenario.moments.find((each) => each.row === at);

	if (moment)
		return moment.said;
	if (at === 0)
		return "Before the start: press Step, or the right arrow key.";
	const moving = styles.filter((style) => row().cells[style][1]);

	return moving.map((style) => {
		const item = itemOf(style);
		const words = item.kind === "wait" ? `waits in ${item.call}` :
			`${item.function}, line ${item.line}`;

		return `${names[style]}: ${words}`;
	}).join(". ") + ".";
}
