#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A server on a free port, a client that asks it for three greetings, and an
# orderly end. Fails if one of the two does.

set -u
: "${BUILD:=build}"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkfifo "$folder/output"

# Whatever hangs, the server ends in time and takes the client with it.
timeout 40 "$BUILD/examples/greeting_server" --port 0 >"$folder/output" &
server=$!
exec 3<"$folder/output"

port=
while read -r line <&3; do
	echo "server: $line"
	case $line in
	'listening on '*:*)
		port=${line##*:}
		break
		;;
	esac
done

if [ -n "$port" ]; then
	"$BUILD/examples/greeting_client_deferred" --port "$port" World Ada Grace
	client=$?
else
	client=1
fi

kill -TERM "$server" 2>/dev/null
wait "$server"
stopped=$?

if [ "$client" -ne 0 ] || [ "$stopped" -ne 0 ]; then
	echo "demo: the client ended with $client, the server with $stopped" >&2
	exit 1
fi
