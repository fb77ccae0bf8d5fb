#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What one more greeting costs in each style: instructions in user space,
# allocations and bytes allocated, as Valgrind counts them; the difference
# between a run with 1,001 names and one with 1, divided by 1,000. Also the
# system calls, by strace.

set -eu
cd "$(dirname "$0")/.."
: "${BUILD:=build}"
here=$(mktemp -d)
"$BUILD"/examples/greeting_server --port 0 >"$here/port" &
server=$!
trap 'kill $server; rm -rf "$here"' EXIT

until grep -q listening "$here/port"; do sleep 0.05; done
port=$(sed 's/.*://' "$here/port")
many=$(seq 1001)

instructions() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" \
		2>&1 >/dev/null | sed -n 's/.*Collected : //p'
}

# Not by Memcheck, for which evert uses no memory again.
heap() { # allocations and bytes
	valgrind --tool=dhat --dhat-out-file=/dev/null "$@" 2>&1 >/dev/null |
		tr -d , |
		sed -n 's/.*Total: *\([0-9]*\) bytes in \([0-9]*\) .*/\2 \1/p'
}

calls() {
	strace -f -c -o "$here/calls" "$@" >/dev/null
	awk '$NF == "total" { print $4 }' \
		"$here/calls"
}

per_greeting() {
	awk "BEGIN { printf \"%.${3}f\", ($2 - $1) / 1000 }"
}

printf '%-10s %13s %12s %12s %13s\n' style instructions allocations bytes \
	'system calls'
for style in blocking deferred coroutine; do
	client="$BUILD/examples/greeting_client_$style --port $port"
	i1=$(instructions $client 1)
	i2=$(instructions $client $many)
	h1=$(heap $client 1)
	h2=$(heap $client $many)
	c1=$(calls $client 1)
	c2=$(calls $client $many)
	printf '%-10s %13s %12s %12s %13s\n' $style \
		"$(per_greeting $i1 $i2 0)" \
		"$(per_greeting ${h1% *} ${h2% *} 2)" \
		"$(per_greeting ${h1#* } ${h2#* } 0)" \
		"$(per_greeting $c1 $c2 2)"
done
