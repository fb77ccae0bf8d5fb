// SPDX-License-Identifier: MIT
//
// A page in Chromium, for tests. SHOTS=DIR keeps pictures of what is seen.

"use strict";

const { before, after } = require("node:test");
const assert = require("node:assert");
const path = require("node:path");
const { chromium } = require("playwright-core");

const { SHOTS } = process.env;
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 400, height: 800 };

let browser;

before(async () => {
	browser = await chromium.launch({ executablePath:
		"/usr/bin/chromium", args: ["--no-sandbox"] });
});

after(() => browser.close());

// Does this with a page; it may complain of nothing, and ask for nothing.
async function withPage(url, options, use) {
	const context = await browser.newContext({ viewport: WIDE,
		...options });
	const page = await context.newPage();
	const complaints = [];
	const requests = [];

	page.on("console", (message) => complaints.push(message.text()));
	page.on("pageerror", (error) => complaints.push(error.stack));
	page.on("dialog", (dialog) => {
		complaints.push("dialog " + dialog.message());
		dialog.dismiss();
	});
	context.on("request", (request) => requests.push(request.url()));
	try {
		await page.goto(url);
		await use(page);
	} finally {
		await context.close();
	}
	assert.deepEqual(complaints, []);
	assert.deepEqual(requests.filter((one) =>
		!one.startsWith(url.replace(/#.*/, ""))), []);
}

async function shoot(page, name) {
	// What is longer than the window is seen whole.
	if (SHOTS)
		await page.screenshot({ path: path.join(SHOTS, name + ".png"),
			fullPage: page.viewportSize().width < 800 });
}

const text = (page, selector) => page.locator(selector).innerText();

async function press(page, ...keys) {
	for (const key of keys)
		await page.keyboard.press(key);
}

module.exports = { WIDE, NARROW, withPage, shoot, text, press };
