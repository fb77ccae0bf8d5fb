// SPDX-License-Identifier: MIT
//
// From step to step, by button, key, address and time.

function show() {
	styles.forEach(showColumn);
	showWire();
	showQuestion();
	byId("said").textContent = described();
	replace(byId("count"), make("span", {class: "long"}, "step "),
		`${at} of ${scenario.rows.length - 1}`);
	for (const id of ["first", "back", "before"])
		byId(id).disabled = at === 0;
	for (const id of ["step", "after"])
		byId(id).disabled = at === scenario.rows.length - 1;
	document.title = `${scenario.title}, step ${at}`;
}

function go(step) {
	const last = scenario.rows.length - 1;

	at = Math.max(0, Math.min(last, step));
	if (at === last)
		stop();
	history.replaceState(null, "", `#${scenario.id}/${at}`);
	show();
}

function moment(way) {
	const rows = scenario.moments.map((each) => each.row);
	const last = scenario.rows.length - 1;

	go(way > 0 ? rows.find((each) => each > at) ?? last :
		rows.reverse().find((each) => each < at) ?? 0);
}

function stop() {
	clearInterval(timer);
	timer = null;
	byId("play").textContent = "Play";
	byId("play").setAttribute("aria-pressed", "false");
}

function play() {
	if (timer)
		return stop();
	if (at === scenario.rows.length - 1)
		go(0);
	byId("play").textContent = "Pause";
	byId("play").setAttribute("aria-pressed", "true");
	timer = setInterval(() => go(at + 1), 1000 * secondsPerStep);
}

function choice(id) {
	const found = data.scenarios.find((each) => each.id === id);

	scenario = found || data.scenarios[0];
	byId("story").textContent = scenario.about;
	for (const link of byId("scenarios").querySelectorAll("a"))
		if (link.dataset.id === scenario.id) {
			link.setAttribute("aria-current", "page");
			byId("scenarios").scrollLeft = link.offsetLeft - 16;
		} else {
			link.removeAttribute("aria-current");
		}
	buildWire();
}

function byAddress() {
	const [id, step] = location.hash.slice(1).split("/");

	stop();
	choice(id);
	go(Number(step) || 0);
}

const keys = {
	ArrowRight: (event) => event.shiftKey ? moment(1) : go(at + 1),
	ArrowLeft: (event) => event.shiftKey ? moment(-1) : go(at - 1),
	Home: () => go(0),
	End: () => go(scenario.rows.length - 1),
	p: play,
	q: nextQuestion,
};

function pressed(event) {
	if (event.ctrlKey || event.altKey || event.metaKey ||
	    event.target.closest("[role=tablist], select, .code"))
		return;
	const number = /^[1-9]$/.test(event.key) &&
		data.scenarios[event.key - 1];

	if (number)
		location.hash = `${number.id}/0`;
	else if (keys[event.key])
		keys[event.key](event);
	else
		return;
	event.preventDefault();
}

/* ---- Narrow: one column at a time ---- */

function chooseTab(style, focus) {
	for (const each of document.querySelectorAll("[data-style]"))
		each.classList.toggle("chosen", each.dataset.style === style);
	for (const each of styles) {
		const tab = byId("tab-" + each);

		tab.setAttribute("aria-selected", String(each === style));
		tab.tabIndex = each === style ? 0 : -1;
	}
	if (focus)
		byId("tab-" + style).focus();
	show();
}

function tabKey(event) {
	const now = styles.findIndex((style) =>
		byId("code-" + style).classList.contains("chosen"));
	const way = {ArrowRight: 1, ArrowLeft: -1}[event.key];

	if (way)
		chooseTab(styles[(now + way + styles.length) % styles.length], true);
}

function build() {
	replace(byId("scenarios"), ...data.scenarios.map((each) =>
		make("li", {}, make("a", {href: `#${each.id}/0`,
			"data-id": each.id}, each.title))));
	replace(byId("tabs"), ...styles.map((style) =>
		make("button", {type: "button", role: "tab", id: "tab-" + style,
			"aria-controls": `code-${style} state-${style}`,
			onclick: () => chooseTab(style),
			onkeydown: tabKey}, names[style])));
	replace(byId("codes"), ...styles.map((style) =>
		make("section", {id: "code-" + style, "data-style": style,
			"aria-label": names[style]},
		make("header", {}, make("h2", {}, names[style]), make("a", {})),
		make("p", {class: "runs"}),
		make("div", {class: "code", tabindex: 0, role: "region",
			"aria-label": `${names[style]}: the source`}))));
	replace(byId("states"), ...styles.map((style) =>
		make("section", {id: "state-" + style, "data-style": style,
			"aria-label": `${names[style]}: the state`})));
	byId("first").onclick = () => go(0);
	byId("back").onclick = () => go(at - 1);
	byId("step").onclick = () => go(at + 1);
	byId("before").onclick = () => moment(-1);
	byId("after").onclick = () => moment(1);
	byId("play").onclick = play;
	byId("theme").onclick = () => {
		const now = getComputedStyle(document.documentElement).colorScheme;
		const dark = matchMedia("(prefers-color-scheme: dark)").matches;
		const isDark = now === "dark" || (now !== "light" && dark);

		document.documentElement.dataset.theme = isDark ? "light" : "dark";
	};
	document.addEventListener("keydown", pressed);
	window.addEventListener("hashchange", byAddress);
	choice(location.hash.slice(1).split("/")[0]);
	chooseTab(styles[0]);
	showScore();
	byAddress();
}

build();
