#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Servers that are not who they should be, plain text where TLS was meant, and
# the reverse: each is told of in words of its own, and nothing that the program
# sends has left before. A server of Python's shows what came.

. "$(dirname "$0")/lib"
. "$(dirname "$0")/tls_lib"
need python3 nc

# A record of it would be longer than an alert.
secret=Nobody-but-the-right-one-may-read-this

# is_told CLIENT MESSAGE [OPTIONS]: it has nothing but that to say.
is_told() {
	endpoint="tls:127.0.0.1:$port:name=localhost:trust=$ca/root.crt${3-}"
	record "$examples/greeting_client_$1" --connect "$endpoint" $secret
	check "$1 client" "1 greeting_client_$1: $2" "$status $errors"
	check "$1 client, output" '' "$output"
}

two_lines() {
	[ "$(wc -l <"$1")" -eq 2 ]
}

# refuses CERTIFICATE MESSAGE ALERT: in both versions, by both clients.
refuses() {
	for version in 1.2 1.3; do
		launch python3 "$peers/tls_record.py" "$ca/$1.pem" $version
		for client in deferred coroutine; do
			is_told $client "$2"
		done
		wait_for 'both to be told of' two_lines "$complaints"
		kill "$pid"
		check "what came for $1, $version" "handshake, alert: $3
handshake, alert: $3" "$(cat "$complaints")"
	done
}

of='the certificate of "localhost"'
refuses expired "$of expired on 2021-01-01 00:00:00 UTC" \
	SSLV3_ALERT_CERTIFICATE_EXPIRED
refuses future "$of is not valid before 2099-01-01 00:00:00 UTC" \
	SSLV3_ALERT_BAD_CERTIFICATE
refuses self-signed \
	"$of is signed by itself, and is not among those that are trusted" \
	TLSV1_ALERT_UNKNOWN_CA
refuses stranger "$of is signed by \"CN=other-root.evert.test\", which is not \
trusted, and the other side sent no certificate of it that leads to a trusted \
root" TLSV1_ALERT_UNKNOWN_CA
refuses elsewhere \
	'the certificate is not for "localhost", but for "elsewhere.test"' \
	SSLV3_ALERT_BAD_CERTIFICATE
refuses nameless 'the certificate is not for "localhost", but for no name at all' \
	SSLV3_ALERT_BAD_CERTIFICATE

# OpenSSL's own words, without evert.
launch python3 "$peers/tls_record.py" "$ca/elsewhere.pem"
record "$examples/greeting_client_blocking" --connect \
	"tls:localhost:$port:trust=$ca/root.crt" $secret
check 'blocking client' "1 greeting_client_blocking: no TLS with localhost: \
hostname mismatch" "$status $errors"

# ---- Plain text where TLS was meant ----

launch python3 "$peers/server.py" answer 'What do you want?\r\n'
for client in deferred coroutine; do
	is_told $client 'plain text came where TLS was meant (wrong version number)'
done

# A server that does not answer (one of lines would, where a record holds the
# end of one).
launch python3 "$peers/server.py" silent
for client in deferred coroutine; do
	is_told $client "the TLS handshake took more than 0.2 seconds: Connection \
timed out" :handshake-timeout=0.2
done

# In the middle of TLS, which s_server does for a line "P".
openssl_serves
run "$examples/greeting_client_coroutine" --connect \
	"tls:localhost:$port:trust=$ca/root.crt" World >"$folder/got" 2>&1 &
client=$!
keep $client
wait_for 'the name' file_has "$folder/s_server" World
echo P >"$folder/keys"
join $client
check 'plain text in the middle' "1 greeting_client_coroutine: plain text came \
where TLS was meant (wrong version number)" "$? $(cat "$folder/got")"

# ---- TLS where plain text was meant ----

serve
check 'the answer to plain text' '' "$(echo World | run nc -N 127.0.0.1 "$port")"
record "$examples/greeting_client_deferred" --port "$port" World
check 'an answer to plain text' '' "$output"
contains 'an answer to plain text' 'greeting_client_deferred: ' "$errors"
check 'the right client, after that' 'Hello, World!' \
	"$(run "$examples/greeting_client_deferred" --connect \
		"tls:localhost:$port:trust=$ca/root.crt" World)"
stop
