// SPDX-License-Identifier: MIT
//
// The mouse, the finger, the wheel.

function canvasX(event) {
	return event.clientX - byId("canvas").getBoundingClientRect().left;
}

// The item there: the upper layers first.
function hit(event) {
	const { view } = app;
	const box = byId("lanes").getBoundingClientRect();
	const y = event.clientY - box.top + view.top;
	const x = canvasX(event);
	const row = view.rows[rowAt(view.rows, y)];

	if (!row || x < 0 || y > row.y + row.height)
		return null;
	const mark = nearestMark(view, row, x);
	if (mark)
		return { step: mark.step };
	for (let i = row.layers.length - 1; i >= 0; i--) {
		const items = row.layers[i];
		const item = items[firstFrom(view.scale, items, "to",
			fromX(view.scale, x - 2))];

		if (item && xOf(view.scale, item.from) <= x + 2)
			return { item, step: item.from };
	}
	return null;
}

function nearestMark(view, row, x) {
	const { scale } = view;
	const i = firstFrom(scale, row.marks, "step", fromX(scale, x - 5));
	const mark = row.marks[i];

	return mark && xOf(scale, mark.step) <= x + 5 ? mark : null;
}

function tipText(found) {
	const { model } = app;
	const { item, step } = found;

	if (!item)
		return describe(model, step);
	const length = duration(model.steps[item.to].t -
		model.steps[item.from].t);
	const slice = model.slices[item.slice];
	const object = model.objects[item.object];

	if (slice)
		return nounOf(slice) + ": " + length + (slice.isOpen ?
			", not ended" : "") + (slice.at ? ", " +
			slice.at.replace(/^.* \(|\)$/g, "") : "");
	return objectName(object) + " " + (item.name === objectName(object) ?
		item.look : item.name) + ": " + length +
		(object.at ? ", made at " + object.at : "");
}

function showTip(event) {
	const tip = byId("tip");
	const found = hit(event);

	tip.hidden = !found;
	if (!found)
		return;
	tip.textContent = tipText(found);
	tip.style.left = Math.max(8, Math.min(event.clientX + 14,
		innerWidth - tip.offsetWidth - 8)) + "px";
	tip.style.top = (event.clientY + 22 + tip.offsetHeight > innerHeight ?
		event.clientY - tip.offsetHeight - 10 : event.clientY + 18) +
		"px";
}

function watchLanes() {
	const lanes = byId("lanes");
	const fingers = new Map();
	let drag = null;

	lanes.addEventListener("scroll", draw);
	lanes.addEventListener("pointerdown", (event) => {
		if (event.button || canvasX(event) < 0 ||
		    event.clientX > lanes.getBoundingClientRect().left +
		    lanes.clientWidth)
			return;
		fingers.set(event.pointerId, event);
		drag = { x: event.clientX, moved: false,
			wide: spread(fingers) };
		lanes.setPointerCapture(event.pointerId);
	});
	lanes.addEventListener("pointermove", (event) => {
		if (!fingers.has(event.pointerId)) {
			showTip(event);
			return;
		}
		fingers.set(event.pointerId, event);
		dragTo(event, drag, fingers);
	});
	lanes.addEventListener("pointerup", (event) => {
		if (fingers.delete(event.pointerId) && drag && !drag.moved) {
			const found = hit(event);

			go(found ? found.step :
				stepAtX(app.view.scale, canvasX(event)));
		}
		drag = fingers.size ? drag : null;
	});
	lanes.addEventListener("pointercancel", (event) => {
		fingers.delete(event.pointerId);
		drag = null;
	});
	lanes.addEventListener("pointerleave", () => {
		byId("tip").hidden = true;
	});
	lanes.addEventListener("wheel", wheel, { passive: false });
}

function spread(fingers) {
	const [a, b] = [...fingers.values()];

	return b ? Math.abs(a.clientX - b.clientX) : 0;
}

function dragTo(event, drag, fingers) {
	if (!drag)
		return;
	const wide = spread(fingers);

	byId("tip").hidden = true;
	if (wide && drag.wide) {
		zoomBy(wide / drag.wide, canvasX(event));
		drag.moved = true;
	} else if (drag.moved || Math.abs(event.clientX - drag.x) > 4) {
		panBy(drag.x - event.clientX);
		drag.moved = true;
		drag.x = event.clientX;
	}
	drag.wide = wide;
}

function wheel(event) {
	const sideways = event.shiftKey && !event.deltaX ? event.deltaY :
		event.deltaX;

	if (event.ctrlKey || event.metaKey) {
		event.preventDefault();
		zoomBy(Math.exp(-event.deltaY / (event.deltaMode ? 20 : 300)),
			canvasX(event));
	} else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 :
		   event.deltaY)) {
		event.preventDefault();
		panBy(sideways);
	}
}

function watchOverview() {
	const box = byId("overview");
	const to = (event) => {
		const { scale } = app.view;
		const whole = wholeRange(scale);
		const bounds = box.getBoundingClientRect();
		const at = whole.from + (event.clientX - bounds.left) /
			bounds.width * (whole.to - whole.from);
		const half = (scale.to - scale.from) / 2;

		setRange(scale, at - half, at + half);
		keepLink();
		draw();
	};

	box.addEventListener("pointerdown", (event) => {
		box.setPointerCapture(event.pointerId);
		to(event);
	});
	box.addEventListener("pointermove", (event) => {
		if (box.hasPointerCapture(event.pointerId))
			to(event);
	});
	box.addEventListener("keydown", (event) => {
		const by = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1,
			ArrowUp: 1, PageDown: -5, PageUp: 5 }[event.key];

		if (!by)
			return;
		event.preventDefault();
		event.stopPropagation();
		panBy(by * app.view.scale.width / 5);
	});
}

function watchRuler() {
	byId("ruler").addEventListener("pointerdown", (event) => {
		go(stepAtX(app.view.scale, canvasX(event)));
	});
}
