#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Programs in a simulated world: they go well, whatever the seed; the bug of the
# example in docs/testing.md is found, told of, made smaller and seen again.

. "$(dirname "$0")/lib"
unset HASTY
sims=$BUILD/tests/sim

for program in "$sims"/*; do
	[ -f "$program" ] || continue
	case $program in *.*) continue ;; esac
	record "$program" --seeds "${SEEDS:-10}"
	check "$(basename "$program"), status ($errors)" 0 "$status"
	contains "$(basename "$program")" 'seeds went well' "$errors"
	record "$program" --seed 5
	hash=${errors##* }
	record "$program" --seed 5
	check "$(basename "$program"), the same seed gives the same run" \
		"$hash" "${errors##* }"
done

record "$sims/kernel" --seeds 2000 --from 1000
check "the real kernel ($errors)" 0 "$status"
record "$sims/kernel_unix" --seeds 500 --from 1000
check "the real kernel's UNIX sockets ($errors)" 0 "$status"

export HASTY=1
record "$sims/notes"
check 'the bug, status' 1 "$status"
contains 'the bug' 'evert_result_as_text(&r), expected) does not hold' "$errors"
contains 'the bug' 'the last events:' "$errors"
contains 'the bug' "gdb -ex run --args $sims/notes --seed " "$errors"
contains 'the bug' 'the smallest run that fails so has ' "$errors"

replay=$(printf '%s\n' "$errors" | sed -n 's/^  gdb -ex run --args //p' | tail -1)
record $replay
contains "$replay" 'does not hold' "$errors"
[ "$status" -ne 0 ] || fail "$replay went well"

EVERT_TRACE=$folder/trace record $replay
contains 'the recording of a run that fails' '"name":"use_keeper"' \
	"$(tail -5 "$folder/trace")"

record "$sims/notes" --seeds many
check 'a number that is none, status' 2 "$status"
check 'a number that is none' \
	'notes: --seeds many: a number from 1 to 2^64-1 is needed' "$errors"
