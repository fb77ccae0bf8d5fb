#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Records one greeting in each of the three styles and draws it: makes
# docs/blocking.svg, docs/deferred.svg and docs/coroutine.svg anew. The two
# styles that use evert are recorded by EVERT_TRACE; the blocking client has no
# loop to tell of, so its system calls are recorded by strace.

set -eu
cd "$(dirname "$0")/.."
: "${BUILD:=build}"
here=$(mktemp -d)
"$BUILD"/examples/greeting_server --port 0 >"$here/port" &
server=$!
trap 'kill $server; rm -rf "$here"' EXIT

until grep -q listening "$here/port"; do sleep 0.05; done
port=$(sed 's/.*://' "$here/port")

# "1700000000.123456 connect(3, ...) = 0 <0.000042>" to a Trace Event.
strace -ttt -T -e trace=network,close -o "$here/strace" \
	"$BUILD"/examples/greeting_client_blocking --port "$port" World
awk 'BEGIN { print "[" } /AF_INET|send|recv/ {
	call = $2
	sub(/\(.*/, "", call)
	spent = $NF
	gsub(/[<>]/, "", spent)
	printf "{\"ph\":\"X\",\"ts\":%.0f,\"dur\":%.0f,\"tid\":1,", \
		$1 * 1e6, spent * 1e6
	printf "\"cat\":\"system\",\"name\":\"%s\"},\n", call
} END { print "]" }' "$here/strace" >"$here/blocking"

for style in deferred coroutine; do
	EVERT_TRACE="$here/$style" \
		"$BUILD"/examples/greeting_client_$style --port "$port" World
done

draw() {
	"$BUILD"/tools/trace_svg "$here/$1" "$2" >docs/"$1".svg
}
draw blocking 'blocking: the system calls of one greeting'
draw deferred 'inside out: callbacks, called by the loop'
draw coroutine 'right side out: a coroutine, let run by the loop'
