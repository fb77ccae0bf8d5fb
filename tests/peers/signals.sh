#!/bin/sh
# SPDX-License-Identifier: MIT
#
# SIGINT and SIGTERM end a program in order: status 0, nothing said, and who
# is connected sees the end of the connection, not a reset.

. "$(dirname "$0")/lib"
need python3

# ends_in_order SERVER ANSWER MAY_SAY
ends_in_order() {
	for signal in INT TERM; do
		start "$1"
		talk=$(mktemp "$folder/XXXXXX")
		python3 "$peers/client.py" wait "$port" >"$talk" &
		client=$!
		keep "$client"
		wait_for "$1 to answer" file_has "$talk" "$2"
		stop "$3" "$signal"
		join "$client"
		check "what a client of $1 saw at SIG$signal" "$2
end" "$(cat "$talk")"
	done
}

ends_in_order greeting_server 'Hello, World!' '^$'
ends_in_order echo_server World '^$'
ends_in_order upper_server WORLD 'onnected: '
ends_in_order upper_server_protocol WORLD 'onnected: '
ends_in_order upper_server_threaded WORLD '^$'
ends_in_order upper_server_delayed WORLD '^$'

# Nobody is connected.
for signal in INT TERM; do
	start chat_server
	stop '^$' $signal
done

# Before it is the program, the process is a copy of this shell.
handles_sigterm() {
	[ "$(readlink "/proc/$1/exe")" -ef "$examples/$name" ] || return
	caught=$(sed -n 's/^SigCgt:\t/0x/p' "/proc/$1/status")
	[ $((caught >> 14 & 1)) -eq 1 ]
}

# Coroutines under way are cancelled, and it is no failure that they are.
for name in five_sleepers say_hello cancel_a_task; do
	for signal in INT TERM; do
		hearing "$examples/$name" >"$folder/output" \
			2>"$folder/errors" &
		pid=$!
		keep $pid
		wait_for "$name to run" handles_sigterm "$pid"
		kill "-$signal" "$pid"
		join "$pid"
		check "how $name ended by SIG$signal" 0 $?
		check "what $name said" '' "$(cat "$folder/errors")"
	done
done

# One that was started with SIGINT ignored, as nohup and a shell's background
# do it, leaves it ignored (promise 95).
start_deaf() {
	"$examples/say_hello" >/dev/null 2>&1 &
	pid=$!
	keep $pid
	name=say_hello
	wait_for "say_hello to run" handles_sigterm "$pid"
}
start_deaf
kill -INT "$pid"
join "$pid"
check 'how a say_hello that ignores SIGINT ended' 0 $?
