// SPDX-License-Identifier: MIT
//
// Finding a place in what is in order.

// The first of so many for which it does not hold: `count`, if there is none.
// It holds for those before, and for none behind.
function firstNot(count, holds) {
	let low = 0;
	let high = count;

	while (low < high) {
		const middle = (low + high) >> 1;

		if (holds(middle))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

// Of numbers in order, the first that is not below.
function lowerBound(list, value) {
	return firstNot(list.length, (i) => list[i] < value);
}
