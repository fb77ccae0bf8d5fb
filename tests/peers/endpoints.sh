#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The greeting by every kind of endpoint, in all three styles: tcp, tcp4, tcp6,
# sockets that a parent hands in, and those of systemd. Datagrams by theirs.

. "$(dirname "$0")/lib"
need python3 socat

styles='blocking deferred coroutine'

# all_greet ENDPOINT
all_greet() {
	for style in $styles; do
		record "$examples/greeting_client_$style" --connect "$1" World
		check "$style by $1, status ($errors)" 0 "$status"
		check "$style by $1" 'Hello, World!' "$output"
	done
}

# listen ENDPOINT: the server under test.
listen() {
	name=greeting_server
	launch "$examples/greeting_server" --listen "$1"
	server=$pid
	said=$complaints
}

with_socket="python3 $peers/with_socket.py"

listen tcp:127.0.0.1:0
all_greet "tcp:127.0.0.1:$port"
all_greet "tcp4:localhost:$port"
for style in deferred coroutine; do
	record "$examples/greeting_client_$style" --connect \
		"tcp:127.0.0.1:$port:timeout=5:bind=127.0.0.2:no-delay=no" World
	check "$style with options" 'Hello, World!' "$output"
	record "$examples/greeting_client_$style" --connect \
		"tcp:127.0.0.1:$port:timout=5" World
	check "$style with a wrong option, status" 1 "$status"
	contains "$style with a wrong option" 'did you mean "timeout"?' \
		"$errors"
done

# Connected sockets.
for style in $styles; do
	record $with_socket "$port" "$examples/greeting_client_$style" \
		--connect fd:3 World
	check "$style by fd:3 ($errors)" 'Hello, World!' "$output"
done
stop

# Several at once.
hearing "$examples/greeting_server" --listen tcp:127.0.0.1:0 \
	--listen tcp4:127.0.0.2:0:backlog=5 >"$folder/ports" 2>"$folder/said" &
server=$!
keep "$server"
said=$folder/said
for host in 127.0.0.1 127.0.0.2; do
	wait_for "the port of $host" file_has "$folder/ports" "$host:"
	all_greet "tcp:$(sed -n "s/listening on \($host:\)/\1/p" "$folder/ports")"
done
stop

# Not every container has IPv6.
ip6=$(grep '^00000000000000000000000000000001 ' /proc/net/if_inet6 2>/dev/null)
if [ -n "$ip6" ]; then
	listen 'tcp6:[::1]:0'
	all_greet "tcp6:[::1]:$port"
	all_greet "tcp:[::1]:$port"
	stop
fi

# A socket that listens, by a parent.
launch $with_socket listens "$examples/greeting_server" --listen fd:3
server=$pid
said=$complaints
all_greet "tcp:127.0.0.1:$port"
stop

for wrong in fd:0 fd:99 fd:x systemd:web; do
	record "$examples/greeting_server" --listen "$wrong" </dev/null
	check "a server on $wrong, status" 1 "$status"
	contains "a server on $wrong" "$wrong" "$errors"
done

# Datagrams: is_answered SOCAT_ADDRESS
is_answered() {
	check "$name on $where, asked by $1" 'HELLO!' \
		"$(printf 'Hello!' | run socat -t 1 - "$1")"
}

# hear ENDPOINT [PREFIX]...: the server of datagrams under test.
hear() {
	where=$1
	shift
	launch "$@" "$examples/$name" --listen "$where"
	server=$pid
	said=$complaints
}

for name in udp_upper_server udp_upper_server_coroutine; do
	hear udp4:localhost:0
	is_answered "UDP:127.0.0.1:$port"
	stop 'From '
	hear udp::0:tell-tos=yes:gather=yes
	is_answered "UDP4:127.0.0.3:$port"
	if [ -n "$ip6" ]; then
		is_answered "UDP6:[::1]:$port"
	fi
	stop 'From '
	hear fd:3 $with_socket hears
	is_answered "UDP:127.0.0.1:$port"
	stop 'From '

	where=unix-datagram:$folder/datagrams:mode=600
	: >"$folder/heard"
	hearing "$examples/$name" --listen "$where" >"$folder/heard" \
		2>"$folder/said" &
	server=$!
	keep "$server"
	said=$folder/said
	wait_for 'the path' file_has "$folder/heard" datagrams
	is_answered "UNIX-SENDTO:$folder/datagrams,bind=$folder/asks"
	stop 'From '
	[ ! -e "$folder/datagrams" ] || fail "$name left its path"

	for wrong in tcp:127.0.0.1:0 fd:0 udp:127.0.0.1:0:when-full=never; do
		record "$examples/$name" --listen "$wrong" </dev/null
		check "$name on $wrong, status" 1 "$status"
		contains "$name on $wrong" "$wrong" "$errors"
	done
done

# By systemd, which starts the server for the first client.
activate=$(command -v systemd-socket-activate ||
	echo /lib/systemd/systemd-socket-activate)
if [ ! -x "$activate" ]; then
	echo 'systemd-socket-activate is not installed: left out'
	exit 0
fi

free_port() {
	python3 -c '
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])
'
}

# by_systemd ENDPOINT [OPTION]...: a server on that, by a socket of systemd.
by_systemd() {
	endpoint=$1
	shift
	port=$(free_port)
	rm -f "$folder/complaints"
	hearing "$activate" -l "127.0.0.1:$port" "$@" \
		"$examples/greeting_server" --listen "$endpoint" \
		>"$folder/activated" 2>"$folder/complaints" &
	server=$!
	keep "$server"
	said=$folder/said
	: >"$said"
	wait_for 'systemd to listen' \
		file_has "$folder/complaints" 'Listening on'
}

by_systemd systemd:0
all_greet "tcp:127.0.0.1:$port"
check 'where it listens' "listening on 127.0.0.1:$port" \
	"$(cat "$folder/activated")"
stop

by_systemd systemd:web --fdname=web
all_greet "tcp:127.0.0.1:$port"
stop

# The program says why.
by_systemd systemd:wob --fdname=web
record "$examples/greeting_client_coroutine" --connect "tcp:127.0.0.1:$port" \
	--timeout 5 World
check 'a wrong name, status' 1 "$status"
join "$server"
check 'a server on a wrong name, status' 1 $?
contains 'a server on a wrong name' 'cannot listen on systemd:wob: systemd has passed no such socket; there are web' \
	"$(cat "$folder/complaints")"

# Datagrams.
port=$(free_port)
said=$folder/said
: >"$said"
rm -f "$folder/complaints"
hearing "$activate" --datagram -l "127.0.0.1:$port" \
	"$examples/udp_upper_server" --listen systemd:0 \
	>"$folder/activated" 2>"$folder/complaints" &
server=$!
keep "$server"
wait_for 'systemd to listen' file_has "$folder/complaints" 'Listening on'
for text in Hello World; do
	check "by systemd, $text" "$(echo "$text" | tr a-z A-Z)" \
		"$(printf %s "$text" | run socat -t 2 - "UDP:127.0.0.1:$port")"
done
check 'where it listens' "listening on 127.0.0.1:$port" \
	"$(cat "$folder/activated")"
stop
