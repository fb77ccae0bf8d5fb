// SPDX-License-Identifier: MIT
//
// The source beside it: the line that runs, and where that was asked for.

const WORDS = new Set(("auto bool break case char const continue default do " +
	"double else enum extern false float for goto if inline int long " +
	"NULL return short signed sizeof static struct switch true typedef " +
	"union unsigned void volatile while").split(" "));
const TOKENS = new RegExp("(/\\*.*?(?:\\*/|$)|//.*$)|" +
	"(\"(?:[^\"\\\\]|\\\\.)*\"?|'(?:[^'\\\\]|\\\\.)*'?)|" +
	"(^\\s*#\\s*\\w+)|(\\w+)|([^\\w\"'/#]+|.)", "g");
const AROUND = 150;
const TAB = 4;	// as the style sheet has it

// Where a line has no room it goes on further to the right than it began.
function hang(code, line) {
	const [blank] = /^[ \t]*/.exec(line);
	const columns = [...blank].reduce((at, letter) => letter === "\t" ?
		at + TAB - at % TAB : at + 1, 0);
	const hanging = Math.ceil(columns / TAB) * TAB + TAB;

	code.style.paddingLeft = hanging + "ch";
	code.style.textIndent = -hanging + "ch";
	return code;
}

// Is the line's beginning within a comment?
function inComment(lines, index) {
	for (let i = index - 1; i >= 0; i--) {
		const close = lines[i].lastIndexOf("*/");
		const open = lines[i].lastIndexOf("/*");

		if (open > close)
			return true;
		if (close >= 0)
			return false;
	}
	return false;
}

function colored(line, isComment) {
	const parts = element("code", "");
	let rest = line;

	if (isComment) {
		const close = line.indexOf("*/");
		const length = close < 0 ? line.length : close + 2;

		parts.append(element("span", "comment", line.slice(0, length)));
		rest = line.slice(length);
	}
	for (const [text, comment, string, directive, word] of
	     rest.matchAll(TOKENS)) {
		const look = comment ? "comment" : string ? "string" :
			directive || WORDS.has(word) ? "word" : "";

		parts.append(look ? element("span", look, text) : text);
	}
	return parts;
}

function sourceLines(text, middle) {
	const lines = text.split("\n");
	const first = Math.max(0, middle - AROUND);
	const list = element("ol", "lines");
	let isComment = inComment(lines, first);

	list.start = first + 1;
	list.style.counterReset = "line " + first;
	lines.slice(first, middle + AROUND).forEach((line, i) => {
		const row = element("li", "",
			hang(colored(line, isComment), line));

		row.value = first + i + 1;
		list.append(row);
		isComment = inComment([...(isComment ? ["/*"] : []), line],
			isComment ? 2 : 1);
	});
	return list;
}

function markLine(list, line, className, note) {
	const row = list.children[line - list.start];

	if (!row)
		return null;
	row.classList.add(className);
	if (note)
		row.append(element("span", "note", note));
	return row;
}

function withoutMarks(list) {
	for (const row of list.querySelectorAll(".here, .also")) {
		row.classList.remove("here", "also");
		row.removeAttribute("aria-current");
		for (const note of row.querySelectorAll(".note"))
			note.remove();
	}
}

// The list is made anew only where another part of a source is shown.
function linesFor(app, box, place, text) {
	const old = box.querySelector(".lines");

	if (old && app.shownFile === place.file &&
	    place.line >= old.start &&
	    place.line < old.start + old.childElementCount) {
		withoutMarks(old);
		return old;
	}
	app.shownFile = place.file;
	const list = sourceLines(text, place.line);
	box.replaceChildren(list);
	return list;
}

// What was shown last stays, where nothing of the program runs.
function noSource(app, box, title, place) {
	const old = box.querySelector(".lines");

	if (!place && old) {
		title.textContent = "evert’s own loop runs; before it " +
			app.shownFile.split("/").pop();
		withoutMarks(old);
		old.classList.add("past");
		return;
	}
	app.shownFile = null;
	title.textContent = place ? place.file + ":" + place.line : "";
	box.replaceChildren(element("p", "none", place ?
		"The source is not in this page. Make it anew with " +
		"--source and the folder that has " + place.file + "." :
		"evert’s own loop runs: no line of the program."));
}

function showSource(app, box, title) {
	const place = app.model.steps.length ?
		placeOfStep(app.model, app.step) : null;
	const text = place && app.model.sources[place.file];

	if (typeof text !== "string") {
		noSource(app, box, title, place);
		return;
	}
	const list = linesFor(app, box, place, text);
	const row = markLine(list, place.line, "here", "");

	list.classList.remove("past");
	title.textContent = place.file + ":" + place.line;
	if (place.also && place.also !== place.line)
		markLine(list, place.also, "also", place.why);
	if (!row)
		return;
	row.setAttribute("aria-current", "true");
	const y = row.offsetTop - box.offsetTop;
	if (y < box.scrollTop + 20 ||
	    y > box.scrollTop + box.clientHeight - 60)
		box.scrollTop = y - box.clientHeight / 3;
}
