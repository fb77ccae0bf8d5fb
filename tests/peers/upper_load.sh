#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Servers that take a tenth of a second for an answer, with threads and
# without, and the load for them.

. "$(dirname "$0")/lib"
need nc python3

# many_at_once SIZE
many_at_once() {
	record "$examples/upper_load" 127.0.0.1 "$port" "$1"
	check "$name, $1 at once, status ($errors)" 0 "$status"
	contains "$name, $1 at once" "$1 requests, 0 failed: " "$output"
}

# One after the other this would take 30 seconds.
for server_name in upper_server_threaded upper_server_delayed; do
	start $server_name
	begun=$(now)
	check "$name, nc" HELLO "$(echo hello | run nc -N 127.0.0.1 "$port")"
	between "$name, milliseconds of an answer" 100 5000 $(($(now) - begun))
	many_at_once 1
	begun=$(now)
	many_at_once 300
	between "$name, milliseconds of 300 answers" 100 10000 \
		$(($(now) - begun))
	# Who resets before the answer is there.
	record python3 "$peers/client.py" reset "$port"
	check "$name, a client that resets, status ($errors)" 0 "$status"
	many_at_once 10
	stop
done

# What goes wrong is counted.
launch python3 "$peers/server.py" answer 'THE QUICK RED FOX'
record "$examples/upper_load" 127.0.0.1 "$port" 2
check 'a server that answers wrong, status' 1 "$status"
contains 'a server that answers wrong' '2 requests, 2 failed: ' "$output"
contains 'a server that answers wrong' \
	'upper_load: an answer is wrong, or not whole' "$errors"
record "$examples/upper_load" 127.0.0.1 1 3
check 'nobody listens, status' 1 "$status"
contains 'nobody listens' '3 requests, 3 failed: ' "$output"
contains 'nobody listens' '127.0.0.1:1: Connection refused' "$errors"
for number in 0 -1 many 1x ''; do
	record "$examples/upper_load" 127.0.0.1 1 "$number"
	check "'$number' connections, status" 2 "$status"
done

# The table of both.
output=$(BUILD=$BUILD SIZES='10 20' run "$peers/../../examples/seed_table.sh")
check 'the table, status' 0 $?
check 'the table' \
	'10 requests|Server type|Threaded server|Async server|20 requests|Server type|Threaded server|Async server|' \
	"$(echo "$output" | sed '/^$/d; s/   *.*//' | tr '\n' '|')"
