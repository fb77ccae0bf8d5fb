// SPDX-License-Identifier: MIT
//
// The lanes: for each process one row for each depth of its loop's calls, one
// for each coroutine and connection, and as few as Deferreds and timers need.
//
// A row has layers of items that are in order and do not overlap, so that what
// is seen of them is found by halving. An item goes from a step to a step.

const GROUPS = [
	["connection", "Connections"],
	["coroutine", "Coroutines"],
	["deferred", "Deferreds"],
	["timer", "Timers"],
];

// Of a kind: where there are more, those that don't overlap share a row.
const MOST_ROWS = 60;

function sliceItem(slice) {
	return {
		from: slice.from,
		to: slice.to,
		look: NOUNS[slice.cat] ? slice.cat : "other",
		name: sliceName(slice),
		slice: slice.index,
		object: slice.object,
	};
}

function loopRows(process, thread) {
	const rows = [];

	for (let depth = 0; depth < thread.deepest; depth++)
		rows.push({
			kind: "loop",
			label: depth ? "" : thread.number === 1 ? "Loop" :
				"Thread " + thread.number,
			title: "What the thread " + thread.tid + " runs",
			layers: [[]],
			marks: [],
		});
	for (const slice of thread.slices) {
		rows[slice.depth].layers[0].push(sliceItem(slice));
		slice.row = rows[slice.depth];
	}
	return rows;
}

// The first tells which object it is, where the row does not.
function segmentName(object, segment, isFirst) {
	if (segment.on)
		return (object.kind === "coroutine" ? "awaits " :
			"waits for ") + objectName(segment.on);
	if (isFirst && isPacked(object))
		return objectName(object);
	return segment.look === "open" ? "" : segment.look;
}

function segmentItems(object) {
	return object.segments.map((segment, i) => ({
		from: segment.from,
		to: segment.to,
		look: segment.look,
		name: segmentName(object, segment, !i),
		slice: -1,
		object: object.index,
	}));
}

function isPacked(object) {
	return object.kind === "deferred" || object.kind === "timer" ||
		object.isOneOfMany;
}

function marksOf(model, object) {
	return object.steps.filter((index) => model.steps[index].ph !== "B")
		.map((index) => ({
			step: index,
			look: model.steps[index].name,
		}));
}

function objectRow(model, object) {
	const row = {
		kind: object.kind,
		label: object.kind === "connection" && object.detail.peer ?
			object.id + " · " + object.detail.peer :
			objectName(object),
		title: objectName(object) +
			(object.at ? ", made at " + object.at : "") +
			(object.detail.local ? ", " + object.detail.local +
			" to " + object.detail.peer : ""),
		layers: [segmentItems(object),
			object.runs.map(sliceItem)],
		marks: marksOf(model, object),
	};

	object.row = row;
	return row;
}

// As push(...more), which has no room for very many.
function append(list, more) {
	for (const one of more)
		list.push(one);
}

// Deferreds that don't overlap share a row.
function packedRows(model, kind, objects) {
	const ending = objects.slice().sort((a, b) => a.last - b.last);
	const rows = [];
	const free = [];
	let ended = 0;

	for (const object of objects) {
		while (ended < ending.length &&
		       ending[ended].last < object.first) {
			if (ending[ended].row)
				free.push(ending[ended].row);
			ended++;
		}
		let row = free.pop();

		if (!row) {
			row = { kind, label: "", title: "", layers: [[], []],
				marks: [] };
			rows.push(row);
		}
		object.row = row;
		append(row.layers[0], segmentItems(object));
		if (kind === "timer")
			continue;
		append(row.layers[1], object.runs.map(sliceItem));
		if (kind !== "deferred")
			append(row.marks, marksOf(model, object));
	}
	return rows;
}

function groupRows(model, kind, objects) {
	for (const object of objects)
		object.isOneOfMany = objects.length > MOST_ROWS;
	if (isPacked(objects[0]))
		return packedRows(model, kind, objects);
	return objects.map((object) => objectRow(model, object));
}

function lanesOf(model, process) {
	const groups = [];

	for (const thread of process.threads) {
		const rows = loopRows(process, thread);

		if (rows.length)
			groups.push({ key: "", label: "", rows });
	}
	for (const [kind, label] of GROUPS) {
		const objects = model.objects.filter((object) =>
			object.process === process && object.kind === kind);

		if (objects.length)
			groups.push({
				key: process.index + "/" + kind,
				label,
				count: objects.length,
				rows: groupRows(model, kind, objects),
			});
	}
	return groups;
}

function buildLanes(model) {
	return model.processes.filter((process) => process.threads.length)
		.map((process) => ({
			key: String(process.index),
			label: process.title,
			title: process.name + ", process " + process.pid,
			groups: lanesOf(model, process),
		}));
}

const ROW_HEIGHTS = { process: 30, group: 24, loop: 20, connection: 22,
	coroutine: 22, deferred: 20, timer: 20 };

// All rows that are not folded away, each with its place: {rows, height}.
function layOut(lanes, folded) {
	const rows = [];
	let y = 0;

	function put(row) {
		row.y = y;
		row.height = ROW_HEIGHTS[row.kind];
		row.isShown = true;
		y += row.height;
		rows.push(row);
	}
	function header(kind, of, isOpen) {
		put({ kind, key: of.key, label: of.label, title: of.title || "",
			count: of.count, isOpen, layers: [], marks: [] });
	}
	for (const lane of lanes) {
		const isOpen = !folded.has(lane.key);

		header("process", lane, isOpen);
		for (const group of lane.groups) {
			const isGroupOpen = isOpen && !folded.has(group.key);

			if (isOpen && group.label)
				header("group", group, isGroupOpen);
			for (const row of group.rows) {
				row.isShown = false;
				if (isGroupOpen || (isOpen && !group.label))
					put(row);
			}
		}
	}
	return { rows, height: y };
}

// The row at this height, by halving; the nearest, beyond the ends.
function rowAt(rows, y) {
	return Math.max(0, firstNot(rows.length, (i) => rows[i].y <= y) - 1);
}
