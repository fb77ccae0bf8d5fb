#!/bin/sh
# SPDX-License-Identifier: MIT
#
# gdb looks into a program that is stuck on purpose, alive and in a core: it
# says what docs/debugging.md shows.

. "$(dirname "$0")/lib"
. "$peers/../gdb/lib"
need gdb
stuck=$(realpath "$BUILD/tests/gdb/stuck")
# A sanitizer's build says where it is, not what the variables are.
! nm "$stuck" | grep -q '__[at]san_init' || exit 0

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

record gdb -q -nx -batch -x tools/gdb/evert-gdb.py "$stuck" \
	-ex 'break evert_endpoint_check' -ex run -ex 'print *e'
contains 'an endpoint' '= "tcp:127.0.0.1:0", by tcp' "$output"

# All Deferreds: as the program itself dumps them.
tree=$(sed -n '/^evert: SIGUSR1: reactor/,/^```$/p' "$page" |
	sed -n -e '/^  Deferred/,$s/^  //p' | leveled)
record gdb -q -nx -batch -x tools/gdb/evert-gdb.py -p "$pid" \
	-ex 'evert deferreds'
contains 'no list' 'No list of all is kept: start the program with ' "$output"
contains 'no list' 'awaits the one made at tests/gdb/stuck.c:22: not fired' \
	"$output"
EVERT_DUMP_SIGNAL=USR1 "$stuck" >"$folder/listed" &
listed=$!
keep $listed
wait_for 'another to be stuck' grep -qs stuck "$folder/listed"
record gdb -q -nx -batch -x tools/gdb/evert-gdb.py -p "$listed" \
	-ex 'echo all\n' -ex 'evert deferreds'
check 'a list' "$tree" \
	"$(printf '%s\n' "$output" | sed -e '1,/^all$/d' -e '/^\[Inferior/d' | leveled)"

# All ways to wait.
mkfifo "$folder/quiet"
"$(dirname "$stuck")/waits" <>"$folder/quiet" >"$folder/waits" &
waits=$!
keep $waits
wait_for 'the program to wait' grep -qs waits "$folder/waits"
record gdb -q -nx -batch -x tools/gdb/evert-gdb.py -p "$waits" \
	-ex 'evert why 1' -ex 'evert why answer' -ex 'evert deferreds' \
	-ex 'evert why 99'
tells_all_ways "$output"
contains 'a way to wait' 'waits for the Deferred made at tests/gdb/waits.c:' \
	"$output"
contains 'a number too large' 'There is no coroutine 99' "$errors"

# Many coroutines: with LONG=1 as many as it has to bear.
many=100
if [ -n "${LONG-}" ]; then
	many=10000
	run() {
		timeout -k 1 250 "$@"
	}
fi
(cd "$folder" && exec "$stuck" $many) >"$folder/crowd" &
crowd=$!
keep $crowd
wait_for 'a crowd to be stuck' grep -qs stuck "$folder/crowd"
# tells_of_all GDB-ARGUMENT...
tells_of_all() {
	record gdb -q -nx -batch -x tools/gdb/evert-gdb.py "$@" \
		-ex 'evert bt all' -ex "evert why $many"
	contains 'a crowd' "$many coroutines, 3-$((many + 2)), customer, " \
		"$output"
	contains 'a crowd' "$((many - 2)) of $many, for the lock" "$output"
}
tells_of_all -p "$crowd"
if writes_cores; then
	die_of "$crowd"
	tells_of_all "$stuck" "$core"
	rm "$core"
fi

if writes_cores; then
	die_of "$pid"
	check 'a core' "$expected" "$(asked_of "$stuck" "$core" | leveled)"
fi

# ---- On aarch64, by the stub of qemu: two minutes ----

[ -n "${LONG-}" ] || exit 0
need gdb-multiarch
build_far tests/gdb/stuck
waits=epoll_wait
[ "${EVERT_POLLER-}" != poll ] || waits=poll
qemu-aarch64 -g "$folder/stub" "$there/tests/gdb/stuck" >"$folder/far" 2>&1 &
keep $!
wait_for 'the stub' test -S "$folder/stub"
record gdb-multiarch -q -nx -batch -x tools/gdb/evert-gdb.py \
	"$there/tests/gdb/stuck" -ex "target remote $folder/stub" \
	-ex 'tbreak serve' -ex continue -ex "tbreak $waits" -ex continue \
	-ex 'evert coroutines' -ex 'evert why 3' -ex 'evert bt 4' \
	-ex 'evert frame 1 1 print scope.leaving' -ex 'evert deferreds'
for part in '   7 serve           spawned at tests/gdb/stuck.c:70, waiting since ' \
	'which has fired, and waits for the Deferred made at tests/gdb/stuck.c:22' \
	'#0 sweeper (arg=<optimized out>) at tests/gdb/stuck.c:49' \
	'$1 = true' '  awaits the one made at tests/gdb/stuck.c:22: not fired'; do
	contains 'aarch64' "$part" "$output"
done
