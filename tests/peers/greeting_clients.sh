#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The three greeting clients print the same for the same names, and end the
# same way when the server is not what it should be.

. "$(dirname "$0")/lib"
need python3

styles='blocking deferred coroutine'

# Each client prints, and ends with status 0.
all_print() {
	expected=$1
	shift
	for style in $styles; do
		record "$examples/greeting_client_$style" --port "$port" "$@"
		check "$style, status ($errors)" 0 "$status"
		check "$style" "$expected" "$output"
	done
}

# all_fail MESSAGE [OPTION]...: each client says something that matches, and
# ends with status 1.
all_fail() {
	pattern=$1
	shift
	for style in $styles; do
		record "$examples/greeting_client_$style" "$@" World Ada
		check "$style, status ($errors)" 1 "$status"
		echo "$errors" | grep -Eq "^greeting_client_$style: .*($pattern)" ||
			fail "$style: expected '$pattern' in: $errors"
		check "$style, lines of errors" 1 "$(echo "$errors" | wc -l)"
	done
}

start greeting_server
begun=$(now)
all_print 'Hello, World!' World
all_print 'Hello, World!
Hello, Ada Lovelace!
Hello, Grüße!
Hello, !' World 'Ada Lovelace' Grüße ''
all_print "$(seq 500 | sed 's/.*/Hello, &!/')" $(seq 500)
# Greetings that wait for acknowledgements take 40 ms each.
between 'milliseconds for 1500 greetings' 0 10000 $(($(now) - begun))
# Its greeting is 16384 bytes, the longest line that receivers take.
longest=$(printf '%016376d' 0)
all_print "Hello, $longest!
Hello, World!" "$longest" World
for style in deferred coroutine; do
	record "$examples/greeting_client_$style" --port "$port" \
		"$(printf 'two\r\nlines')"
	check "$style, a name of two lines, status" 1 "$status"
	contains "$style, a name of two lines" 'cannot send the' "$errors"
done
stop

# Nobody listens there any more.
all_fail "127\.0\.0\.1:$port: Connection refused" --port "$port"
all_fail ":$port: Connection refused" --host localhost --port "$port"
all_fail 'no\.such\.host\.invalid' --host no.such.host.invalid

server() {
	launch python3 "$peers/server.py" "$@"
}

server answer ''
all_fail 'reset|closed|ended' --port "$port"
server answer 'Hello, Wor'
all_fail 'reset|closed|ended' --port "$port"
server reset
all_fail 'reset' --port "$port"

# After a second, and not before. All at once, to save time.
gives_up() {
	begun=$(now)
	errors=$(run "$examples/greeting_client_$1" --port "$port" \
		--timeout 1 World 2>&1)
	check "$1, a silent server, status" 1 $?
	contains "$1, a silent server" 'timed out' "$errors"
	between "$1, milliseconds until it gives up" 1000 2500 \
		$(($(now) - begun))
}

server silent
waiting=
for style in $styles; do
	gives_up "$style" &
	keep $!
	waiting="$waiting $!"
done
for process in $waiting; do
	join "$process" || exit 1
done
