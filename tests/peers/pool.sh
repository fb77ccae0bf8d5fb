#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A pool of ten connections, and a hundred tasks: each is greeted, also when
# connections break, which are then replaced.

. "$(dirname "$0")/lib"
need python3

greeted="$(seq 0 99 | sed 's/.*/Hello, task &!/')"

# all_greeted WHAT
all_greeted() {
	record "$examples/pool_client" --port "$port"
	check "$1, status ($errors)" 0 "$status"
	check "$1" "$greeted" "$(echo "$output" | sort -k 3n)"
}

start greeting_server
all_greeted 'a good server'
check 'a good server' 'pool_client: 10 connections, 0 replaced' "$errors"
record "$examples/pool_client" --port "$port" --size 1
check 'a pool of one, in order' "$(echo "$greeted" | head -n 10)" "$output"
stop

for count in 9 3 1; do
	launch python3 "$peers/server.py" greet $count
	all_greeted "a server that greets $count times"
	[ "$errors" != 'pool_client: 10 connections, 0 replaced' ] ||
		fail 'no connection was replaced'
	echo "$count: $errors"
done

# Nothing to be done about these.
launch python3 "$peers/server.py" answer ''
record "$examples/pool_client" --port "$port"
check 'a server that greets nobody, status' 1 "$status"
contains 'a server that greets nobody' 'pool_client: ' "$errors"
launch python3 "$peers/server.py" reset
record "$examples/pool_client" --port "$port"
check 'a server that resets, status' 1 "$status"
record "$examples/pool_client" --port 1
check 'nobody listens, status' 1 "$status"
contains 'nobody listens' '127.0.0.1:1: Connection refused' "$errors"
