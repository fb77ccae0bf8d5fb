#!/bin/sh
# SPDX-License-Identifier: MIT
#
# dnsz 4.5.2 (npm): parseZone() reads the type of a record without a class as its
# class, if the first word of the data is a type's name. RFC 1035, section 5.1: class
# and time to live may be left out (and dnsz has an option for the class then). So
# "@ SOA ns hostmaster ...", where the server is named "ns", is an NS record of class
# SOA, and a TXT record whose first word is "a" an address. A class that stands
# before the time to live, as it may, is even the type. What holds: write time to
# live and class, in this order, in every record.
#
# Seen: class SOA, type NS; class TXT, type A; class IN, type IN; with "60 IN" in
# front, or the word in quotation marks, all is right.
#
# Ends with 0 while that is so, else with 1. Needs node, npm; installs nothing
# outside a temporary folder.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --ignore-scripts --cache "$folder/cache" dnsz@4.5.2

cat >class.mjs <<'END'
import {parseZone} from 'dnsz';

for (const line of [
	'@ SOA ns hostmaster 1 7200 3600 1209600 3600',
	'@ 60 IN SOA ns hostmaster 1 7200 3600 1209600 3600',
	'@ TXT a record',
	'@ TXT "a" record',
	'@ IN 60 A 192.0.2.1',
]) {
	const [record] = parseZone(`$ORIGIN example.com.\n$TTL 60\n${line}\n`).records;

	console.log(`${line}: class ${record.class}, type ${record.type}`);
}
END
node class.mjs >seen
cat seen
diff - seen <<'END' && echo "as it was: a type in the data makes a class of the type"
@ SOA ns hostmaster 1 7200 3600 1209600 3600: class SOA, type NS
@ 60 IN SOA ns hostmaster 1 7200 3600 1209600 3600: class IN, type SOA
@ TXT a record: class TXT, type A
@ TXT "a" record: class IN, type TXT
@ IN 60 A 192.0.2.1: class IN, type IN
END
