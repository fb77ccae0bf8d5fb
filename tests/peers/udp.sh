#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Servers of datagrams, asked by other programs.

. "$(dirname "$0")/lib"
need nc socat python3

for server_name in udp_upper_server udp_upper_server_coroutine; do
	start $server_name
	check "$name, socat" 'HELLO WORLD!' \
		"$(printf 'Hello World!' |
			run socat -t 1 - "UDP:127.0.0.1:$port")"
	check "$name, nc" 'HELLO' \
		"$(printf 'Hello' | run nc -u -w 1 127.0.0.1 "$port")"
	check "$name, python" "b'' b'ONE' b'TWO'" "$(run python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(10)
s.connect(("127.0.0.1", int(sys.argv[1])))
for text in b"", b"one", b"two":
    s.send(text)
print(*[s.recv(9) for _ in range(3)])' "$port")"
	for text in 'Hello World!' Hello one two; do
		grep -q "From 127.0.0.1:[0-9]*: $text\$" "$said" ||
			fail "$name did not say whence '$text' came"
	done
	stop 'From 127.0.0.1:'
done

# On all addresses: a connected peer hears nobody but whom it has asked.
start udp_upper_server --host 0.0.0.0
for host in 127.0.0.1 127.0.0.3; do
	check "$name, asked at $host" 'HELLO' \
		"$(printf 'Hello' | run socat -t 1 - "UDP:$host:$port")"
done
stop 'From 127.0.0.1:'
