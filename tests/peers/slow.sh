#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A program that holds its loop says so with EVERT_SLOW, when it is over and
# while it does, with its backtrace.

. "$(dirname "$0")/lib"
program=$BUILD/tests/slow/slow

# hold WAY: what it says is in `errors`.
hold() {
	record env EVERT_SLOW=50 "$program" "$1"
	check "$1: how it ends" 0 "$status"
}

# tells WHAT PATTERN
tells() {
	printf '%s\n' "$errors" | grep -Eq -- "$2" ||
		fail "$1: nothing like '$2' in
$(printf '%.3000s' "$errors")"
}

hold callback
tells 'what runs' 'slow: callback spin_in_callback \(tests/slow/slow.c:[0-9]+\) '
tells 'whose it is' ' of the Deferred made at tests/slow/slow.c:[0-9]+, in '
tells 'at once' ': the loop has been held for [0-9]+ ms$'
tells 'where it is' '^	#[0-9]+ (spin|spin_in_callback)\+0x'
tells 'where that was called' '^	#[0-9]+ spin_in_callback\+0x'
tells 'further down' '^	#[0-9]+ main\+0x'
tells 'at its end' 'spin_in_callback .*, held the loop for [0-9]{3,} ms$'

hold coroutine
tells 'a coroutine' 'slow: coroutine spin_in_coroutine spawned at tests/slow/'
tells "a coroutine's stack" '^	#[0-9]+ spin_in_coroutine\+0x'

hold asleep
tells 'who sleeps' ': the loop has been held for [0-9]+ ms, in clock_nanosleep$'
check 'that it is not woken' 'slept for all of it' "$output"

hold reading
tells 'where it reads' '^	#[0-9]+ read_in_call\+0x'
check 'that it reads on' 'read 1' "$output"

hold many
tells 'a turn' 'slow: turn of the reactor made at .*, by nothing that is slow'

hold again
tells 'how often' 'more since it was last told of, the longest for [0-9]+ ms$'
between 'how often that is told of' 1 4 \
	"$(printf '%s\n' "$errors" | grep -c 'held the loop for')"

hold fork
tells 'a child' 'spin_in_callback .*, held the loop for '
tells "a child's stack" '^	#[0-9]+ spin_in_callback\+0x'

hold threads
tells 'one thread' '^	#[0-9]+ spin_in_callback\+0x'
tells 'and the other' '^	#[0-9]+ spin_in_coroutine\+0x'

record "$program" callback
check 'nothing, where nobody asks' '' "$errors"

record env EVERT_SLOW=soon "$program" many
check 'a wrong value' 'evert: EVERT_SLOW=soon is no number of milliseconds,'\
' from 1 to 1000000000: nothing is told of' "$errors"
