#!/bin/sh
# SPDX-License-Identifier: MIT
#
# At a signal a program that is stuck on purpose says what docs/debugging.md
# shows, and goes on; one that is in an endless loop says that.

. "$(dirname "$0")/lib"
. "$peers/../gdb/lib"
programs=$(realpath "$BUILD/tests/gdb")
cd "$peers/../.." || exit
export EVERT_DUMP_SIGNAL=USR1

# start NAME WORD: `pid`, which has said the word.
start() {
	"$programs/$1" >"$folder/said" 2>"$folder/errors" &
	pid=$!
	keep $pid
	wait_for "$1 to say $2" grep -qs "$2" "$folder/said"
}

# So many dumps were written to their ends.
are_dumped() {
	[ "$(grep -c 'stuck.c:59' "$folder/errors")" -eq "$1" ]
}

expected=$(sed -n '/^evert: SIGUSR1: reactor/,/^```$/p' "$page" | grep -v '^```$' |
	leveled)
start stuck stuck
kill -USR1 "$pid"
wait_for 'a dump' are_dumped 1
check 'a dump' "$expected" "$(leveled <"$folder/errors")"
kill -USR1 "$pid"
wait_for 'another one' are_dumped 2

start endless counts
kill -USR1 "$pid"
wait_for 'a word' grep -qs dumps "$folder/errors"
contains 'an endless loop' 'evert: SIGUSR1: the reactor made at ' \
	"$(cat "$folder/errors")"
contains 'an endless loop' \
	' of turn 1, callback count_for_ever (tests/gdb/endless.c:26) of the ' \
	"$(cat "$folder/errors")"

export EVERT_DUMP_SIGNAL=KILL
start stuck stuck
contains 'a wrong name' 'EVERT_DUMP_SIGNAL=KILL is no signal to dump by' \
	"$(cat "$folder/errors")"
