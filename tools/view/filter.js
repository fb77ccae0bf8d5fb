// SPDX-License-Identifier: MIT
//
// What is searched for and what is left out. An end is treated as its begin.

function textsOf(model) {
	if (model.texts)
		return model.texts;
	model.texts = [];
	model.steps.forEach((step, index) => {
		model.texts.push(step.ph === "E" ?
			model.texts[model.slices[step.slice].from] :
			textOf(model, index).toLowerCase());
	});
	return model.texts;
}

function textOf(model, index) {
	const step = model.steps[index];
	const slice = model.slices[step.slice];
	const at = step.ph === "B" ? slice.at : step.args.at;

	return describe(model, index) + (at ? " " + at : "");
}

function matches(text, words) {
	return words.every((word) => text.includes(word));
}

function wordsOf(query) {
	return query.toLowerCase().split(/\s+/).filter(Boolean);
}

// The steps that have all the words; of what begins and ends, the begin.
function findSteps(model, query, shown) {
	const words = wordsOf(query);
	const found = [];

	if (!words.length)
		return found;
	textsOf(model).forEach((text, index) => {
		if (shown[index] && model.steps[index].ph !== "E" &&
		    matches(text, words))
			found.push(index);
	});
	return found;
}

// How often each category is there, by name.
function categoriesOf(model) {
	const counts = new Map();

	for (const step of model.steps) {
		const name = step.cat || "other";

		if (step.ph !== "E")
			counts.set(name, (counts.get(name) || 0) + 1);
	}
	return new Map([...counts].sort());
}

// For each step 1 or 0, by the categories that are hidden and words.
function filterSteps(model, hidden, query) {
	const words = wordsOf(query);
	const texts = words.length ? textsOf(model) : null;
	const shown = new Uint8Array(model.steps.length);

	model.steps.forEach((step, index) => {
		if (!hidden.has(step.cat || "other") &&
		    (!texts || matches(texts[index], words)))
			shown[index] = 1;
	});
	return shown;
}

// For each object 1 or 0: has it a step that is shown?
function filterObjects(model, shown) {
	return Uint8Array.from(model.objects, (object) =>
		object.steps.some((step) => shown[step]) ? 1 : 0);
}

function orderOf(shown) {
	const order = [];

	shown.forEach((is, index) => {
		if (is)
			order.push(index);
	});
	return Int32Array.from(order);
}
