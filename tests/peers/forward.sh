#!/bin/sh
# SPDX-License-Identifier: MIT
#
# port_forward: carries everything both ways at once into readers that stall,
# in little memory; passes on ends, refusals and resets. LONG=1 moves 10 GB.

. "$(dirname "$0")/lib"
need python3

# carry MEGABYTES: `used`, what it took.
carry() {
	used=$(timeout -k 1 900 python3 "$peers/forward.py" "$1" \
		"$examples/port_forward" "tcp:127.0.0.1:%listen" \
		"tcp:127.0.0.1:%target" 2>"$folder/errors") ||
		fail "what came is not what was sent: $(cat "$folder/errors")"
	contains 'both ways' "$(($1 << 20)) bytes there, $(($1 << 20)) back" \
		"$(cat "$folder/errors")"
	echo "$1 MB both ways: KiB at most, seconds: $used"
}

megabytes=50
[ -z "${LONG-}" ] || megabytes=10240
carry $megabytes
nm "$examples/port_forward" | grep -q __asan_init ||
	between "peak memory in KiB" 1000 8000 "${used% *}"

# Nobody listens at the target: the client is reset, the forwarder goes on.
launch "$examples/port_forward" --connect tcp:127.0.0.1:1 \
	--listen tcp:127.0.0.1:0
name=port_forward
server=$pid
said=$complaints
for times in 1 2; do
	record python3 -c '
import socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1]))).recv(1)
    print("an end")
except ConnectionResetError:
    print("a reset")' "$port"
	check "a target that refuses, $times" 'a reset' "$output"
done
stop '\[+\]\|127.0.0.1:1: Connection refused'

# A reset goes through, in either direction.
for who in client target; do
	run python3 -c '
import socket, struct, subprocess, sys
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
forwarder = subprocess.Popen(
    [sys.argv[1], "tcp:127.0.0.1:0", f"tcp:127.0.0.1:{port}"],
    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
at = int(forwarder.stdout.readline().rpartition(":")[2])
ends = [socket.create_connection(("127.0.0.1", at)), listener.accept()[0]]
ends[0].sendall(b"hello")
assert ends[1].recv(5) == b"hello"
if sys.argv[2] == "target":
    ends.reverse()
ends[0].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                   struct.pack("ii", 1, 0))
ends[0].close()
try:
    ends[1].recv(1)
    sys.exit("an end came, not a reset")
except ConnectionResetError:
    pass
forwarder.terminate()
said = forwarder.communicate()[1]
assert "Connection reset by peer" in said, said' \
		"$examples/port_forward" $who || fail "a reset by the $who is lost"
done
