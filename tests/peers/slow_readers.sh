#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A client that never reads: the server takes no more from it than the kernel
# has room for, serves the others, and loses nothing when it reads after all.

. "$(dirname "$0")/lib"
need python3

survives_greed() {
	start "$1"
	run python3 "$peers/client.py" greedy "$port" "$server" "$2" ||
		fail "$1 fails a client that never reads"
	stop "${3-^$}"
}

survives_greed greeting_server greeting
survives_greed echo_server echo
survives_greed upper_server upper 'onnected:'
survives_greed upper_server_protocol upper 'onnected:'
