// SPDX-License-Identifier: MIT
//
// The upper half of a column: the source, and the line that runs.

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
		scrollCode(code, chosen.offsetTop - code.clientHeight / 2);
}

/* Far away at once: who steps fast would else never see the line. */
function scrollCode(code, top) {
	code.scrollTo({top, behavior:
		Math.abs(code.scrollTop - top) > code.clientHeight ?
		"instant" : "auto"});
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
