#!/bin/sh
# SPDX-License-Identifier: MIT
#
# telnet-stream 1.1.0 (npm): the commands in a chunk are told before the text that
# came before them. TelnetInput gathers the text of the whole chunk and hands it out
# last, in one piece. So IAC EOR (RFC 885), the mark at the end of a record or of a
# prompt, which has no newline, says nothing of where that end was: two prompts in
# one chunk are two marks and then one text. With a chunk for each it is right.
#
# Seen: "login: " EOR "password: " EOR in one chunk gives 239, 239, "login:
# password: "; in two chunks 239, "login: ", 239, "password: ".
#
# Ends with 0 while that is so, else with 1. Needs node, npm; installs nothing
# outside a temporary folder.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --ignore-scripts --cache "$folder/cache" telnet-stream@1.1.0

cat >order.cjs <<'END'
const {TelnetInput} = require('telnet-stream');

function feed(...chunks) {
	const input = new TelnetInput();
	const seen = [];

	input.on('command', command => seen.push(command));
	input.on('data', text => seen.push(`${text}`));
	input.on('end', () => console.log(JSON.stringify(seen)));
	chunks.forEach(chunk => input.write(Buffer.from(chunk, 'latin1')));
	input.end();
}

const login = 'login: \xff\xef', password = 'password: \xff\xef';
feed(login + password);
feed(login, password);
feed('login: ', '\xff\xefpassword: ', '\xff\xef');
END
node order.cjs >seen
cat >expected <<'END'
[239,239,"login: password: "]
[239,"login: ",239,"password: "]
["login: ",239,"password: ",239]
END
cat seen
diff expected seen && echo "as it was: commands overtake the text before them"
