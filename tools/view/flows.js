// SPDX-License-Identifier: MIT
//
// What caused what: arrows from a step to a step.

// The innermost slice of the thread that was open at this time.
function sliceAt(model, thread, t) {
	const after = firstNot(thread.slices.length, (i) =>
		model.steps[thread.slices[i].from].t <= t);
	let slice = after ? thread.slices[after - 1] : null;

	while (slice && model.steps[slice.to].t < t)
		slice = model.slices[slice.parent] || null;
	return slice;
}

function stepAtTime(model, t) {
	return Math.max(0, firstNot(model.steps.length, (i) =>
		model.steps[i].t <= t) - 1);
}

function joinFlows(model, ends) {
	const begun = new Map();

	for (const one of ends)
		if (one.ph === "s")
			begun.set(one.name + one.id, one);
	for (const one of ends) {
		const from = begun.get(one.name + one.id);

		if (one.ph !== "f" || !from || one.name === "bytes")
			continue;
		const to = sliceAt(model, one.thread, one.t);
		const of = sliceAt(model, from.thread, from.t);

		if (to && of)
			model.flows.push({
				name: one.name,
				from: stepAtTime(model, from.t),
				to: to.from,
				fromSlice: of.index,
				toSlice: to.index,
			});
	}
}

// Which write became which read is told by the numbers of their bytes.
function joinStreams(model) {
	for (const { written, read } of model.streams.values()) {
		let i = 0;

		for (const to of read) {
			const { from, count } = model.steps[to].args;

			while (i < written.length &&
			       endOf(model, written[i]) <= from)
				i++;
			for (let j = i; j < written.length &&
			     model.steps[written[j]].args.from < from + count;
			     j++)
				model.flows.push({
					name: "bytes",
					from: written[j],
					to,
					fromSlice: -1,
					toSlice: -1,
				});
		}
	}
}

function endOf(model, step) {
	const { from, count } = model.steps[step].args;

	return from + count;
}

function addToStream(model, step, index) {
	const { stream, count } = step.args;

	if (stream === undefined || !(count > 0) ||
	    (step.name !== "written" && step.name !== "read"))
		return;
	if (!model.streams.has(stream))
		model.streams.set(stream, { written: [], read: [] });
	model.streams.get(stream)[step.name].push(index);
}
