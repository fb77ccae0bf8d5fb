#!/bin/sh
# SPDX-License-Identifier: MIT
#
# evert-ps looks into programs from outside: alive, which goes on as before, and
# in a core, which may be damaged. It says what docs/debugging.md shows.

. "$(dirname "$0")/lib"
. "$peers/../gdb/lib"
need python3
programs=$(realpath "$BUILD/tests/gdb")
ps=$(realpath "$BUILD/tools/evert-ps")
cd "$peers/../.." || exit
expected=$(sed -n '/^\$ evert-ps/,/^```$/p' "$page" | sed '1d;$d' | leveled)

# begin WORD PROGRAM...: in the folder; it says WORD when it waits: `pid`.
begin() {
	word=$1
	shift
	: >"$folder/said"
	(cd "$folder" && exec "$@") >"$folder/said" &
	pid=$!
	keep $pid
	wait_for "$1 to wait" grep -qs "$word" "$folder/said"
}

# state_of PROCESS: a letter.
state_of() {
	sed -n 's/^State:[[:blank:]]*\(.\).*/\1/p' "/proc/$1/status"
}

# ---- Alive ----

ulimit -c unlimited 2>/dev/null
export ASAN_OPTIONS="$ASAN_OPTIONS:disable_coredump=0"
for kind in stuck_shared stuck; do
	begin stuck "$programs/$kind"
	record "$ps" "$pid"
	check "$kind" "$expected" "$(printf '%s\n' "$output" | leveled)"
	check 'no errors' '0 ' "$status $errors"
done
many=10000
# They are compiled with frame pointers, and have more to do for each stack.
if nm "$programs/stuck" | grep -q __asan_init; then
	many=1000
	contains 'where it waits' 'in evert_scope_leave, called by open_shop' \
		"$output"
fi
first=$(printf '%s\n' "$output" | sed 1d)
record "$ps" "$pid"
check 'the same again' "$first" "$(printf '%s\n' "$output" | sed 1d)"
check 'it waits as before' S "$(state_of "$pid")"
stuck=$pid

begin stuck env EVERT_DEBUG=1 "$programs/stuck"
record "$ps" "$pid"
contains 'a Deferred that no coroutine awaits' \
	'└─ the Deferred made at protocols/stream/server.c:' "$output"
pid=$stuck

kill -STOP "$pid"
is_stopped() {
	[ "$(state_of "$pid")" = T ]
}
wait_for 'it to stop' is_stopped
record "$ps" "$pid"
check 'one that was stopped' "$first" "$(printf '%s\n' "$output" | sed 1d)"
check 'it is stopped still' T "$(state_of "$pid")"
kill -CONT "$pid"

# All ways to wait.
mkfifo "$folder/quiet"
"$programs/waits" <>"$folder/quiet" >"$folder/waits" &
pid=$!
keep $pid
wait_for 'the program to wait' grep -qs waits "$folder/waits"
record "$ps" "$pid"
tells_all_ways "$output"

# ---- Very many, and one that is never the same ----

count_coroutines() {
	printf '%s\n' "$output" | grep -c '─ coroutine'
}

begin stuck "$programs/stuck" $many
record "$ps" "$pid"
check 'all are shown' $((many + 6)) "$(count_coroutines)"
contains 'the last in line' "line, $many of $many, for the lock" "$output"
crowd=$pid

# The machine may be busy with others just then.
is_seen_soon() {
	record "$ps" "$pid"
	stood=$(printf '%s\n' "$output" |
		sed -n '1s/.*, stopped .*for [a-z ]*\([0-9]*\)\..*/\1/p')
	[ "${stood:-99}" -lt 10 ] && [ -z "$errors" ]
}

