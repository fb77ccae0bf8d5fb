#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Where servers listen: names, IPv6, and a port that somebody has.

. "$(dirname "$0")/lib"
need nc

greets() {
	check "a greeting from $1" "$(greetings World)" \
		"$(echo World | run nc -C -N "$1" "$port")"
}

start greeting_server
greets 127.0.0.1

# Who comes second is told host, port and reason, whoever it is.
for other in greeting_server echo_server chat_server upper_server \
	upper_server_protocol upper_server_delayed upper_server_threaded; do
	record "$examples/$other" --port "$port"
	check "$other on a port in use, status" 1 "$status"
	check "$other on a port in use" '' "$output"
	check "$other on a port in use" \
		"$other: cannot listen on 127.0.0.1:$port: Address already in use" \
		"$errors"
done
stop

# The port is free at once, though connections of the former just ended.
launch "$examples/greeting_server" --port "$port"
server=$pid
greets 127.0.0.1
stop

start greeting_server --host localhost
greets localhost
stop

for host in 999.0.0.1 no.such.host.invalid; do
	record "$examples/greeting_server" --port 0 --host "$host"
	check "a server on $host, status" 1 "$status"
	contains "a server on $host" "$host" "$errors"
done

# An address that is not this machine's (RFC 5737).
record "$examples/upper_server" --port 0 --host 192.0.2.1
check 'a server elsewhere, status' 1 "$status"
check 'a server elsewhere' \
	'upper_server: cannot listen on 192.0.2.1:0: Cannot assign requested address' \
	"$errors"

# Not every container has IPv6.
if grep -q '^00000000000000000000000000000001 ' /proc/net/if_inet6 2>/dev/null
then
	start greeting_server --host ::1
	check 'where it listens' "[::1]:$port" "$address"
	greets ::1
	for style in blocking deferred coroutine; do
		record "$examples/greeting_client_$style" --host ::1 \
			--port "$port" World
		check "$style by IPv6" 'Hello, World!' "$output"
	done
	stop

	# Every address, of both families.
	start greeting_server --host ''
	greets ::1
	greets 127.0.0.1
	stop
fi
