#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Servers that send everything back, as it is or in upper case.

. "$(dirname "$0")/lib"
need nc socat

# Three megabytes, more than all buffers on the way hold.
seq 450000 | sed 's/0/abcdef/' >"$folder/sent"

# sends_back MAY_SAY FILTER...: what comes back is what the filter makes.
sends_back() {
	may_say=$1
	shift
	check "$name, nc" "$(echo 'Hello World!' | "$@")" \
		"$(echo 'Hello World!' | run nc -N 127.0.0.1 "$port")"
	"$@" <"$folder/sent" >"$folder/expected"
	run nc -N 127.0.0.1 "$port" <"$folder/sent" >"$folder/got"
	cmp "$folder/expected" "$folder/got" || fail "$name, 3 MB by nc"
	run socat -t 30 - "TCP:127.0.0.1:$port" <"$folder/sent" >"$folder/got"
	cmp "$folder/expected" "$folder/got" || fail "$name, 3 MB by socat"
	stop "$may_say"
}

start echo_server
record "$examples/echo_client" --port "$port"
check 'echo_client' 'Hello World!' "$output"
check "echo_client, status ($errors)" 0 "$status"
long=$(head -c 100000 /dev/zero | tr '\0' x)
record "$examples/echo_client" --port "$port" "$long"
check 'echo_client, 100 kB' "$long" "$output"
record "$examples/echo_client" --port "$port" ''
check "echo_client, nothing, status ($errors)" 0 "$status"
check 'echo_client, nothing' '' "$output"
sends_back '^$' cat

for server_name in upper_server upper_server_protocol; do
	start $server_name
	sends_back 'onnected: 127.0.0.1:' tr a-z A-Z
	for sign in '[+] Connected: ' '[-] Disconnected: '; do
		check "$name, how often $sign" 3 "$(grep -cF "$sign" "$said")"
	done
done

# A server that does not echo.
need python3
launch python3 "$peers/server.py" answer Hello
record "$examples/echo_client" --port "$port"
check 'echo_client, half an echo, status' 1 "$status"
contains 'echo_client, half an echo' 'the echo lacks 7 bytes' "$errors"
record "$examples/echo_client" --port 1
check 'echo_client, nobody listens, status' 1 "$status"
contains 'echo_client, nobody listens' '127.0.0.1:1: Connection refused' \
	"$errors"
