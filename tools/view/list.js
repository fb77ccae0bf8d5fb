// SPDX-License-Identifier: MIT
//
// The list of all steps, of which only what is seen is made.

class VirtualList {
	constructor(box, height, fill) {
		this.box = box;
		this.height = height;
		this.fill = fill;
		this.count = 0;
		this.selected = -1;
		this.inner = element("div", "inner");
		this.inner.setAttribute("role", "presentation");
		box.replaceChildren(this.inner);
		box.addEventListener("scroll", () => this.render());
	}

	setCount(count) {
		this.count = count;
		this.inner.style.height = count * this.height + "px";
		this.rows = null;
		this.render();
	}

	select(index) {
		this.selected = index;
		this.reveal(index);
		this.render();
	}

	reveal(index) {
		const top = index * this.height;
		const { box, height } = this;

		if (index < 0)
			return;
		if (top < box.scrollTop + height)
			box.scrollTop = top - box.clientHeight / 3;
		else if (top > box.scrollTop + box.clientHeight - 2 * height)
			box.scrollTop = top - box.clientHeight * 2 / 3;
	}

	render() {
		const { box, height } = this;
		const first = Math.max(0,
			Math.floor(box.scrollTop / height) - 2);
		const end = Math.min(this.count, first + 5 +
			Math.ceil(box.clientHeight / height));
		const rows = [];

		for (let i = first; i < end; i++)
			rows.push(this.row(i));
		this.inner.replaceChildren(...rows);
		const id = this.selected >= first && this.selected < end ?
			box.id + "-" + this.selected : "";
		if (id)
			box.setAttribute("aria-activedescendant", id);
		else
			box.removeAttribute("aria-activedescendant");
	}

	row(index) {
		const row = element("div", "row");

		row.id = this.box.id + "-" + index;
		row.style.top = index * this.height + "px";
		row.setAttribute("role", "option");
		row.setAttribute("aria-selected",
			String(index === this.selected));
		row.setAttribute("aria-setsize", String(this.count));
		row.setAttribute("aria-posinset", String(index + 1));
		row.dataset.index = String(index);
		this.fill(row, index);
		return row;
	}
}

function fillStep(app, row, index) {
	const number = app.order[index];
	const step = app.model.steps[number];
	const slice = app.model.slices[step.slice];
	const depth = slice ? slice.depth + (step.ph === "B" ||
		step.ph === "E" ? 0 : 1) : 0;
	const what = element("span", "step-what", describe(app.model, number));
	const look = step.ph === "B" || step.ph === "E" ?
		sliceItem(slice).look : "other";

	what.style.paddingLeft = Math.min(depth, 8) * 12 + "px";
	row.classList.add("look-" + look);
	if (app.view.found.has(number))
		row.classList.add("found");
	row.append(element("span", "step-time",
		clockText(app.model, step.t)));
	if (app.model.processes.length > 1)
		row.append(element("span", "step-process",
			step.thread.process.title));
	row.append(what);
}
