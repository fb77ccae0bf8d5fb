// SPDX-License-Identifier: MIT
//
// A link that leads to the moment that is seen.

function linkText() {
	const { scale } = app.view;
	const parts = new URLSearchParams({
		step: String(app.step + 1),
		axis: scale.mode,
		from: scale.from.toFixed(1),
		to: scale.to.toFixed(1),
	});
	const query = byId("search").value;

	if (query)
		parts.set("search", query);
	return "#" + parts;
}

// Where a page was opened as a file some browsers allow no history.
function keepLink() {
	clearTimeout(app.linking);
	app.linking = setTimeout(() => {
		const text = linkText();

		app.kept = text;
		try {
			history.replaceState(null, "", text);
		} catch {
			app.kept = null;
		}
	}, 200);
}

function followLink() {
	const parts = new URLSearchParams(location.hash.slice(1));
	const step = Number(parts.get("step"));
	const from = parseFloat(parts.get("from"));
	const to = parseFloat(parts.get("to"));
	const axis = parts.get("axis");

	if (!Number.isInteger(step) || step < 1)
		return false;
	if (axis === "time" || axis === "turns")
		setAxis(axis);
	if (parts.has("search")) {
		byId("search").value = parts.get("search");
		search();
	}
	if (from < to)
		setRange(app.view.scale, from, to);
	go(step - 1);
	return true;
}

async function copyLink() {
	const url = location.href.replace(/#.*/, "") + linkText();

	try {
		await navigator.clipboard.writeText(url);
		toast("The link to this moment is copied.");
	} catch {
		toast("The link to this moment: " + url);
	}
}

function toast(text) {
	const box = byId("toast");

	box.textContent = text;
	box.hidden = false;
	byId("live").textContent = text;
	clearTimeout(app.toasting);
	app.toasting = setTimeout(() => {
		box.hidden = true;
	}, 4000);
}
