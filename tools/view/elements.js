// SPDX-License-Identifier: MIT
//
// What the panels are made of. All that a recording tells becomes text, never
// markup.

function element(name, className, ...children) {
	const made = document.createElement(name);

	if (className)
		made.className = className;
	made.append(...children.filter((child) => child !== null));
	return made;
}

function goLink(app, text, step, title) {
	const link = element("a", "go", text);

	link.href = "#step=" + (step + 1);
	link.title = title || "Go to step " + (step + 1);
	link.addEventListener("click", (event) => {
		event.preventDefault();
		app.go(step);
	});
	return link;
}

// Each process numbers its own: which one is it, where there are several?
function processText(app, word, process) {
	return app.model.processes.length > 1 ?
		" " + word + " " + process.title : "";
}

function objectLink(app, object) {
	return goLink(app, objectName(object), object.first,
		"Go to where it began, step " + (object.first + 1));
}
