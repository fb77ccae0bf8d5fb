#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The greeting server and clients that others wrote, of good and bad manners.

. "$(dirname "$0")/lib"
need nc socat telnet python3

start greeting_server

client() {
	run python3 "$peers/client.py" "$1" "$port"
}

check 'nc -C' "$(greetings World)" \
	"$(echo World | run nc -C -N 127.0.0.1 "$port")"

check 'CR LF of our own' "$(greetings World '' Ada)" \
	"$(printf 'World\r\n\r\nAda\r\n' | run nc -N 127.0.0.1 "$port")"

check 'socat' "$(greetings World Ada)" \
	"$(printf 'World\nAda\n' |
		run socat -t 30 - "TCP:127.0.0.1:$port,crlf" | sed 's/$/\r/')"

mkfifo "$folder/keys"
telnet 127.0.0.1 "$port" <>"$folder/keys" >"$folder/screen" 2>&1 &
keep $!
wait_for 'telnet to connect' file_has "$folder/screen" Connected
echo World >"$folder/keys"
wait_for 'a greeting in telnet' file_has "$folder/screen" 'Hello, World!'

check 'a byte at a time' "$(greetings World Ada)" "$(client bytewise)"

# Without -N nc ends only when the server closes.
head -c 1000000 /dev/zero | tr '\0' x |
	run nc 127.0.0.1 "$port" >"$folder/long" 2>&1
[ $? -ne 124 ] || fail 'a line of 1 MB does not end the connection'
check 'the answer to a line of 1 MB' '' "$(cat "$folder/long")"

client reset || fail 'a client that resets failed'

# It still is there, and has noticed nothing.
check 'after all that' "$(greetings World)" \
	"$(echo World | run nc -C -N 127.0.0.1 "$port")"
stop
