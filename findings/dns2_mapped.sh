#!/bin/sh
# SPDX-License-Identifier: MIT
#
# dns2 3.1.1 (npm): an AAAA record with an address like ::ffff:192.0.2.1 is sent with
# another one, without an error: the "192" is read as hexadecimal, the rest left out.
# RFC 4291, section 2.2: the last 32 bits may be written as in IPv4. It is how
# Node.js itself names the IPv4 peer of an IPv6 socket (socket.remoteAddress), so a
# server which answers with its client's address meets it. What dns2 reads from the
# wire it writes in hexadecimal throughout, which it can send again.
#
# Seen: ::ffff:192.0.2.1 is sent as ::ffff:192, 64:ff9b::192.0.2.33 as 64:ff9b::192.
#
# Ends with 0 while that is so, else with 1. Needs node, npm; installs nothing
# outside a temporary folder.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --ignore-scripts --cache "$folder/cache" dns2@3.1.1

cat >mapped.cjs <<'END'
const {Packet} = require('dns2');

for (const address of ['::ffff:192.0.2.1', '::ffff:c000:201', '64:ff9b::192.0.2.33']) {
	const packet = new Packet();

	packet.answers.push({name: 'a.example', type: Packet.TYPE.AAAA,
		class: Packet.CLASS.IN, ttl: 60, address});
	console.log(`${address}: ${packet.toBuffer().subarray(-16).toString('hex')}`);
}
END
node mapped.cjs >seen
cat seen
diff - seen <<'END' && echo "as it was: an IPv4 ending is another address"
::ffff:192.0.2.1: 000000000000000000000000ffff0192
::ffff:c000:201: 00000000000000000000ffffc0000201
64:ff9b::192.0.2.33: 0064ff9b000000000000000000000192
END
