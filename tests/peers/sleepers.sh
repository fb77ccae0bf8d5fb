#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The programs that only wait: what they print, and how long they take. All
# at once, to save time.

. "$(dirname "$0")/lib"

# begin FILE EXAMPLE [OPTION]...
begin() {
	file=$folder/$1
	program=$examples/$2
	shift 2
	begun=$(now)
	"$program" "$@" >"$file" 2>&1 &
	keep $!
}

# ends PROCESS WHAT
ends() {
	join "$1"
	check "$2, status" 0 $?
}

# The first sleeps for 3 s at most with this seed, where rand() is glibc's.
begin first five_sleepers --seed 3
first=$! first_begun=$begun
begin second five_sleepers --seed 3
second=$!
begin other five_sleepers --seed 4
begin hello say_hello
hello=$! hello_begun=$begun
begin cancel cancel_a_task
cancel=$! cancel_begun=$begun

ends $hello say_hello
between 'say_hello, milliseconds' 1000 1450 $(($(now) - hello_begun))
check say_hello 'Hello, Bob!
Hello, Alice!' "$(cat "$folder/hello")"

# By the times that it prints itself: who awakens when, and the end.
ends $first five_sleepers
took=$(($(now) - first_begun))
sed -n 's/^\([0-4]\) sleeps for \(.*\) seconds$/\2 \1 awakens/p' \
	"$folder/first" >"$folder/sleeps"
last=$(sort -n "$folder/sleeps" | sed -n '$s/ .*//; $s/[.]//p')
[ "$last" -gt 200 ] || last=200
between 'five_sleepers, milliseconds' $((last * 10 - 10)) \
	$((last * 10 + 900)) $took
check five_sleepers "Creating five tasks
$(grep sleeps "$folder/first")
Sleeping after starting five tasks
$({
	cat "$folder/sleeps"
	echo '2.00 Waking and waiting for five tasks'
} | sort -n | cut -d ' ' -f 2-)
Done five tasks" "$(cat "$folder/first")"

ends $second 'five_sleepers, again'
check 'five_sleepers, the same seed' "$(cat "$folder/first")" \
	"$(cat "$folder/second")"
[ "$(grep sleeps "$folder/other")" != "$(grep sleeps "$folder/first")" ] ||
	fail 'five_sleepers, another seed: the same times'

ends $cancel cancel_a_task
between 'cancel_a_task, milliseconds' 3000 3900 $(($(now) - cancel_begun))
check cancel_a_task 'Working...
Working...
Task was cancelled, cleaning up
Task cancelled successfully' "$(cat "$folder/cancel")"
