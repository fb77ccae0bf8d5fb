// SPDX-License-Identifier: MIT
//
// The page in Chromium. tests/view/run calls it, with TRACE_VIEW, the program,
// and FOLDER, an empty one. SHOTS=DIR keeps pictures of what is seen.

"use strict";

const { test } = require("node:test");
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const { execFileSync } = require("node:child_process");
const { WIDE, NARROW, withPage, shoot, text, press } =
	require("./chromium.js");
const { many } = require("./many.js");

const { TRACE_VIEW, FOLDER } = process.env;
const GREETING = path.join(__dirname, "greeting.json");
const STEPS = 69;	// in greeting.json

// ---- Tools ----

let pages = 0;

function pageOf(...recordings) {
	const name = path.join(FOLDER, "page" + pages++ + ".html");
	const html = execFileSync(TRACE_VIEW, recordings,
		{ maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] });

	fs.writeFileSync(name, html);
	return "file://" + name;
}

function recordingOf(events) {
	const name = path.join(FOLDER, "run" + pages++ + ".json");

	fs.writeFileSync(name, JSON.stringify(events));
	return name;
}

const what = (page) => text(page, ".what");

async function stepOf(page) {
	const parts = /Step\s+(\d+) of (\d+)/.exec(await text(page, ".facts"));

	return Number(parts[1]);
}

// The page allows no eval, so that waitForFunction can't be used.
async function until(page, what, arg) {
	for (let i = 0; i < 500; i++) {
		if (await page.evaluate(what, arg))
			return;
		await page.waitForTimeout(20);
	}
	assert.fail("waited in vain for " + what);
}

const isAtStep = (number) => document.querySelector(".facts").textContent
	.includes("Step " + number + " of");

// ---- Steps ----

test("one steps by buttons", async () => {
	await withPage(pageOf(GREETING), {}, async (page) => {
		assert.equal(await stepOf(page), 1);
		await page.click("#next");
		await page.click("#next");
		assert.equal(await stepOf(page), 3);
		await page.click("#back");
		assert.equal(await stepOf(page), 2);
		await page.click("#last");
		assert.equal(await stepOf(page), STEPS);
		await page.click("#next");
		assert.equal(await stepOf(page), STEPS);
		await page.click("#first");
		assert.equal(await stepOf(page), 1);
		await page.click("#next-turn");
		assert.equal(await what(page), "turn of the loop begins");
		await page.click("#back-turn");
		assert.equal(await stepOf(page), 1);
	});
});

test("one steps by keys", async () => {
	await withPage(pageOf(GREETING), {}, async (page) => {
		await press(page, "ArrowRight", "ArrowRight", "ArrowLeft");
		assert.equal(await stepOf(page), 2);
		await press(page, "End");
		assert.equal(await stepOf(page), STEPS);
		await press(page, "Home", "o");
		assert.match(await what(page), /^turn of the loop ends after/);
		await press(page, "Home", "ArrowRight", "u");
		assert.match(await what(page), /^wait for events ends after/);
		await press(page, "Home", "Shift+ArrowRight");
		assert.equal(await what(page), "turn of the loop begins");
		assert.notEqual(await stepOf(page), 1);
	});
});

test("a step is told to who can't see it", async () => {
	await withPage(pageOf(GREETING), {}, async (page) => {
		await press(page, "ArrowRight");
		assert.equal(await page.locator("#live").textContent(),
			"Step 2: wait for events begins");
	});
});

test("the run is played, and paused", async () => {
	await withPage(pageOf(GREETING), {}, async (page) => {
		await page.click("#play");
		assert.equal(await page.getAttribute("#play", "aria-label"),
			"Pause");
		await until(page, () => /Step ([2-9]|\d\d) /.test(
			document.querySelector(".facts").textContent));
		await page.click("#play");
		assert.equal(await page.getAttribute("#play", "aria-pressed"),
			"false");
		const here = await stepOf(page);
		await page.waitForTimeout(700);
		assert.equal(await stepOf(page), here);
		await page.selectOption("#speed", "500");
		await page.locator("#lanes").focus();
		await press(page, "Space");
		await until(page, isAtStep, STEPS);
		assert.equal(await page.getAttribute("#play", "aria-pressed"),
			"false");
	});
});

