// SPDX-License-Identifier: MIT
//
// The fields for what is searched for and what is left out.

function search() {
	const query = byId("search").value;

	app.found = findSteps(app.model, query, app.shown);
	app.view.found = new Set(app.found);
	tellFound();
	app.list.render();
	draw();
}

function tellFound() {
	const { found, step } = app;
	const here = lowerBound(found, step);

	byId("found").textContent = !byId("search").value.trim() ? "" :
		!found.length ? "none" : (found[here] === step ?
		here + 1 + " of " : "") + found.length;
}

function moveFound(by) {
	const { found, step } = app;
	const here = lowerBound(found, step);

	if (!found.length)
		return;
	const next = by < 0 ? here - 1 : found[here] === step ? here + 1 :
		here;
	go(found[(next + found.length) % found.length]);
	tellFound();
}

function filter() {
	app.shown = filterSteps(app.model, app.hidden, byId("only").value);
	app.order = orderOf(app.shown);
	app.view.shown = app.shown;
	app.view.shownObjects = filterObjects(app.model, app.shown);
	const isAll = app.order.length === app.model.steps.length;
	byId("filter-count").textContent = isAll ? "" : " · on";
	byId("steps-count").textContent = isAll ?
		String(app.order.length) :
		app.order.length + " of " + app.model.steps.length;
	app.list.setCount(app.order.length);
	app.list.select(lowerBound(app.order, app.step));
	search();
}

function makeCategories() {
	const box = byId("categories");

	for (const [name, count] of categoriesOf(app.model)) {
		const input = element("input", "");
		const swatch = element("span", "swatch look-" +
			(NOUNS[name] ? name : "other"));

		input.type = "checkbox";
		input.checked = true;
		input.value = name;
		input.addEventListener("change", () => {
			if (input.checked)
				app.hidden.delete(name);
			else
				app.hidden.add(name);
			filter();
		});
		box.append(element("label", "", input, swatch, name + " ",
			element("span", "count", String(count))));
	}
}

function resetFilter() {
	app.hidden.clear();
	byId("only").value = "";
	for (const input of byId("categories").querySelectorAll("input"))
		input.checked = true;
	filter();
}

function toggleFilter() {
	const box = byId("filter");

	box.hidden = !box.hidden;
	byId("filter-button").setAttribute("aria-expanded",
		String(!box.hidden));
	if (!box.hidden)
		byId("categories").querySelector("input")?.focus();
	draw();
}
