#!/bin/sh
# SPDX-License-Identifier: MIT
#
# fetch_with_timeout, against HTTP servers that others wrote, and against
# servers that fail it.

. "$(dirname "$0")/lib"
need python3 nc

mkdir "$folder/site"
seq 200000 >"$folder/site/numbers"
: >"$folder/site/empty"

# fetches SERVER [HOST]: what it serves arrives whole.
fetches() {
	for page in numbers empty; do
		run "$examples/fetch_with_timeout" --path "/$page" \
			"${2-127.0.0.1}" "$port" >"$folder/got" ||
			fail "$1: no $page"
		cmp "$folder/site/$page" "$folder/got" || fail "$1: $page"
	done
}

# fails_to_fetch SERVER MESSAGE [OUTPUT]
fails_to_fetch() {
	begun=$(now)
	record "$examples/fetch_with_timeout" --read-timeout 1 \
		--connect-timeout 1 127.0.0.1 "$port"
	took=$(($(now) - begun))
	check "$1, status ($errors)" 1 "$status"
	check "$1, message" "fetch_with_timeout: $2" "$errors"
	check "$1, output" "${3-}" "$output"
}

server() {
	launch python3 "$peers/server.py" "$@"
}

server site "$folder/site"
fetches 'http.server of python3'
fetches 'http.server of python3' localhost

kill "$pid"
join "$pid" 2>/dev/null
fails_to_fetch 'nobody listens' \
	"cannot connect to 127.0.0.1:$port: Connection refused"

timed_out='timed out after 1 seconds'
server silent
fails_to_fetch 'no answer' "$timed_out"
between 'no answer, milliseconds' 1000 2500 $took
server full
fails_to_fetch 'no connection' "$timed_out"
between 'no connection, milliseconds' 1000 2500 $took

header='HTTP/1.0 200 OK\r\nContent-Length: 10\r\n'
server answer "$header\r\nHello"
fails_to_fetch 'half a page' 'the page ended after 5 of 10 bytes' Hello
server stall "$header\r\nHello"
fails_to_fetch 'half a page and no end' "$timed_out" Hello
server answer "$header"
fails_to_fetch 'half a header' \
	'the stream ended after 37 bytes, without the delimiter'

if command -v nginx >/dev/null; then
	nginx_site "$folder/site"
	fetches nginx "$host"
fi
