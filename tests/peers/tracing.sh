#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What EVERT_TRACE records is as docs/tracing.md says, of one process and of
# several that talk to each other.

. "$(dirname "$0")/lib"
need python3

# holds [--whole] RECORDING...: prints how many arrows lead between processes.
holds() {
	record python3 "$peers/recording.py" "$@"
	check "what is wrong in $*" '' "$errors"
	arrows=$output
}

# traced NAME PROGRAM...: it records to $folder/NAME.
traced() {
	trace=$folder/$1
	shift
	EVERT_TRACE=$trace run "$@" >"$folder/says" ||
		fail "$* ended with $?"
	holds "$trace"
}

export EVERT_TRACE="$folder/server"
start greeting_server
unset EVERT_TRACE
for style in deferred coroutine; do
	traced "$style" "$examples/greeting_client_$style" --port "$port" World
done
stop
holds "$folder/server"
# A name and a greeting, of two clients.
holds --whole "$folder/server" "$folder/deferred" "$folder/coroutine"
check 'arrows between the processes' 4 "$arrows"

traced sleepers "$examples/five_sleepers"
traced cancel "$examples/cancel_a_task"
