// SPDX-License-Identifier: MIT
//
// docs/study/index.html in Chromium.

"use strict";

const { test } = require("node:test");
const assert = require("node:assert");
const path = require("node:path");
const { WIDE, NARROW, withPage, shoot, text, press } =
	require("./chromium.js");

const PAGE = "file://" + path.resolve(__dirname,
	"../../docs/study/index.html");
const STYLES = ["deferred", "blocking", "coroutine"];

// ---- Tools ----

const withStudy = (hash, options, use) =>
	withPage(PAGE + hash, { reducedMotion: "reduce", ...options }, use);

// Of the address: ["one", 3].
function where(page) {
	const [scenario, step] = new URL(page.url()).hash.slice(1).split("/");

	return [scenario, Number(step)];
}

const lineAt = (page, style) => text(page, `#code-${style} .row.at`);

// ---- Steps ----

test("one steps by buttons, forward and back", async () => {
	await withStudy("", {}, async (page) => {
		await page.click("#step");
		await page.click("#step");
		await page.click("#back");
		assert.deepEqual(where(page), ["one", 1]);
		assert.match(await lineAt(page, "deferred"), /example_add_tls/);
		await page.click("#first");
		assert.deepEqual(where(page), ["one", 0]);
		assert.ok(await page.isDisabled("#back"));
	});
});

test("one steps by keys alone", async () => {
	await withStudy("", {}, async (page) => {
		await press(page, "ArrowRight", "ArrowRight", "ArrowLeft");
		assert.deepEqual(where(page), ["one", 1]);
		await press(page, "Shift+ArrowRight");
		assert.match(await text(page, "#said"), /asks for a connection/);
		await press(page, "Shift+ArrowRight", "Shift+ArrowLeft");
		assert.match(await text(page, "#said"), /asks for a connection/);
		await press(page, "End");
		assert.match(await text(page, "#said"), /The end, with status 0/);
		assert.ok(await page.isDisabled("#step"));
		await press(page, "Home", "4");
		assert.deepEqual(where(page), ["refused", 0]);
	});
});

test("all is reached by Tab, and what has the focus is seen", async () => {
	await withStudy("#one/17", {}, async (page) => {
		const seen = new Set();

		for (let i = 0; i < 60; i++) {
			await press(page, "Tab");
			seen.add(await page.evaluate(() => {
				const at = document.activeElement;
				const { top, bottom } = at.getBoundingClientRect();

				if (bottom < 0 || top > innerHeight)
					return "out of sight: " + at.outerHTML;
				return at.closest("#choices, #scenarios, #wire, " +
					".controls, .code")?.className || at.id;
			}));
		}
		for (const part of ["scenarios", "controls", "code", "theme"])
			assert.ok(seen.has(part), part);
		assert.deepEqual([...seen].filter((each) =>
			each.startsWith("out")), []);
	});
});

test("it plays by itself, and stops", async () => {
	await withStudy("#one/53", {}, async (page) => {
		await press(page, "p");
		assert.equal(await page.getAttribute("#play", "aria-pressed"),
			"true");
		await page.waitForFunction(() => location.hash === "#one/56",
			null, { timeout: 10000 });
		assert.equal(await page.getAttribute("#play", "aria-pressed"),
			"false");
	});
});

