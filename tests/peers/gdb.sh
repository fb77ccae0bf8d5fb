#!/bin/sh
# SPDX-License-Identifier: MIT
#
# gdb looks into a program that is stuck on purpose, alive and in a core: it
# says what docs/debugging.md shows.

. "$(dirname "$0")/lib"
need gdb
stuck=$(realpath "$BUILD/tests/gdb/stuck")
page=docs/debugging.md

# What differs from run to run, from build to build, and where a line of evert
# itself has moved.
leveled() {
	sed -E -e 's/0x[0-9a-f]+/0x1/g' -e 's/127\.0\.0\.1:[0-9]+/127.0.0.1:1/g' \
		-e 's/due in [0-9.]+ s/due in 1 s/g' \
		-e 's/descriptor [0-9]+/descriptor 1/g' \
		-e 's/[0-9]+ descriptors/1 descriptors/g' \
		-e 's/^(\$1 = ).*/\1/' \
		-e 's/\((arg|scope)=[^)]*\)/()/g' \
		-e 's/((deferred|reactor|protocols)[a-z_/]*\.c):[0-9]+/\1:1/g'
}

# asked_of GDB-ARGUMENT...: the commands of the page, and the answers; each is
# echoed as if it were typed.
asked_of() {
	while read -r wanted; do
		set -- "$@" -ex "echo (gdb) $wanted\\n" -ex "$wanted"
	done <<-END
		$(sed -n 's/^(gdb) //p' "$page")
	END
	record gdb -q -nx -batch -x tools/gdb/evert-gdb.py "$@"
	printf '%s\n' "$output" | sed -n '/^(gdb) /,$p' | grep -v '^\[Inferior'
}

cd "$peers/../.." || exit
expected=$(sed -n '/^```$/,/^```$/p' "$page" | sed -n '/^(gdb) /,/^```$/p' |
	grep -v '^```$' | leveled)

ulimit -c unlimited 2>/dev/null
(cd "$folder" && exec "$stuck") >"$folder/said" &
pid=$!
keep $pid
wait_for 'the program to be stuck' grep -qs stuck "$folder/said"

check 'a process' "$expected" "$(asked_of -p "$pid" | leveled)"
check 'a process, without what finds thread-local variables' "$expected" \
	"$(asked_of -iex 'set libthread-db-search-path /nowhere' -p "$pid" |
		leveled)"

record gdb -q -nx -batch -x tools/gdb/evert-gdb.py -p "$pid" \
	-ex 'print main::shop'
contains 'a text' 'motto = "the customer is king" (20 bytes)' "$output"
contains 'a number' ', sold = 42,' "$output"
contains 'a failure' ', trouble = TIMED_OUT: nobody came (at ' "$output"
contains 'no result' ', nothing = nothing,' "$output"
contains 'an address' ', address = [::1]:80' "$output"

# All ways to wait.
mkfifo "$folder/quiet"
"$(dirname "$stuck")/waits" <>"$folder/quiet" >"$folder/waits" &
waits=$!
keep $waits
wait_for 'the program to wait' grep -qs waits "$folder/waits"
record gdb -q -nx -batch -x tools/gdb/evert-gdb.py -p "$waits" \
	-ex 'evert why 1' -ex 'evert why answer' -ex 'evert why 99'
for part in 'is a scope'\''s, of 6 still awaited' \
	'stands in line, 1 of 1, for a queue' \
	'is of periodic calls, of the Deferred made at tests/gdb/waits.c:' \
	'has fired, and waits for the Deferred made at tests/gdb/waits.c:' \
	'is a sleep, due in ' 'is paused 1 times' 'waits for descriptor 0' \
	'combines 2 still awaited' \
	'shields the Deferred made at tests/gdb/waits.c:' \
	'waits for the Deferred made at tests/gdb/waits.c:'; do
	contains 'a way to wait' "$part" "$output"
done
contains 'a number too large' 'There is no coroutine 99' "$errors"

# Where the kernel writes cores to files, of programs without a sanitizer.
case $(cat /proc/sys/kernel/core_pattern) in
*[/\|]*) exit 0 ;;
esac
[ "$(ulimit -c)" = unlimited ] || exit 0
! nm "$stuck" | grep -q '__[at]san_init' || exit 0
kill -ABRT "$pid"
wait_for 'its end' has_ended "$pid"
core=$(find "$folder" -name 'core*' | head -1)
[ -n "$core" ] || fail 'there is no core'
check 'a core' "$expected" "$(asked_of "$stuck" "$core" | leveled)"
