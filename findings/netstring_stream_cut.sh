#!/bin/sh
# SPDX-License-Identifier: MIT
#
# netstring-stream 1.0.1 (npm): a netstring that comes in two chunks is taken for
# the part in the first of them, and the rest is dropped, without an error. Its
# readStream() is meant for pipe(), so for a socket, which cuts as it likes; it
# looks at each chunk alone and does not ask whether the comma is there. What comes
# next is then read from the wrong place, so a whole netstring in it is lost as well.
# As long as each write arrives as it was sent, all is well.
#
# Seen: "3:abc,2:de," gives abc and de; "3:a" and "bc,2:de," a; "1" and "1:hello
# world," h; "3" and ":abc," nothing.
#
# Ends with 0 while that is so, else with 1. Needs node, npm; installs nothing
# outside a temporary folder.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --ignore-scripts --cache "$folder/cache" netstring-stream@1.0.1

cat >cut.cjs <<'END'
const netstring = require('netstring-stream');

function read(...chunks) {
	const reader = netstring.readStream();
	const seen = [];

	reader.on('data', string => seen.push(`${string}`));
	reader.on('error', error => seen.push(error.message));
	reader.on('end', () => console.log(chunks.join(' | '), '=>',
		seen.join(' ') || 'nothing'));
	chunks.forEach(chunk => reader.write(chunk));
	reader.end();
}

read('3:abc,2:de,');
read('3:a', 'bc,2:de,');
read('1', '1:hello world,');
read('3', ':abc,');
END
node --no-deprecation cut.cjs >seen
cat >expected <<'END'
3:abc,2:de, => abc de
3:a | bc,2:de, => a
1 | 1:hello world, => h
3 | :abc, => nothing
END
cat seen
diff expected seen && echo "as it was: a cut netstring loses its rest"
