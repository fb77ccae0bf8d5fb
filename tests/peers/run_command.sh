#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a command writes, how it ends, and what it is sent.

. "$(dirname "$0")/lib"

run=$examples/run_command

record "$run" sh -c 'echo one; echo; printf three'
check 'run_command' '     1  one
     2  
     3  three' "$output"
check 'run_command, errors' '' "$errors"
check 'run_command, status' 0 "$status"

record "$run" sh -c 'cat; echo end' <&-
check 'nothing to read' '     1  end' "$output"
check 'nothing to read, errors' '' "$errors"

size=$("$run" head -c 1000000 /dev/zero | wc -c)
check 'a long line' 1000009 "$((size))"

"$run" echo lost 2> "$folder/full" > /dev/full
check 'a full disk' 1 $?
check 'a full disk, in words' \
	'run_command: cannot write all of the output' "$(cat "$folder/full")"

record "$run" sh -c 'echo wrong >&2; exit 42'
check 'a code, output' '' "$output"
check 'a code, errors' '     1  wrong' "$errors"
check 'a code' 42 "$status"

record "$run" sh -c 'kill -9 $$'
check 'a signal' 137 "$status"

record "$run" no_such_program
check 'not found' 127 "$status"
check 'not found, in words' \
	'run_command: cannot start "no_such_program": exec: No such file or directory' \
	"$errors"
record "$run" /etc/passwd
check 'not to be run' 126 "$status"
record "$run" --directory "$folder/nowhere" true
check 'nowhere' \
	"run_command: cannot start \"true\": directory \"$folder/nowhere\": No such file or directory" \
	"$errors"

mkdir "$folder/here"
record "$run" --directory "$folder/here" sh -c 'basename "$(pwd)"'
check 'a directory' '     1  here' "$output"

record "$run" --timeout 0.1 sleep 1000
check 'a time-out' 124 "$status"

# Its input is ours: a pipe, a file, /dev/null.
check 'a pipe' '     1  text' "$(echo text | "$run" cat)"
echo file >"$folder/file"
check 'a file' '     1  file' "$("$run" cat <"$folder/file")"
check 'nothing' '' "$("$run" cat </dev/null)"
"$run" echo to a file >"$folder/out"
check 'to a file' '     1  to a file' "$(cat "$folder/out")"

# More than any buffer holds.
check 'much' 100000 "$("$run" seq 100000 | wc -l)"

# Signals are passed on.
for signal in TERM HUP USR1; do
	: >"$folder/said"	# the former one's "ready" is not to be read
	"$run" sh -c "trap 'echo $signal; exit 9' $signal; echo ready
		while :; do sleep 0.01; done" >"$folder/said" 2>&1 &
	runner=$!
	keep $runner
	wait_for 'the command' file_has "$folder/said" '     1  ready'
	kill -$signal $runner
	join $runner
	check "SIG$signal, status" 9 $?
	check "SIG$signal" "     1  ready
     2  $signal" "$(cat "$folder/said")"
done