test("the address names the step, and leads there", async () => {
	await withStudy("#slow/46", {}, async (page) => {
		assert.match(await text(page, "#said"), /sends "lo, World!/);
		await page.evaluate(() => { location.hash = "early/3"; });
		await page.waitForFunction(() =>
			document.title.startsWith("Closed early"));
		assert.match(await text(page, "#count"), /3 of/);
	});
});

test("an address that is none leads to a step", async () => {
	await withStudy("#nowhere/9999", {}, async (page) => {
		assert.equal(where(page)[0], "one");
	});
});

test("every step of every scenario is shown", async () => {
	await withStudy("", {}, async (page) => {
		const scenarios = await page.locator("#scenarios a").count();

		assert.equal(scenarios, 8);
		for (let i = 1; i <= scenarios; i++) {
			await press(page, `${i}`, "End");
			for (let [, step] = where(page); step > 0; step--) {
				assert.notEqual(await text(page, "#said"), "");
				await press(page, "ArrowLeft");
			}
		}
	});
});

// ---- What is to be seen ----

test("while all wait, each style keeps its state elsewhere", async () => {
	await withStudy("#one/40", {}, async (page) => {
		assert.match(await text(page, "#said"), /All wait/);
		assert.match(await text(page, "#state-deferred"),
			/struct getter[^]*1 Deferred[^]*links to run\s+show/);
		assert.match(await text(page, "#state-blocking"),
			/receive_line[^]*get_greeting[^]*greet_all[^]*main/);
		assert.match(await text(page, "#state-coroutine"),
			/Asleep[^]*greet[^]*"World"/);
		assert.equal(await page.locator("#code-deferred .row.at").count(),
			0);
		assert.equal(await page.locator(
			"#code-coroutine .row.asleep").count(), 3);
	});
});

test("a moment on the wire leads to its step", async () => {
	await withStudy("", {}, async (page) => {
		await page.click("#wire button:has-text('World\\\\r')");
		assert.match(await text(page, "#said"), /has sent "World/);
		assert.equal(await page.locator(
			"#wire [aria-current]").count(), 1);
	});
});

// ---- Questions ----

test("one guesses, then sees, and the right ones are counted", async () => {
	await withStudy("#one/17", {}, async (page) => {
		assert.ok(await page.isHidden("#answer"));
		await page.click("#choices button >> nth=0");
		assert.match(await text(page, "#answer"), /^No: a chain/);
		await press(page, "ArrowRight");
		assert.ok(await page.isHidden("#question"));
		assert.match(await text(page, "#state-deferred"),
			/^[^]*ask[^]*called by a chain, the endpoint, the loop/);
		await page.evaluate(() => { location.hash = "one/42"; });
		await page.click("#choices button >> nth=0");
		assert.match(await text(page, "#answer"), /^Yes\. /);
		assert.match(await text(page, "#score"),
			/1 of 2 answered are right/);
	});
});

test("all twelve questions are reached by q, and answered", async () => {
	await withStudy("", {}, async (page) => {
		for (let i = 1; i <= 12; i++) {
			await press(page, "q");
			await page.waitForFunction((number) => document
				.getElementById("kind").textContent.startsWith(
					`Question ${number} `), i);
			await page.click("#choices button >> nth=0");
			assert.ok(await page.isVisible("#answer"));
			assert.equal(await page.locator(
				"#choices [data-is=right]").count(), 1);
		}
		assert.match(await text(page, "#score"), /of 12 answered/);
	});
});

// ---- Who sees it how ----

test("a step is told to who does not see it", async () => {
	await withStudy("#one/20", {}, async (page) => {
		assert.equal(await page.getAttribute("#said", "aria-live"),
			"polite");
		for (const button of await page.locator("button").all())
			assert.ok(await button.getAttribute("aria-label") ||
				await button.innerText());
		for (const style of STYLES)
			assert.match(await text(page, `#code-${style} .runs`),
				/line \d+/);
	});
});

test("narrow, one column is seen, with the wire; tabs change it", async () => {
	await withStudy("#one/40", { viewport: NARROW }, async (page) => {
		assert.ok(await page.isVisible("#code-deferred"));
		assert.ok(await page.isHidden("#code-coroutine"));
		await page.focus("#tab-deferred");
		await press(page, "ArrowRight", "ArrowRight");
		assert.ok(await page.isVisible("#code-coroutine"));
		assert.ok(await page.isVisible("#state-coroutine"));
		assert.ok(await page.isHidden("#code-deferred"));
		assert.deepEqual(where(page), ["one", 40]);
		for (const to of [0, 10000]) {
			await page.evaluate((y) => scrollTo(0, y), to);
			const box = await page.locator(".wire").boundingBox();
			assert.ok(to || box.y + box.height <= NARROW.height);
		}
		assert.ok(await page.evaluate(() =>
			document.documentElement.scrollWidth <= innerWidth));
	});
});

// Of what is written, with what is behind it.
function contrasts() {
	const canvas = document.createElement("canvas").getContext("2d",
		{ willReadFrequently: true });
	const rgb = (color) => {
		canvas.clearRect(0, 0, 1, 1);
		canvas.fillStyle = color;
		canvas.fillRect(0, 0, 1, 1);
		return [...canvas.getImageData(0, 0, 1, 1).data];
	};
	const light = (color) => color.slice(0, 3).map((part) => part / 255)
		.map((part) => part <= 0.04045 ? part / 12.92 :
			((part + 0.055) / 1.055) ** 2.4)
		.reduce((sum, part, i) =>
			sum + part * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (element) => {
		const color = rgb(getComputedStyle(element).backgroundColor);

		return color[3] || !element.parentElement ? color :
			behind(element.parentElement);
	};
	const low = new Set();

	for (const element of document.querySelectorAll("body *")) {
		if (![...element.childNodes].some((node) =>
			node.nodeType === 3 && node.data.trim()) ||
		    element.closest("script, style, .hidden") ||
		    !element.checkVisibility())
			continue;
		const [a, b] = [light(rgb(getComputedStyle(element).color)),
			light(behind(element))].sort((x, y) => y - x);

		if ((a + 0.05) / (b + 0.05) < 4.5)
			low.add(element.outerHTML.slice(0, 80));
	}
	return [...low];
}

for (const colorScheme of ["light", "dark"])
	test(`what is written is readable: ${colorScheme}`, async () => {
		await withStudy("#one/42", { colorScheme }, async (page) => {
			assert.deepEqual(await page.evaluate(contrasts), []);
			await page.click("#choices button >> nth=1");
			assert.deepEqual(await page.evaluate(contrasts), []);
			await page.click("#theme");
			assert.deepEqual(await page.evaluate(contrasts), []);
		});
	});

for (const [size, viewport] of [["wide", WIDE], ["narrow", NARROW]])
	for (const colorScheme of ["light", "dark"])
		test(`a picture of it: ${size}, ${colorScheme}`, async () => {
			await withStudy("#one/40", { viewport, colorScheme },
				(page) => shoot(page, `study-${size}-${colorScheme}`));
		});
