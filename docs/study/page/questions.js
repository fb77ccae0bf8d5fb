// SPDX-License-Identifier: MIT
//
// Guess first, then see.

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
