#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Records as long and as short as they may be, bytes that come one by one, keys
# that change on the way, and one server for plain text and TLS.

. "$(dirname "$0")/lib"
. "$(dirname "$0")/tls_lib"
need openssl gnutls-cli python3 nc socat nm

# ---- Much at once, to the end of it ----

seq 20000 | sed 's/.*/a name of some length, the &th\r/' >"$folder/names"
sed 's/\(.*\)\r/Hello, \1!\r/' "$folder/names" >"$folder/greetings"

# all_greeted COMMAND...: sends all, then its end, and reads on.
all_greeted() {
	run "$@" <"$folder/names" >"$folder/got" 2>"$folder/errors"
	cmp "$folder/greetings" "$folder/got" ||
		fail "$*: $(tail -n 3 "$folder/errors")"
}

# The same protocol, without and with TLS, in one process, by one object file that
# knows of neither.
check 'what the greeting server knows of TLS' '' \
	"$(nm "$examples/greeting_server.c.o" | grep -i evert_tls)"
hearing "$examples/greeting_server" \
	--listen "tls:127.0.0.1:0:certificate=$ca/server.pem" \
	--listen "unix:$folder/plain" >"$folder/ports" 2>"$folder/said" &
server=$!
said=$folder/said name=greeting_server
keep $server
wait_for 'both' file_has "$folder/ports" "$folder/plain"
port=$(sed -n 's/listening on .*:\([1-9][0-9]*\)$/\1/p' "$folder/ports")
all_greeted nc -N -U "$folder/plain"
for version in 1.2 1.3; do
	all_greeted gnutls-cli --port "$port" --x509cafile "$ca/root.crt" \
		--logfile "$folder/gnutls" \
		--priority NORMAL:-VERS-ALL:+VERS-TLS$version localhost
	all_greeted socat -t 30 - "OPENSSL:127.0.0.1:$port,cafile=$ca/root.crt,\
commonname=localhost,openssl-min-proto-version=TLS$version,\
openssl-max-proto-version=TLS$version"
done

# In records of 512 bytes, by an extension (RFC 6066, 4).
for version in 2 3; do
	contains "short records, 1.$version" 'Hello, World' \
		"$(openssl_talks localhost -tls1_$version -maxfraglen 512)"
done

# ---- A byte at a time, both ways ----

long=$(printf '%016000d' 7)
launch python3 "$peers/trickle.py" "$port"
# slowly CLIENT [OPTION]
slowly() {
	record "$examples/greeting_client_$1" --connect \
		"tls:localhost:$port:trust=$ca/root.crt${2-}" World "$long"
	check "$* ($errors)" "Hello, World!
Hello, $long!" "$output"
}

for version in 1.2 1.3; do
	for client in deferred coroutine; do
		slowly $client :highest=$version
	done
done
slowly blocking
stop

# ---- The server's keys change ----

have_changed() {
	[ "$(grep -c 'SSL_do_handshake -> 1' "$folder/s_server")" -eq "$1" ]
}

# new_keys COMMAND COUNT
new_keys() {
	echo "$1" >"$folder/keys"
	wait_for 'new keys' have_changed "$2"
}

openssl_serves
run "$examples/greeting_client_coroutine" --connect \
	"tls:localhost:$port:trust=$ca/root.crt" Ada Bob >"$folder/got" 2>&1 &
client=$!
keep $client
wait_for 'the first name' file_has "$folder/s_server" Ada
# With a request to change the client's, too.
new_keys K 1
echo 'Hello, Ada' >"$folder/keys"
wait_for 'the second name' file_has "$folder/s_server" Bob
new_keys k 2
echo 'Hello, Bob' >"$folder/keys"
join $client || fail 'the client failed'
check 'with new keys' 'Hello, Ada
Hello, Bob' "$(cat "$folder/got")"
