#!/bin/sh
# SPDX-License-Identifier: MIT
#
# proxy-protocol-js 4.0.6 (npm): of a version 2 header of the PROXY protocol, the
# parser hands the bytes that follow the addresses to the application. The protocol
# (section 2.2) counts them in the header's length, as type-length-value fields,
# and lets a receiver skip them; load balancers send them (a checksum, padding, the
# server's name). Nothing tells where they end. In version 1 the parser refuses
# "PROXY UNKNOWN" without addresses, which section 2.1 has receivers take.
#
# Seen: "hi" behind a PP2_TYPE_NOOP field of two bytes is 0400020000 and "hi";
# "given data isn't suitable for V1 PROXY protocols definition".
#
# Ends with 0 while that is so, else with 1. Needs node, npm; installs nothing
# outside a temporary folder.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --ignore-scripts --cache "$folder/cache" proxy-protocol-js@4.0.6

cat >header.cjs <<'END'
const {V1ProxyProtocol, V2ProxyProtocol} = require('proxy-protocol-js');

function show(name, parse) {
	try {
		console.log(`${name}: ${Buffer.from(parse().data).toString('hex')}`);
	} catch (error) {
		console.log(`${name}: ${error.message}`);
	}
}

const v2 = (length, fields) => new Uint8Array(Buffer.from(
	'0d0a0d0a000d0a515549540a2111' + length +
	'c0000201c0000202ea600050' + fields + '6869', 'hex'));
show('no field', () => V2ProxyProtocol.parse(v2('000c', '')));
show('a field', () => V2ProxyProtocol.parse(v2('0011', '0400020000')));
show('unknown', () => V1ProxyProtocol.parse('PROXY UNKNOWN\r\nhi'));
show('tcp', () => V1ProxyProtocol.parse('PROXY TCP4 192.0.2.1 192.0.2.2 1 80\r\nhi'));
END
node header.cjs >seen
cat seen
diff - seen <<'END' && echo "as it was: the fields are handed out as data"
no field: 6869
a field: 04000200006869
unknown: given data isn't suitable for V1 PROXY protocols definition
tcp: 6869
END
