#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The greeting server and its clients over TLS, beside those of others: openssl,
# GnuTLS, Python, socat, nginx.

. "$(dirname "$0")/lib"
. "$(dirname "$0")/tls_lib"
need python3 openssl gnutls-cli socat nc
certificates=$ca
root=$ca/root.crt
hello=$(greetings World)

python() {
	run python3 "$peers/tls.py" client "$port" "$certificates" "$@" 2>&1
}

# A line, as telnet sends it.
say() {
	printf '%s\r\n' "$1"
}

# commands LETTER WORDS [OPTION]: between two names, s_client is told to do
# something, of which it says WORDS.
commands() {
	letter=$1 words=$2
	shift 2
	: >"$folder/heard"
	{
		say One
		wait_for 'the first greeting' grep -q 'One!' "$folder/heard"
		echo "$letter"
		wait_for "s_client: $words" grep -q "$words" "$folder/heard"
		say Two
		wait_for 'the second greeting' \
			grep -q 'Two!\|alert' "$folder/heard"
	} | run openssl s_client -connect "127.0.0.1:$port" -CAfile "$root" \
		"$@" >"$folder/heard" 2>&1
	cat "$folder/heard"
}

# ---- Their clients ----

serve
for version in 1.2 1.3; do
	check "python, $version" "TLSv$version $hello" \
		"$(python version $version)"
	check "python, $version, resumed" "True $hello" \
		"$(python resumed $version)"
	contains "openssl, $version" 'Hello, World!' \
		"$(openssl_talks localhost -servername localhost \
			"-tls$(echo $version | tr . _)")"
done
check 'python, 4000 names' 'all 4000' "$(python many)"
check 'python, a byte at a time' "$hello" "$(python trickle)"
check 'python, no end of TLS' '' "$(python cut)"

# An update of keys in the middle, which s_client does for a line "K".
output=$(commands K KEYUPDATE)
contains 'openssl, before an update of keys' 'Hello, One!' "$output"
contains 'openssl, the update' KEYUPDATE "$output"
contains 'openssl, after it' 'Hello, Two!' "$output"

# Renegotiation, which it does for a line "R", is refused.
output=$(commands R 'no renegotiation' -tls1_2)
contains 'openssl, before a renegotiation' 'Hello, One!' "$output"
contains 'openssl, the renegotiation' 'no renegotiation' "$output"

contains 'gnutls-cli' 'Hello, World!' "$(gnutls_talks localhost)"
check 'socat' "$hello" "$(say World | run socat -t 5 - \
	"OPENSSL:127.0.0.1:$port,cafile=$root,commonname=localhost")"
check 'plain text' '' "$(say World | run nc -N 127.0.0.1 "$port" | tr -dc a-z)"
stop

serve ":client-certificate=required:trust=$root"
check 'python, with a certificate' "$hello" "$(python certificate client.pem)"
contains 'python, without one' CERTIFICATE_REQUIRED "$(python certificate '')"
contains 'python, with a bad one' UNKNOWN_CA \
	"$(python certificate stranger.pem)"
stop

serve ':alpn=greeting/2,greeting/1'
check 'python, ALPN' greeting/2 "$(python alpn greeting/1 greeting/2)"
contains 'python, no ALPN in common' 'no application protocol' \
	"$(python alpn mail)"
stop

# ---- Their servers ----

# asks EXPECTED [OPTION]
asks() {
	for client in deferred coroutine; do
		record "$examples/greeting_client_$client" --connect \
			"tls:127.0.0.1:$port:name=localhost:trust=$root${2-}" \
			World Ada
		check "$client client ($errors)" "$1" "$output"
	done
}

greeted=$(printf 'Hello, World!\nHello, Ada!\n')
for version in 1.2 1.3; do
	launch python3 "$peers/tls.py" server "$certificates" $version
	asks "$greeted"
done

# socat, which is OpenSSL without anybody's loop.
printf '#!/bin/sh\nexec sed -u "s/\\(.*\\)\\r/Hello, \\1!\\r/"\n' >"$folder/greet"
chmod +x "$folder/greet"
for version in 1.2 1.3; do
	: >"$folder/socat"
	socat -d -d "OPENSSL-LISTEN:0,bind=127.0.0.1,fork,verify=0,\
openssl-min-proto-version=TLS$version,openssl-max-proto-version=TLS$version,\
cert=$certificates/server.pem" "EXEC:$folder/greet" 2>"$folder/socat" &
	keep $!
	wait_for 'socat to listen' grep -q 'listening on' "$folder/socat"
	port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$folder/socat")
	asks "$greeted"
done
