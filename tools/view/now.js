// SPDX-License-Identifier: MIT
//
// The step in words, what runs there, and what it came of.

function stackList(app) {
	const { model } = app;
	const { thread } = model.steps[app.step];
	const stack = stateAt(model, app.step).stacks[thread.index];
	const list = element("ol", "stack");

	for (const index of stack) {
		const slice = model.slices[index];

		list.append(element("li", "look-" + sliceItem(slice).look,
			goLink(app, nounOf(slice), slice.from)));
	}
	return stack.length ? list :
		element("p", "none", "Neither a turn nor a callback: the " +
			"program itself runs.");
}

function causes(app) {
	const list = element("ul", "causes");
	const here = app.model.steps[app.step].thread.process;
	const where = (step) => {
		const { process } = app.model.steps[step].thread;

		return process === here ? "" :
			processText(app, "in", process);
	};

	for (const flow of app.view.near) {
		if (flow.to === app.step || flow.toSlice === app.view.innermost)
			list.append(element("li", "", "because of: ",
				goLink(app, describe(app.model, flow.from),
					flow.from), where(flow.from)));
		else
			list.append(element("li", "", "leads to: ",
				goLink(app, describe(app.model, flow.to),
					flow.to), where(flow.to)));
	}
	return list.childElementCount ? list : null;
}

function fact(name, value) {
	return element("div", "", element("dt", "", name), " ",
		element("dd", "", value));
}

function turnOf(thread, step) {
	return lowerBound(thread.turns, step + 1);
}

function showNow(app, box) {
	const { model } = app;
	const step = model.steps[app.step];

	if (!step) {
		box.replaceChildren(element("p", "none",
			"The recording has no events."));
		return;
	}
	const { thread } = step;
	const before = app.step ? model.steps[app.step - 1].t : step.t;
	const facts = element("dl", "facts",
		fact("Step", (app.step + 1) + " of " + model.steps.length),
		fact("Time", clockText(model, step.t)),
		fact("Since the last", duration(step.t - before)),
		fact("Turn", String(turnOf(thread, app.step) || "–")));

	if (model.processes.length > 1 || model.threads.length > 1)
		facts.append(fact("Process", thread.process.title +
			(thread.process.threads.length > 1 ?
			", thread " + thread.number : "")));
	box.replaceChildren(element("p", "what", describe(model, app.step)),
		facts, stackList(app), causes(app) || "");
}
