#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The soak of tests/soak for three seconds: of ours nothing goes wrong, and what
# a server does wrong on purpose is told. So short a run cannot tell whether
# memory is flat: that is judged by recorded numbers.

. "$(dirname "$0")/lib"
need python3

soak=$peers/../soak
record python3 -B "$soak/test_verdict.py"
check "the verdict by recorded numbers ($errors)" 0 "$status"

# soak MINUTES OPTION...: what it makes goes into our folder.
soak() {
	minutes=$1
	shift
	record python3 -B "$soak/soak" --build "$BUILD" --out "$folder/soak" \
		--minutes "$minutes" --seed 1 "$@"
}

# refused WHY OPTION...
refused() {
	why=$1
	shift
	record python3 -B "$soak/soak" --build "$BUILD" --out "$folder/soak" "$@"
	check "$*, status" 2 "$status"
	contains "$*" "$why" "$errors"
}

refused '--only nope: there is no such server, only greeting_server; ' \
	--only echo_server nope
for option in --minutes --clients --interval --settle --slack; do
	refused "$option: 0: a number " $option 0
	refused "$option: soon: a number " $option soon
done
record python3 -B "$soak/planted.py" memory,nothing
check 'nothing of the name is planted, status' 1 "$status"
contains 'nothing of the name is planted' \
	'nothing: nothing of this name is planted, only memory ' "$errors"

soak 0.05 --slack 1000000 --interval 0.2 --only greeting_server echo_server \
	upper_server port_forward udp_upper_server dns_server chat_server
check "ours, status ($output $errors)" 0 "$status"
contains 'ours' 'port_forward: flat' "$output"
contains 'the SVG' '</svg>' "$(cat "$folder/soak/soak.svg")"

# What is told of `planted` is all of it, after so many minutes.
planted_is_told() {
	soak "$1" --planted memory,descriptors,answer,spin,status \
		--interval 0.1 --settle 1
	check "planted, status ($output $errors)" 1 "$status"
	untold=
	for words in 'memory grew by' 'descriptors are left' \
		'wrong answers: the answer: expected' 'with nobody there' \
		'ended with status 1'; do
		case $output in
		*"$words"*) ;;
		*) untold="$untold '$words'" ;;
		esac
	done
	[ -z "$untold" ]
}

# Under load there are few visits in so short a time.
planted_is_told 0.04 || planted_is_told 0.3 ||
	fail "planted: not told of$untold: $output"
soak 0.03 --planted none --interval 0.1 --slack 20000
check "planted: none, status ($output $errors)" 0 "$status"
