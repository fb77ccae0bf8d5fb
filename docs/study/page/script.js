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

/* ---- What is recorded ---- */

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

/* ---- The column: the line ---- */

const tokens = new RegExp(
	"(\\/\\*[^]*?\\*\\/)|(\"(?:\\\\.|[^\"\\\\])*\")|" +
	"\\b(const|static|struct|enum|return|if|else|while|for|void|int|char|" +
	"size_t|ssize_t|double|bool|sizeof)\\b", "g");

/* Comments are grey. */
function sourceRows(text) {
	const comment = new Set();
	let line = 1;

	for (const part of text.matchAll(tokens)) {
		line = text.slice(0, part.index).split("\n").length;
		if (!part[1])
			continue;
		part[1].split("\n").forEach((_, more) => comment.add(line + more));
	}
	return text.split("\n").map((words, index) => {
		const number = make("b", {}, `${index + 1}`);
		const whole = comment.has(index + 1) &&
			/^\s*(\/\*|[^;{}]*(\*\/)?\s*$)/.test(words);

		return make("span", {class: "row", "data-line": index + 1}, number,
			whole ? make("i", {}, words || " ") : words || " ");
	});
}

function showSource(column, style) {
	const path = scenario.programs[style];

	if (column.dataset.path === path)
		return;
	column.dataset.path = path;
	replace(column.querySelector(".code"),
		...sourceRows(data.sources[path]));
	const link = column.querySelector("header a");
	link.textContent = path.split("/").pop();
	link.href = "../../" + path;
}

function markLines(column, item, isOver) {
	const code = column.querySelector(".code");
	const frames = placesOf(item).filter((place) => place.line);
	const marks = new Map();

	for (const place of frames)
		if (place.asleep)
			marks.set(place.line, "asleep");
	for (const place of frames)
		if (!place.asleep && place.line !== item.line)
			marks.set(place.line, "caller");
	const runs = item && item.line && !isOver && !isLoop(item);
	if (item && item.line && !isOver)
		marks.set(item.line, runs ? "at" : "caller");
	for (const each of code.querySelectorAll(".at, .caller, .asleep"))
		each.className = "row";
	for (const [line, kind] of marks)
		code.querySelector(`[data-line="${line}"]`)?.classList.add(kind);
	const chosen = code.querySelector(".at") ||
		code.querySelector(".asleep") || code.querySelector(".caller");
	if (!item)
		code.scrollTop = 0;
	else if (chosen)
		code.scrollTop = chosen.offsetTop - code.clientHeight / 2;
}

/* Is evert at work, and not a line of the program? */
function isLoop(item) {
	return item.kind !== "line" && item.stack.length > 0 &&
		item.stack[0] !== item.function;
}

function whoRuns(item, isNew) {
	if (!item)
		return ["", "not begun"];
	if (item.kind === "end")
		return ["", item.key === "killed" ? `killed by ${item.text}` :
			`ended, with status ${item.text}`];
	const place = `${item.function}, line ${item.line}`;
	const thread = item.thread > 1 ? `thread ${item.thread}, ` : "";

	if (item.kind === "wait")
		return ["", item.thread === undefined || item.thread ?
			`${thread}waits in ${item.call}` +
			(isLoop(item) ? ", called by the loop" : `, in ${place}`) :
			"all threads wait"];
	if (isLoop(item))
		return ["", `${item.call}, called by ${item.stack[0]}`];
	if (item.kind === "line")
		return ["yours", (isNew ? "" : "stays at ") + thread + place];
	return ["yours", `${thread}${place}, calls ${item.call}`];
}

/* ---- The column: the state ---- */

function keyOf(place) {
	return [place.where, place.name, place.thread || ""].join();
}

/* Of the step before, by frame; several frames may look the same. */
function oldPlaces(style) {
	const found = new Map();

	for (const place of placesOf(at ? itemOf(style, at - 1) : null)) {
		const key = keyOf(place);

		found.set(key, [...found.get(key) || [], new Map(place.vars)]);
	}
	return found;
}