test("the line that runs is shown, and where it was added", async () => {
	await withPage(pageOf(GREETING), {}, async (page) => {
		await page.fill("#search", "callback ask begins");
		await press(page, "Enter");
		assert.match(await text(page, ".lines .here"), /\bask\(/);
		assert.match(await text(page, ".lines .also"), /added here/);
		assert.match(await text(page, "#place"),
			/^examples\/greeting_client_deferred\.c:\d+$/);
	});
});

test("the state tells what hangs on what", async () => {
	await withPage(pageOf(GREETING), {}, async (page) => {
		await page.fill("#search", "greet_all awaits");
		await press(page, "Enter");
		assert.match(await text(page, "#state"), new RegExp("waits\\s*" +
			"greet_all #1 of greeting_client_deferred " +
			"awaits Deferred 2, made at \\S+:69 " +
			"and has not fired"));
		await page.fill("#search", "deferred waits");
		await press(page, "Enter");
		assert.match(await text(page, "#state"),
			/awaits Deferred 2.*which waits for Deferred 3/);
		assert.match(await text(page, "#state"), new RegExp("waits\\s*" +
			"Deferred 2 of greeting_client_deferred, " +
			"made at \\S+ waits for Deferred 3"));
		await page.click("#state .go >> nth=0");
		assert.match(await what(page), /greet_all #1 is spawned/);
	});
});

test("an arrow leads from the cause to what came of it", async () => {
	await withPage(pageOf(GREETING), {}, async (page) => {
		await page.fill("#search", "reads 7 bytes");
		await press(page, "Enter");
		await page.click(".causes .go");
		assert.equal(await what(page),
			'connection 1 writes 7 bytes "World\\r\\n"');
		await page.click(".causes .go");
		assert.match(await what(page), /reads 7 bytes/);
	});
});

// ---- Search, filter, link ----

test("what is searched for is found, forth and back", async () => {
	await withPage(pageOf(GREETING), {}, async (page) => {
		await press(page, "/");
		await page.keyboard.type("deferred fires");
		assert.equal(await text(page, "#found"), "3");
		await press(page, "Enter");
		assert.equal(await text(page, "#found"), "1 of 3");
		const first = await stepOf(page);
		await press(page, "Enter");
		assert.equal(await text(page, "#found"), "2 of 3");
		await page.locator("#lanes").focus();
		await press(page, "Shift+N");
		assert.equal(await stepOf(page), first);
		await press(page, "n", "n", "n");
		assert.equal(await stepOf(page), first);
		await page.fill("#search", "no such thing");
		assert.equal(await text(page, "#found"), "none");
	});
});

test("what is filtered out is neither listed nor stepped to", async () => {
	await withPage(pageOf(GREETING), {}, async (page) => {
		await press(page, "f");
		for (const name of ["turn", "wait", "object", "protocol",
			"bytes", "coroutine"])
			await page.uncheck("#categories [value=" + name + "]");
		assert.equal(await text(page, "#steps-count"), "4 of " + STEPS);
		await page.locator("#lanes").focus();
		await press(page, "Home");
		assert.match(await what(page), /^callback ask begins/);
		await press(page, "ArrowRight", "ArrowRight");
		assert.match(await what(page), /^callback show begins/);
		await page.fill("#only", "show");
		assert.equal(await text(page, "#steps-count"), "2 of " + STEPS);
		await page.fill("#only", "nothing");
		assert.equal(await page.locator("#steps .row").count(), 0);
		await page.click("#filter-reset");
		assert.equal(await text(page, "#steps-count"), String(STEPS));
		await press(page, "Escape");
	});
});

test("a link leads to the moment", async () => {
	const url = pageOf(GREETING);
	let link;

	await withPage(url, {}, async (page) => {
		await press(page, ...Array(20).fill("ArrowRight"), "t", "+");
		await until(page, () =>
			/step=21&axis=time/.test(location.hash));
		link = page.url();
	});
	await withPage(link, {}, async (page) => {
		assert.equal(await stepOf(page), 21);
		assert.ok(await page.isChecked("[value=time]"));
		await page.evaluate(() => { location.hash = "#step=5"; });
		await until(page, isAtStep, 5);
		await press(page, "l");
		await page.waitForSelector("#toast:not([hidden])");
		assert.match(await text(page, "#toast"), /link to this moment/);
	});
	await withPage(url + "#step=99999&from=x&axis=nonsense", {},
		async (page) => assert.equal(await stepOf(page), STEPS));
	await withPage(url + "#step=%3Cb%3E", {},
		async (page) => assert.equal(await stepOf(page), 1));
});

// ---- The lanes ----

test("a click in the lanes goes to what it hits", async () => {
	await withPage(pageOf(GREETING), {}, async (page) => {
		await page.locator("#lanes").focus();
		await press(page, "0");
		const box = await page.locator("#canvas").boundingBox();

		await page.mouse.move(box.x + 60, box.y + 40);
		await page.waitForSelector("#tip:not([hidden])");
		assert.match(await text(page, "#tip"), /^turn of the loop: /);
		await page.mouse.click(box.x + 60, box.y + 60);
		assert.equal(await what(page), "wait for events begins");
	});
});

test("the lanes are dragged, and zoomed by the wheel", async () => {
	await withPage(pageOf(GREETING), {}, async (page) => {
		const seen = () => page.getAttribute("#overview",
			"aria-valuetext");
		const box = await page.locator("#canvas").boundingBox();

		await page.mouse.move(box.x + 300, box.y + 40);
		const before = await seen();
		await page.keyboard.down("Control");
		await page.mouse.wheel(0, -300);
		await page.keyboard.up("Control");
		await page.waitForTimeout(100);
		const zoomed = await seen();
		assert.notEqual(zoomed, before);
		await page.mouse.down();
		await page.mouse.move(box.x + 100, box.y + 40, { steps: 4 });
		await page.mouse.up();
		await page.waitForTimeout(100);
		assert.notEqual(await seen(), zoomed);
		assert.equal(await stepOf(page), 1);
	});
});

test("two fingers zoom, one moves", async () => {
	const options = { viewport: NARROW, hasTouch: true };

	await withPage(pageOf(GREETING), options, async (page) => {
		const seen = () => page.getAttribute("#overview",
			"aria-valuetext");
		const box = await page.locator("#canvas").boundingBox();
		const session = await page.context().newCDPSession(page);
		const touch = (type, ...places) => session.send(
			"Input.dispatchTouchEvent", { type, touchPoints:
				places.map((x, id) => ({ id, x: box.x + x,
					y: box.y + 60 })) });

		const before = await seen();
		await touch("touchStart", 100);
		await touch("touchStart", 100, 140);
		for (let i = 0; i <= 40; i += 10)
			await touch("touchMove", 100 - i, 140 + i);
		await touch("touchEnd");
		await page.waitForTimeout(100);
		const zoomed = await seen();
		assert.notEqual(zoomed, before);
		await touch("touchStart", 200);
		for (let i = 0; i <= 150; i += 30)
			await touch("touchMove", 200 - i);
		await touch("touchEnd");
		await page.waitForTimeout(100);
		assert.notEqual(await seen(), zoomed);
		assert.equal(await stepOf(page), 1);
	});
});

test("a group is folded by its button, and keeps the focus", async () => {
	await withPage(pageOf(GREETING), {}, async (page) => {
		const button = page.locator("#labels button").first();

		await button.focus();
		await press(page, "Enter");
		await page.waitForTimeout(100);
		assert.equal(await button.getAttribute("aria-expanded"),
			"false");
		assert.equal(await page.evaluate(() =>
			document.activeElement.getAttribute("aria-expanded")),
		"false");
	});
});

// ---- For everybody ----

// All that is reached by Tab has a name and is seen to be there.
test("all is reached by keys, and seen to be", async () => {
	await withPage(pageOf(GREETING), {}, async (page) => {
		const reached = [];

		await press(page, "f");
		await page.locator(".skip").focus();
		for (let i = 0; i < 80; i++) {
			await press(page, "Tab");
			const one = await page.evaluate(() => {
				const at = document.activeElement;
				const style = getComputedStyle(at.matches(
					"[type=radio]") ? at.closest(".choice")
					: at);

				return at === document.body ? null : {
					id: at.id || at.name || at.className ||
						at.dataset.key || at.value,
					isSeen: style.outlineStyle !== "none" &&
						style.outlineWidth !== "0px",
				};
			});

			if (!one)
				break;
			assert.ok(one.isSeen, "the focus on " + one.id);
			reached.push(one.id);
		}
		for (const id of ["first", "back-turn", "back", "play", "next",
			"next-turn", "last", "speed", "axis", "zoom-out",
			"zoom-in", "fit", "link", "theme", "help", "search",
			"found-next", "filter-button", "only", "overview",
			"lanes", "source", "state", "steps"])
			assert.ok(reached.includes(id), id + " is not reached");
	});
});

test("the help opens by a key, and closes", async () => {
	await withPage(pageOf(GREETING), {}, async (page) => {
		await press(page, "?");
		assert.ok(await page.isVisible("#help-dialog"));
		await shoot(page, "help");
		await page.uncheck("#letters");
		await press(page, "Escape");
		assert.ok(!await page.isVisible("#help-dialog"));
		await press(page, "t", "ArrowRight");
		assert.ok(await page.isChecked("[value=turns]"));
		assert.equal(await stepOf(page), 2);
	});
});

// In the page: what is wrong with roles, names and references.
function faults() {
	const found = [];
	const ids = new Set();
	const nameOf = (one) => one.getAttribute("aria-label") ||
		(one.getAttribute("aria-labelledby") || "").split(" ")
			.map((id) => document.getElementById(id)?.textContent)
			.join("") || one.labels?.[0]?.textContent ||
		one.textContent || one.title;

	for (const one of document.querySelectorAll("[id]")) {
		if (ids.has(one.id))
			found.push("twice: " + one.id);
		ids.add(one.id);
	}
	for (const one of document.querySelectorAll("button, input, select," +
		"[role=slider], [role=listbox], [role=region], [tabindex]," +
		"section, dialog, fieldset"))
		if (!nameOf(one).trim())
			found.push("no name: " + one.outerHTML.slice(0, 80));
	for (const name of ["aria-controls", "aria-labelledby",
		"aria-activedescendant", "for"])
		for (const one of document.querySelectorAll("[" + name + "]"))
			if (!document.getElementById(one.getAttribute(name)))
				found.push(name + " of " + one.id);
	for (const canvas of document.querySelectorAll("canvas"))
		if (!canvas.getAttribute("aria-hidden") && !nameOf(canvas))
			found.push("a canvas without a name");
	for (const row of document.querySelectorAll("[role=option]"))
		if (!row.closest("[role=listbox]") ||
		    !row.getAttribute("aria-posinset"))
			found.push("a stray option");
	if (document.querySelectorAll("h1").length !== 1 ||
	    !document.documentElement.lang || !document.title)
		found.push("no title, or no language");
	return found;
}

// In the page: text whose colour is too near to what is behind it.
function pale() {
	const found = [];
	const numbers = (color) => {
		const parts = color.match(/[\d.]+/g).map(Number);

		return parts.length < 4 ? [...parts, 1] : parts;
	};
	const light = (rgb) => rgb.slice(0, 3).map((c) => c / 255)
		.map((c) => c <= 0.03928 ? c / 12.92 :
			((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i],
			0);
	const behind = (one) => {
		for (let at = one; at; at = at.parentElement) {
			const rgb = numbers(getComputedStyle(at)
				.backgroundColor);

			if (rgb[3] === 1)
				return rgb;
		}
		return [255, 255, 255, 1];
	};
	const contrast = (a, b) => {
		const [high, low] = [light(a), light(b)].sort((x, y) => y - x);

		return (high + 0.05) / (low + 0.05);
	};
	const style = getComputedStyle(document.documentElement);
	const walker = document.createTreeWalker(document.body,
		NodeFilter.SHOW_TEXT);

	while (walker.nextNode()) {
		const one = walker.currentNode.parentElement;

		if (!walker.currentNode.data.trim() || !one.checkVisibility() ||
		    one.closest("script, .hidden, :disabled"))
			continue;
		const ratio = contrast(numbers(getComputedStyle(one).color),
			behind(one));
		if (ratio < 4.5)
			found.push(ratio.toFixed(2) + " " + one.className +
				" " + one.textContent.slice(0, 30));
	}
	const asRgb = (name) => {
		const hex = style.getPropertyValue("--" + name).trim();

		return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
	};
	// The lanes' text on each look; their edges on the ground (3, as of
	// what is no text).
	for (const look of ["turn", "wait", "protocol", "callback", "call",
		"coroutine", "system", "other", "pending", "waits", "fired",
		"ready", "open", "paused", "queued", "half", "ground"]) {
		if (contrast(asRgb("text"), asRgb(look)) < 4.5)
			found.push("text on " + look);
		if (look !== "ground" && contrast(asRgb(look + "-line"),
			asRgb("ground")) < 3)
			found.push("edge of " + look);
	}
	for (const name of ["accent", "arrow", "found", "quiet"])
		if (contrast(asRgb(name), asRgb("ground")) < 4.5)
			found.push(name + " on the ground");
	return found;
}

for (const [size, viewport] of [["wide", WIDE], ["narrow", NARROW]]) {
	for (const colorScheme of ["light", "dark"]) {
		test(`${size} and ${colorScheme}, it is sound`, async () => {
			const options = { viewport, colorScheme };

			await withPage(pageOf(GREETING), options, async (page) => {
				await page.fill("#search", "waits for");
				await press(page, "Enter", "Tab");
				await page.waitForTimeout(100);
				await shoot(page, `${size}-${colorScheme}`);
				assert.deepEqual(await page.evaluate(faults), []);
				assert.deepEqual(await page.evaluate(pale), []);
				assert.ok(await page.evaluate(() =>
					document.documentElement.scrollWidth <=
					innerWidth), "it fits");
				assert.equal(await page.evaluate(() =>
					document.documentElement.dataset.theme),
				colorScheme);
				for (const id of ["lanes", "now", "source",
					"state", "steps"])
					assert.ok(await page.isVisible("#" + id));
				await page.click("#filter-button");
				await shoot(page, `${size}-${colorScheme}-filter`);
				assert.deepEqual(await page.evaluate(pale), []);
				assert.ok(await page.evaluate(() =>
					document.documentElement.scrollWidth <=
					innerWidth), "the filter fits");
			});
		});
	}
}

test("the theme is switched, and stays so", async () => {
	const url = pageOf(GREETING);

	await withPage(url, { colorScheme: "light" }, async (page) => {
		await page.click("#theme");
		assert.equal(await page.getAttribute("#theme", "aria-pressed"),
			"true");
		await page.reload();
		assert.equal(await page.evaluate(() =>
			document.documentElement.dataset.theme), "dark");
	});
});

// ---- What may come ----

test("what a recording says is never run", async () => {
	const evil = "<img src=x onerror=\"window.hit = 1\"></script>" +
		"<script>window.hit = 1</script>";
	const events = [
		{ ph: "M", pid: 1, tid: 1, name: "process_name",
			args: { name: evil } },
		{ ph: "B", ts: 1, pid: 1, tid: 1, cat: evil, name: evil,
			args: { at: evil + ".c:1" } },
		{ ph: "i", ts: 2, pid: 1, tid: 1, cat: "object", name: "made",
			args: { deferred: evil, at: evil } },
		{ ph: "i", ts: 3, pid: 1, tid: 1, cat: "object",
			name: "connected", args: { connection: evil,
				peer: evil, local: evil } },
		{ ph: "i", ts: 4, pid: 1, tid: 1, cat: "bytes", name: "read",
			args: { connection: evil, from: evil, count: evil,
				text: evil, stream: evil } },
		{ ph: "i", ts: 5, pid: 1, tid: 1, cat: "object", name: "fired",
			args: { deferred: evil, result: evil } },
		{ ph: "i", ts: 6, pid: 1, tid: 1, cat: evil, name: evil },
	];

	await withPage(pageOf(recordingOf(events)), {}, async (page) => {
		for (let i = 0; i < events.length; i++) {
			await press(page, "ArrowRight");
			await page.waitForTimeout(20);
		}
		await page.fill("#search", "img");
		assert.equal(await page.evaluate(() => window.hit), undefined);
		assert.equal(await page.locator("img").count(), 0);
		assert.match(await page.locator("h1").textContent(), /img/);
	});
});

test("values of any kind are taken", async () => {
	const odd = [null, true, 1.5, "x", [1], { a: 1 }, "__proto__",
		"constructor"];
	const events = [];

	for (const value of odd)
		for (const name of ["made", "fired", "waits", "awaits",
			"connected", "read", "written", "added", "constructor"])
			events.push({ ph: "i", ts: events.length, cat: value,
				name, args: { deferred: value, on: value,
					at: value, result: value, text: value,
					count: value, from: value, in: value,
					stream: value, name: value } });
	await withPage(pageOf(recordingOf(events)), {}, async (page) => {
		await page.selectOption("#speed", "500");
		await page.click("#play");
		await until(page, isAtStep, events.length);
	});
});

test("an empty recording says that it is", async () => {
	await withPage(pageOf(recordingOf([])), {}, async (page) => {
		await press(page, "ArrowRight", "t", "Home", "n");
		await page.click("#next");
		assert.equal(await text(page, "#now"),
			"The recording has no events.");
		await shoot(page, "empty");
	});
});

test("a recording without identities says what is missing", async () => {
	const events = [{ ph: "B", ts: 1, cat: "turn", name: "turn" },
		{ ph: "B", ts: 2, cat: "callback", name: "show (gone.c:3)" },
		{ ph: "E", ts: 3 }, { ph: "E", ts: 4 }];

	await withPage(pageOf(recordingOf(events)), {}, async (page) => {
		assert.match(await text(page, "#notes"), /have no lanes/);
		assert.match(await text(page, "#notes"), /gone\.c/);
		await press(page, "ArrowRight");
		assert.match(await text(page, "#source"), /--source/);
		await shoot(page, "without");
	});
});

test("a recording that was cut off says so", async () => {
	const name = recordingOf([]);

	fs.writeFileSync(name, '[\n{"ph":"B","ts":1,"cat":"turn",' +
		'"name":"turn"},\n{"ph":"E"');
	await withPage(pageOf(name), {}, async (page) =>
		assert.match(await text(page, "#notes"), /has no end/));
});

// ---- 100,000 events ----

// In the page: acts before each frame, for so long; frames in a second.
async function measure(name) {
	const lanes = document.getElementById("lanes");
	const box = lanes.getBoundingClientRect();
	const wheel = (deltaX, deltaY, ctrlKey) => lanes.dispatchEvent(
		new WheelEvent("wheel", { deltaX, deltaY, ctrlKey,
			clientX: box.left + 500, clientY: box.top + 50,
			bubbles: true, cancelable: true }));
	const acts = {
		"zooming in and out": (n) => wheel(0, n % 100 < 50 ? -40 : 40,
			true),
		"moving": (n) => wheel(n % 60 < 30 ? 40 : -40, 0, false),
		"scrolling the lanes": (n) => {
			lanes.scrollTop = n * 37 % 2000;
		},
		"scrolling the steps": (n) => {
			document.getElementById("steps").scrollTop = n * 977;
		},
	};
	const start = performance.now();
	let frames = 0;
	let now = start;

	while (now - start < 1500) {
		acts[name](frames++);
		now = await new Promise(requestAnimationFrame);
	}
	return frames * 1000 / (now - start);
}

// The machine may have something else to do: the best of three counts.
async function best(page, name) {
	let rate = 0;

	for (let i = 0; i < 3 && rate <= 30; i++)
		rate = Math.max(rate, await page.evaluate(measure, name));
	return rate;
}

test("100,000 events are scrolled and zoomed without stutter", async () => {
	const events = many(100000);
	const url = pageOf(recordingOf(events));

	assert.ok(events.length >= 100000);
	await withPage(url, {}, async (page) => {
		await page.waitForSelector("#steps .row");
		for (const range of ["all of it", "a part"]) {
			await press(page, ...(range === "a part" ?
				Array(12).fill("+") : ["0"]));
			for (const name of ["zooming in and out", "moving",
				"scrolling the lanes", "scrolling the steps"]) {
				const rate = await best(page, name);

				console.log(`${name}, ${range}: ` +
					`${rate.toFixed(0)} frames/s`);
				assert.ok(rate > 30, name);
			}
		}
		await press(page, "0", "End");
		await page.waitForTimeout(100);
		await shoot(page, "many");
		const begin = Date.now();
		await page.fill("#search", "connection 1000 writes");
		assert.ok(Date.now() - begin < 2000, "a search is quick");
	});
});
