#!/bin/sh
# SPDX-License-Identifier: MIT
#
# 32 lines that come in one packet are read at once, and answered by one
# system call.

. "$(dirname "$0")/lib"
need strace nc

in=read,readv,recvfrom,recvmsg
out=write,writev,sendto,sendmsg,sendmmsg

names() {
	printf 'guest %02d\r\n' $(seq 32)
}

# The server stays our child; its tracer is somewhere else. Leaks are not
# looked for: that needs to trace, too.
start_traced() {
	name=$1
	ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" launch \
		strace -D -o "$folder/calls" -e "trace=accept,accept4,$in,$out" \
		"$examples/$1" --port 0
	server=$pid
	said=$complaints
}

# What the calls for the one connection moved, in bytes.
calls() {
	fd=$(sed -n 's/^accept.*) = \([0-9]*\)$/\1/p' "$folder/calls")
	sed -n "s/^\(re[a-z]*\)($fd, .*) *= /in /p
		s/^\([sw][a-z]*\)($fd, .*) *= /out /p" "$folder/calls"
}

# one_write SERVER ANSWER PATTERN: ANSWER is a function that makes the answers
# of the names.
one_write() {
	start_traced "$1"
	check "$1" "$($2)" "$(names | run nc -N 127.0.0.1 "$port")"
	stop "$3"
	wait_for 'strace to end' file_has "$folder/calls" '+++ exited'
	check "$1, system calls" "in $(names | wc -c)
out $($2 | wc -c)
in 0" "$(calls)"
}

hello() {
	names | sed 's/[^\r]*/Hello, &!/'
}

upper() {
	names | tr a-z A-Z
}

one_write greeting_server hello '^$'
one_write echo_server names '^$'
one_write upper_server upper 'onnected: '
one_write upper_server_protocol upper 'onnected: '