/* The one that is most like it, or undefined. */
function oldOf(place, old) {
	const same = (values) => place.vars.filter(([name, value]) =>
		values.get(name) === value).length;

	return (old.get(keyOf(place)) || []).sort((a, b) =>
		same(b) - same(a))[0];
}

function values(place, old, isNew) {
	if (!place.vars.length)
		return null;
	return make("dl", {}, ...place.vars.flatMap(([name, value]) => [
		make("dt", {}, name),
		make("dd", {class: isNew && old && old.get(name) !== value ?
			"new" : null}, value),
	]));
}

function card(place, old, isNew, note) {
	const title = make("div", {class: "name"}, place.name);

	if (place.line)
		title.append(make("small", {}, ` line ${place.line}`));
	if (note)
		title.append(make("small", {}, ` ${note}`));
	return make("li", {class: place.where + (place.asleep ? " asleep" : "")},
		title, values(place, oldOf(place, old), isNew));
}

/* The stack, from the innermost frame; evert's in a line. */
function stackOf(item, places, old, isNew) {
	const frames = places.filter((place) => place.line && !place.asleep);
	const rows = [];

	for (const words of item.stack) {
		if (frames.length && frames[0].name === words) {
			const frame = frames.shift();

			rows.push(card(frame, old, isNew,
				frame.where === "coroutine" ?
				"on a coroutine's stack" : null));
		} else if (rows.length && rows.at(-1).className === "evert") {
			rows.at(-1).append(", " + words);
		} else {
			rows.push(make("li", {class: "evert"},
				rows.length ? "called by " + words : words));
		}
	}
	return rows;
}

function list(title, rows) {
	if (!rows.length)
		return [];
	return [make("h3", {}, title), make("ul", {class: "state"}, ...rows)];
}

function showState(style, item, isNew) {
	const places = placesOf(item);
	const old = oldPlaces(style);
	const state = byId("state-" + style);
	const cards = (test, note) => places.filter(test).map((place) =>
		card(place, old, isNew, note && note(place)));

	if (!item || item.kind === "end") {
		replace(state, make("p", {class: "none"}, item ?
			"Nothing is left." : "There is nothing yet."));
		return;
	}
	replace(state,
		...list(item.thread ? `On the stack of thread ${item.thread}` :
			"On the thread's stack, innermost first",
			item.thread === 0 ? [] : stackOf(item, places, old, isNew)),
		...list("Asleep, each on a stack of its own",
			cards((place) => place.asleep, (place) => place.thread ?
				`of thread ${place.thread}` :
				`of the coroutine ${place.of}`)),
		...list("On the heap",
			cards((place) => place.where === "heap")),
		...list("In chains",
			cards((place) => place.where === "chain")));
}

function showColumn(style) {
	const column = byId("code-" + style);
	const item = itemOf(style);
	const isNew = row().cells[style][1];
	const [kind, words] = whoRuns(item, isNew);
	const runs = column.querySelector(".runs");

	showSource(column, style);
	runs.className = "runs " + kind;
	runs.textContent = words;
	markLines(column, item, item && item.kind === "end");
	showState(style, item, isNew);
}

/* ---- The wire ---- */

function arrow(moment) {
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	const path = document.createElementNS("http://www.w3.org/2000/svg",
		"path");
	const down = moment.way === "out";

	svg.setAttribute("viewBox", "0 0 16 54");
	svg.setAttribute("aria-hidden", "true");
	path.setAttribute("d", down ? "M2 3 L13 50 M13 50 l-5 -5 M13 50 l2 -7" :
		"M2 51 L13 4 M13 4 l-5 5 M13 4 l2 7");
	path.setAttribute("fill", "none");
	path.setAttribute("stroke", "currentColor");
	path.setAttribute("stroke-width", "1.5");
	svg.append(path);
	return svg;
}

/* Whose it is, if not all three have it. */
function owners(moment) {
	return moment.styles.length === 3 ? null :
		make("span", {class: "who"},
			moment.styles.map((style) => names[style]).join(", "));
}

