#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The table of "Async Python - Part 1" for this machine: requests that wait a
# tenth of a second each, all at once, to a server with a thread for each
# connection and to one that does it all in one thread. SIZES="1000 10000".

set -u
: "${BUILD:=build}"
: "${SIZES:=1000 10000}"

folder=$(mktemp -d)
server=
clean_up() {
	[ -z "$server" ] || kill -KILL "$server" 2>/dev/null
	rm -rf "$folder"
}
trap clean_up EXIT

# Sets `port`.
begin() {
	mkfifo "$folder/output"
	"$BUILD/examples/$1" --port 0 >"$folder/output" &
	server=$!
	read -r line <"$folder/output"
	rm "$folder/output"
	port=${line##*:}
}

end() {
	kill -TERM "$server"
	wait "$server"
	status=$?
	server=
	return $status
}

# measure NAME PROGRAM SIZE: a line, by a server of its own, whose memory is
# that of these requests.
measure() {
	begin "$2"
	if ! said=$("$BUILD/examples/upper_load" 127.0.0.1 "$port" "$3"); then
		echo "$1: $said" >&2
		exit 1
	fi
	peak=$(awk '/^VmHWM:/ { printf "%.1f", $2 / 1024 }' \
		"/proc/$server/status")
	end || exit 1
	seconds=${said##*: }
	printf '%-16s  %10s  %8s MiB\n' "$1" "$seconds" "$peak"
}

for size in $SIZES; do
	printf '\n%d requests\n%-16s  %10s  %12s\n' "$size" 'Server type' \
		'Time' 'Memory, peak'
	measure 'Threaded server' upper_server_threaded "$size"
	measure 'Async server' upper_server_delayed "$size"
done
