#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Certificates of clients, wanted and required, good, bad and not there: our
# server with openssl, GnuTLS and curl, and our clients with their servers.

. "$(dirname "$0")/lib"
need_tls
need openssl gnutls-cli gnutls-serv curl ss

# ---- Their clients: each has a name, a version and a certificate or none ----

# Says one name, and ends when it was greeted or refused.
talk() {
	: >"$folder/heard"
	{
		printf 'World\r\n'
		wait_for "an answer to $1" grep -q 'Hello\|alert' "$folder/heard"
	} | run "$@" >"$folder/heard" 2>&1
	cat "$folder/heard"
}

openssl_client() {
	talk openssl s_client -quiet -no_ign_eof -connect "127.0.0.1:$port" \
		-CAfile "$ca/root.crt" "-tls1_${1#1.}" ${2:+-cert "$ca/$2.pem"}
}

gnutls_client() {
	talk gnutls-cli --port "$port" --x509cafile "$ca/root.crt" \
		--logfile "$folder/gnutls" \
		--priority "NORMAL:-VERS-ALL:+VERS-TLS$1" localhost \
		${2:+--x509certfile "$ca/$2.pem" --x509keyfile "$ca/$2.pem"}
}

# It makes do with a server that knows no HTTP, until it has had enough.
curl_client() {
	run curl --silent --show-error --http0.9 --max-time 0.5 \
		--request World --cacert "$ca/root.crt" "--tlsv$1" \
		--tls-max "$1" ${2:+--cert "$ca/$2.pem"} \
		"https://localhost:$port/" 2>&1
}

# gets OPENSSL GNUTLS [CERTIFICATE]: each of them, in both versions.
gets() {
	for version in 1.2 1.3; do
		what="$version, ${3-no certificate}"
		contains "openssl, $what" "$1" \
			"$(openssl_client $version ${3-})"
		contains "curl, $what" "$1" "$(curl_client $version ${3-})"
		contains "gnutls, $what" "$2" "$(gnutls_client $version ${3-})"
	done
}

serve() {
	launch "$examples/greeting_server" --listen "tls:127.0.0.1:0:certificate=\
$ca/server.pem:client-certificate=$1:trust=$ca/root.crt"
	server=$pid said=$complaints name=greeting_server
}

greeting='Hello, World'
alert='A TLS fatal alert has been received'
serve wanted
gets "$greeting" "$greeting"
stop
serve required
gets "$greeting" "$greeting" client
gets 'tlsv1 alert unknown ca' "$alert" stranger
none=$(openssl_client 1.2) none13=$(openssl_client 1.3)
contains 'none, 1.2' 'alert handshake failure' "$none"
contains 'none, 1.3' 'alert certificate required' "$none13"
stop

# ---- Their servers ----

# asks EXPECTED VERSION [CERTIFICATE]: for a line that ends in LF alone, as these
# servers do it.
asks() {
	record "$examples/greeting_client_coroutine" --connect "tls:localhost\
:$port:trust=$ca/root.crt:highest=$2${3:+:certificate=$ca/$3.pem}" World
	check "our client, $2, ${3-no certificate}" "$1" "$output$errors"
}

refused='greeting_client_coroutine: the other side refused: '
own="-cert $ca/server.crt -key $ca/server.key -cert_chain $ca/between.crt"
openssl s_server -rev -accept 127.0.0.1:0 $own -CAfile "$ca/root.crt" \
	-Verify 1 -verify_return_error >"$folder/s_server" 2>&1 &
keep $!
wait_for 's_server to listen' grep -qs '^ACCEPT.*:[1-9]' "$folder/s_server"
port=$(sed -n 's/^ACCEPT.*:\([0-9]*\)$/\1/p' "$folder/s_server")
for version in 1.2 1.3; do
	asks dlroW $version client
	asks "${refused}it does not trust who signed our certificate (alert 48)" \
		$version stranger
done
asks "${refused}handshake failure: we have no cipher, group or kind of \
certificate in common (alert 40)" 1.2
asks "${refused}it asks for a certificate, and we have none (alert 116)" 1.3

# It does not say which port it has got.
gnutls-serv --echo --port 0 --x509certfile "$ca/server.pem" \
	--x509keyfile "$ca/server.pem" --x509cafile "$ca/root.crt" \
	--require-client-cert --verify-client-cert >"$folder/gnutls-serv" 2>&1 &
gnutls=$!
keep $gnutls
listens() {
	port=$(ss -Hltnp4 | sed -n "s/.*:\([0-9]*\) .*pid=$gnutls,.*/\1/p")
	[ -n "$port" ]
}
wait_for 'gnutls-serv to listen' listens
for version in 1.2 1.3; do
	asks World $version client
	asks "${refused}access denied (alert 49)" $version stranger
done
asks "${refused}it could not read a message (alert 50)" 1.2
asks "${refused}it asks for a certificate, and we have none (alert 116)" 1.3