function buildWire() {
	replace(byId("wire"), ...scenario.moments.map((moment) =>
		make("li", {class: moment.way ? "" : "at-" + moment.at},
			make("button", {type: "button",
				"aria-label": moment.said,
				onclick: () => go(moment.row)},
			moment.way ? arrow(moment) : null,
			make(moment.text.startsWith("\"") ? "code" : "span", {},
				moment.text),
			owners(moment)))));
}

function showWire() {
	const wire = byId("wire");
	let current = null;

	scenario.moments.forEach((moment, index) => {
		const element = wire.children[index];

		element.classList.toggle("past", moment.row < at);
		element.classList.toggle("now", moment.row === at);
		element.firstChild.toggleAttribute("aria-current",
			moment.row === at);
		if (moment.row <= at)
			current = element;
	});
	if (current)
		wire.scrollLeft = current.offsetLeft - wire.clientWidth / 2;
	else
		wire.scrollLeft = 0;
}

/* What the step is, in a sentence. */
function described() {
	const moment = scenario.moments.find((each) => each.row === at);

	if (moment)
		return moment.said;
	if (at === 0)
		return "Before the start: press Step, or the right arrow key.";
	const moving = styles.filter((style) => row().cells[style][1]);

	return moving.map((style) => {
		const item = itemOf(style);
		const words = item.kind === "wait" ? `waits in ${item.call}` :
			`${item.function}, line ${item.line}`;

		return `${names[style]}: ${words}`;
	}).join(". ") + ".";
}

/* ---- Questions ---- */

function questionHere() {
	return data.questions.find((question) =>
		question.scenario === scenario.id && question.row === at);
}

function showQuestion() {
	const question = questionHere();

	byId("question").hidden = !question;
	byId("about").hidden = Boolean(question);
	if (!question)
		return;
	const chosen = answers.get(question.number);

	byId("kind").textContent =
		`Question ${question.number} of ${data.questions.length}, ` +
		"before you step on";
	byId("asks").textContent = question.asks;
	replace(byId("choices"), ...question.choices.map((words, index) =>
		make("li", {}, make("button", {
			type: "button",
			disabled: chosen !== undefined,
			"data-is": chosen === undefined ? null :
				index === question.right ? "right" :
				index === chosen ? "wrong" : null,
			onclick: () => choose(question, index),
		}, words))));
	byId("answer").hidden = chosen === undefined;
	byId("answer").textContent = chosen === undefined ? "" :
		(chosen === question.right ? "Yes. " : "No: " +
			lower(question.choices[question.right]) + ". ") +
		question.answer;
}

function lower(words) {
	return /^[A-Z][a-z ]/.test(words) ?
		words[0].toLowerCase() + words.slice(1) : words;
}

function choose(question, index) {
	answers.set(question.number, index);
	showQuestion();
	showScore();
	byId("step").focus();
}

function showScore() {
	const right = data.questions.filter((question) =>
		answers.get(question.number) === question.right).length;

	byId("score").textContent = answers.size ?
		`${right} of ${answers.size} answered are right; there are ` +
		`${data.questions.length}.` :
		`${data.questions.length} moments at which to guess first.`;
	replace(byId("questions"), ...data.questions.map((question) => {
		const chosen = answers.get(question.number);

		return make("li", {}, make("a", {
			href: `#${question.scenario}/${question.row}`,
		}, question.asks), chosen === undefined ? "" :
			chosen === question.right ? " (right)" : " (wrong)");
	}));
}

function nextQuestion() {
	const order = data.scenarios.map((each) => each.id);
	const place = (id, step) => order.indexOf(id) * 10000 + step;
	const sorted = [...data.questions].sort((a, b) =>
		place(a.scenario, a.row) - place(b.scenario, b.row));
	const next = sorted.find((question) =>
		place(question.scenario, question.row) >
		place(scenario.id, at)) || sorted[0];

	location.hash = `${next.scenario}/${next.row}`;
}

/* ---- Moving ---- */

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