begin busy "$programs/busy" $many
wait_for 'a look of less than ten milliseconds' is_seen_soon
check 'all are shown' $((many + 3)) "$(count_coroutines)"
contains 'who is busy' ', nap, spawned at tests/gdb/busy.c:' "$output"
contains 'who is apart' ', apart, spawned at tests/gdb/busy.c:' "$output"
contains 'who sleeps' ', sleep_well, spawned at tests/gdb/busy.c:' "$output"
goes_on() {
	grep -qs '^State:[[:blank:]]*[RS]' "/proc/$pid/status" &&
		[ "$(cut -d ' ' -f 14 "/proc/$pid/stat")" -gt "$used" ]
}
used=$(cut -d ' ' -f 14 "/proc/$pid/stat")
wait_for 'it to go on' goes_on
kill "$pid"

# ---- What is wrong is told ----

# refused WHAT TEXT ARGUMENT...
refused() {
	what=$1 part=$2
	shift 2
	record "$ps" "$@"
	check "$what: status" 1 "$status"
	contains "$what" "$part" "$errors"
	check "$what: nothing else" '' "$output"
}
refused 'no process' 'there is no process 4194304' 4194304
refused 'another program' "no evert is to be found in process $$" $$
refused 'no core' 'it is no ELF file' "$programs/stuck" README.md
refused 'a program as core' 'is no core' "$programs/stuck" "$programs/stuck"
refused 'no file' 'No such file' "$programs/stuck" "$folder/none"
for usage in '' 0 -1 x '1 2 3'; do
	record "$ps" $usage
	check "usage: $usage" "2 $(head -1 "$folder/errors")" \
		"$status usage: evert-ps PID"
done
record "$ps" --help
check 'help' '0 usage: evert-ps PID' "$status $(printf %.19s "$output")"

# One whose evert says that it is another: damaged, or of another version.
for change in 'b"evert layout", b"evert layoff"' \
	'b"evert layout\0\0\0\0" + version,
		b"evert layout\0\0\0\0" + b"9" + version[1:]' \
	'b"evert transport layout", b"evert transport layoff"'
do
	python3 - "$programs/stuck" "$folder/changed" <<-END
		import sys
		version = b"$(sed -n 's/^#define EVERT_VERSION "\(.*\)"/\1/p' \
			deferred/base/version.h)"
		with open(sys.argv[1], "rb") as one:
		    program = one.read()
		with open(sys.argv[2], "wb") as other:
		    other.write(program.replace($change))
	END
	chmod +x "$folder/changed"
	begin stuck "$folder/changed"
	record "$ps" "$pid"
	check 'another evert' 1 "$status"
	printf '%s\n' "$errors" >>"$folder/differ"
	kill "$pid"
	join "$pid"
done
contains 'a damaged one' "evert's mark is not where it should be" \
	"$(cat "$folder/differ")"
contains 'another version' 'has evert 9' \
	"$(cat "$folder/differ")"
contains 'other connections' 'its structures differ' \
	"$(cat "$folder/differ")"

if command -v strip >/dev/null; then
	strip -o "$folder/stripped" "$programs/stuck"
	begin stuck "$folder/stripped"
	refused 'a stripped one' ', which was stripped' "$pid"
fi
rm -f "$folder"/core*

# ---- Cores ----

writes_cores || exit 0
die_of "$stuck"
record "$ps" "$programs/stuck" "$core"
check 'a core' "$(printf '%s\n' "$expected" | sed 1d)" \
	"$(printf '%s\n' "$output" | leveled)"
refused 'a core of another' 'of another program' "$programs/waits" "$core"
tests/gdb/damage "$ps" "$programs/stuck" "$core" ||
	fail 'a damaged core'
rm "$core"
die_of "$crowd"
record "$ps" "$programs/stuck" "$core"
check 'a core of very many' $((many + 6)) "$(count_coroutines)"
rm "$core"

# ---- On aarch64, as qemu has it: two minutes ----

[ -n "${LONG:-}" ] || exit 0
build_far tools/evert-ps tests/gdb/stuck
begin stuck qemu-aarch64 "$there/tests/gdb/stuck"
kill -ABRT "$pid"
wait_for 'its end' has_ended "$pid"
record qemu-aarch64 "$there/tools/evert-ps" "$there/tests/gdb/stuck" \
	"$folder"/qemu_*.core
check 'aarch64' "$(printf '%s\n' "$expected" | sed 1d)" \
	"$(printf '%s\n' "$output" | leveled)"
