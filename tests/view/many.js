// SPDX-License-Identifier: MIT
//
// A recording of a busy server, made up, always the same.

"use strict";

function many(count) {
	const events = [];
	const open = [];
	let ts = 1e9;
	let seed = 1;
	let connections = 0;
	let deferreds = 0;

	function random(below) {
		seed = seed * 48271 % 2147483647;
		return seed % below;
	}
	function event(ph, cat, name, args) {
		ts += 0.5 + random(50) / 10;
		events.push({ ph, ts, pid: 10, tid: 10, cat, name, args });
	}
	const at = (line) => "examples/greeting_server.c:" + line;

	function connect() {
		const one = { id: ++connections, read: 0, written: 0 };

		open.push(one);
		event("i", "object", "connected", { connection: one.id,
			peer: "127.0.0.1:" + (10000 + one.id) });
		event("B", "protocol", "connection_made",
			{ connection: one.id });
		event("E");
	}
	function lose() {
		const [one] = open.splice(random(open.length), 1);

		event("B", "protocol", "connection_lost",
			{ connection: one.id });
		event("E");
		event("i", "object", "closed", { connection: one.id });
	}
	function serve() {
		const one = open[random(open.length)];
		const count = 1 + random(90);
		const deferred = ++deferreds;
		const id = "0x" + deferred.toString(16);
		const flow = { pid: 10, tid: 10, cat: "flow", name: "fired", id };

		event("B", "protocol", "data_received",
			{ connection: one.id });
		event("i", "bytes", "read", { connection: one.id,
			from: one.read, count, text: "x".repeat(count) });
		event("i", "object", "made", { deferred, at: at(30) });
		event("i", "object", "fired", { deferred, result: "text" });
		events.push({ ph: "s", ts, ...flow });
		event("B", "callback", "answer", { deferred, at: at(31) });
		events.push({ ph: "f", ts, ...flow, bp: "e" });
		event("i", "bytes", "written", { connection: one.id,
			from: one.written, count, text: "y".repeat(count) });
		one.read += count;
		one.written += count;
		event("E");
		event("i", "object", "freed", { deferred });
		event("E");
	}
	while (events.length < count) {
		event("B", "turn", "turn");
		event("B", "wait", "wait");
		ts += random(100);
		event("E");
		for (let i = random(4); i >= 0; i--) {
			const what = random(100);

			if (!open.length || what < 15)
				connect();
			else if (what < 27)
				lose();
			else
				serve();
		}
		event("E");
	}
	return events;
}

module.exports = { many };
