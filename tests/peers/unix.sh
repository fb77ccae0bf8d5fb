#!/bin/sh
# SPDX-License-Identifier: MIT
#
# UNIX sockets: the greeting by path and abstract name, to our clients and to
# those of others, and open files passed to us.

. "$(dirname "$0")/lib"
need nc socat python3

# serve EXAMPLE ENDPOINT [TEXT]: and waits until it listens.
serve() {
	name=$1
	said=$folder/said
	: >"$folder/where"
	hearing "$examples/$1" --listen "$2" >"$folder/where" 2>"$said" &
	server=$!
	keep "$server"
	wait_for "$1 to listen" file_has "$folder/where" 'listening on'
}

all_greet() {
	for style in deferred coroutine blocking; do
		record "$examples/greeting_client_$style" --connect "$1" World
		check "$style by $1, status ($errors)" 0 "$status"
		check "$style by $1" 'Hello, World!' "$output"
	done
}

path=$folder/greeting
serve greeting_server "unix:$path:mode=600"
check 'what it says' "listening on unix:$path" "$(cat "$folder/where")"
check 'the mode of the path' 600 "$(stat -c %a "$path")"
all_greet "unix:$path"
check 'nc -U' "$(greetings World)" "$(echo World | run nc -C -N -U "$path")"
check 'socat' "$(greetings World Ada)" \
	"$(printf 'World\r\nAda\r\n' | run socat -t 30 - "UNIX-CONNECT:$path")"

# Who comes second leaves the first alone.
record "$examples/greeting_server" --listen "unix:$path"
check 'a path in use, status' 1 "$status"
contains 'a path in use' 'Address already in use' "$errors"
all_greet "unix:$path"

# A server that was killed leaves a path that the next one takes over.
kill -KILL "$server"
wait_for 'the server to end' has_ended "$server"
[ -S "$path" ] || fail 'the path is gone, though nobody could remove it'
serve greeting_server "unix:$path"
all_greet "unix:$path"
stop
[ ! -e "$path" ] || fail 'a server that has ended leaves its path'

abstract=evert-test-$$
serve greeting_server "unix-abstract:$abstract"
all_greet "unix-abstract:$abstract"
check 'socat by an abstract name' "$(greetings World)" \
	"$(printf 'World\r\n' |
		run socat -t 30 - "ABSTRACT-CONNECT:$abstract")"
stop

# Open files.
printf 12345 >"$folder/five"
: >"$folder/none"
serve file_size_server "unix:$path"
record "$examples/file_size_client" --connect "unix:$path" \
	"$folder/five" "$folder/none"
check 'sizes of files' "$folder/five: 5 bytes
$folder/none: 0 bytes" "$output"
record "$examples/file_size_client" --connect "unix:$path" "$folder/missing"
check 'a file that is not there, status' 1 "$status"
contains 'a file that is not there' 'No such file' "$errors"
check 'files of python3' '5 bytes 0 bytes' "$(run python3 - "$path" \
	"$folder/five" "$folder/none" <<'END'
import socket, sys

with socket.socket(socket.AF_UNIX) as s:
    s.connect(sys.argv[1])
    files = [open(name) for name in sys.argv[2:]]
    socket.send_fds(s, [b"."], [f.fileno() for f in files])
    answers = s.makefile()
    print(*[answers.readline().strip() for f in files])
END
)"
stop
