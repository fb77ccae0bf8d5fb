// SPDX-License-Identifier: MIT
//
// The beginning: the recording is read, and all is set up.

function watchButtons() {
	const actions = {
		first: () => move(-Infinity),
		"back-turn": () => moveTurn(-1),
		back: () => move(-1),
		play: togglePlay,
		next: () => move(1),
		"next-turn": () => moveTurn(1),
		last: () => move(Infinity),
		"zoom-in": () => zoomBy(1.5),
		"zoom-out": () => zoomBy(1 / 1.5),
		fit: showAll,
		link: copyLink,
		theme: switchTheme,
		help: openHelp,
		"found-back": () => moveFound(-1),
		"filter-button": toggleFilter,
		"filter-reset": resetFilter,
	};

	for (const [id, action] of Object.entries(actions))
		byId(id).addEventListener("click", () => {
			if (app.model.steps.length || id === "theme" ||
			    id === "help")
				action();
		});
	byId("search-form").addEventListener("submit", (event) => {
		event.preventDefault();
		moveFound(1);
	});
	byId("search").addEventListener("input", search);
	byId("only").addEventListener("input", filter);
	for (const input of document.querySelectorAll("[name=axis]"))
		input.addEventListener("change", () => setAxis(input.value));
	byId("steps").addEventListener("click", (event) => {
		const row = event.target.closest(".row");

		if (row)
			go(app.order[Number(row.dataset.index)]);
	});
	window.addEventListener("hashchange", () => {
		if (location.hash !== app.kept)
			followLink();
	});
}

function notesOf(model) {
	const notes = [];
	const missing = Object.keys(model.sources)
		.filter((name) => model.sources[name] === null);

	for (const recording of model.recordings)
		if (recording.cut)
			notes.push(recording.file + " has no end: its " +
				"program was killed, or was still running.");
	if (model.leftOut)
		notes.push(model.leftOut + " events were left out: the " +
			"file took no more.");
	if (model.steps.length && !model.hasIdentities)
		notes.push("Connections, Deferreds and timers have no lanes: " +
			"the recording does not tell them.");
	if (missing.length)
		notes.push("Sources that are not in this page: " +
			missing.join(", ") + ".");
	return notes;
}

function tellWhatItIs(model) {
	const names = [...new Set(model.processes
		.filter((process) => process.threads.length)
		.map((process) => process.title))];
	const title = names.length ? names.join(" · ") : "An empty recording";
	const last = model.steps[model.steps.length - 1];
	const notes = notesOf(model);

	if (last)
		byId("steps").style.setProperty("--time",
			clockText(model, last.t).length + 1 + "ch");
	byId("title").textContent = title;
	byId("title").title = title;
	document.title = title + ": a recorded run";
	byId("summary").textContent = model.steps.length + " steps" +
		(last ? " in " + duration(last.t - model.steps[0].t) : "");
	byId("notes").textContent = notes.join(" ");
	byId("notes").hidden = !notes.length;
}

function start() {
	const data = JSON.parse(byId("recording").textContent);
	const model = buildModel(data);

	app.model = model;
	app.view = makeView(model);
	app.lanes = buildLanes(model);
	app.list = new VirtualList(byId("steps"), 24,
		(row, index) => fillStep(app, row, index));
	startTheme();
	tellWhatItIs(model);
	layOutLanes();
	makeCategories();
	app.view.scale.width = Math.max(1, byId("canvas").clientWidth);
	startRange();
	filter();
	setAxis("turns");
	watchLanes();
	watchOverview();
	watchRuler();
	watchKeys();
	watchButtons();
	new ResizeObserver(() => {
		app.list.select(app.list.selected);
		draw();
	}).observe(byId("lanes"));
	if (!followLink())
		go(0);
}

// All, if that can be read; else the beginning.
function startRange() {
	const { scale } = app.view;

	fitAll(scale);
	if (app.model.steps.length > scale.width / 12)
		setRange(scale, -0.5, scale.width / 12);
}

start();
