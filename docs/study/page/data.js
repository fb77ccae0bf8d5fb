// SPDX-License-Identifier: MIT
//
// What was recorded, and where one is in it.

"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const styles = ["deferred", "blocking", "coroutine"];
const names = {
	deferred: "Callbacks",
	blocking: "Blocking",
	coroutine: "Coroutine",
};
const secondsPerStep = 1.1;

let scenario = data.scenarios[0];
let at = 0;
let timer = null;
const answers = new Map(); /* by number of the question: the choice */

/* make("li", {class: "x"}, "text", child): an element. */
function make(tag, attributes, ...children) {
	const element = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes || {}))
		if (name.startsWith("on"))
			element.addEventListener(name.slice(2), value);
		else if (value !== null && value !== false)
			element.setAttribute(name, value === true ? "" : value);
	element.append(...children.filter((child) => child !== null));
	return element;
}

function replace(element, ...children) {
	element.replaceChildren(...children.filter((child) => child !== null));
}

function row() {
	return scenario.rows[at];
}

function itemOf(style, where = at) {
	const [index] = scenario.rows[where].cells[style];

	return index === null ? null : scenario.runs[style][index];
}

function placesOf(item) {
	return item ? item.places.map((index) => data.places[index]) : [];
}
