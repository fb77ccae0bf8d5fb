#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Certificates of clients, wanted and required, good, bad and not there: our
# server with openssl, GnuTLS and curl, and our clients with their servers.

. "$(dirname "$0")/lib"
. "$(dirname "$0")/tls_lib"
need openssl gnutls-cli gnutls-serv curl ss

# ---- Their clients ----

# gets OPENSSL GNUTLS [CERTIFICATE]: each of them, in both versions.
gets() {
	for version in 1.2 1.3; do
		what="$version, ${3-no certificate}"
		contains "openssl, $what" "$1" "$(openssl_talks localhost \
			-tls1_${version#1.} ${3:+-cert "$ca/$3.pem"})"
		contains "curl, $what" "$1" "$(curl_talks localhost \
			--tlsv$version --tls-max $version \
			${3:+--cert "$ca/$3.pem"})"
		contains "gnutls, $what" "$2" "$(gnutls_talks localhost \
			--priority NORMAL:-VERS-ALL:+VERS-TLS$version \
			${3:+--x509certfile "$ca/$3.pem"} \
			${3:+--x509keyfile "$ca/$3.pem"})"
	done
}

greeting='Hello, World'
alert='A TLS fatal alert has been received'
serve ":trust=$ca/root.crt:client-certificate=wanted"
gets "$greeting" "$greeting"
stop
serve ":trust=$ca/root.crt:client-certificate=required"
gets "$greeting" "$greeting" client
gets 'tlsv1 alert unknown ca' "$alert" stranger
contains 'none, 1.2' 'alert handshake failure' \
	"$(openssl_talks localhost -tls1_2)"
contains 'none, 1.3' 'alert certificate required' \
	"$(openssl_talks localhost -tls1_3)"
stop

# ---- Their servers ----

# refuses VERSION MESSAGE [CERTIFICATE]
refuses() {
	asks "greeting_client_coroutine: the other side refused: $2" \
		":highest=$1${3:+:certificate=$ca/$3.pem}"
}

openssl_serves -rev -CAfile "$ca/root.crt" -Verify 1 -verify_return_error
for version in 1.2 1.3; do
	asks dlroW ":highest=$version:certificate=$ca/client.pem"
	refuses $version \
		'it does not trust who signed our certificate (alert 48)' \
		stranger
done
refuses 1.2 'handshake failure: no cipher, group or kind of certificate in '\
'common, or it wants a certificate (alert 40)'
refuses 1.3 'it asks for a certificate, and we have none (alert 116)'

gnutls_serves --x509cafile "$ca/root.crt" --require-client-cert \
	--verify-client-cert
for version in 1.2 1.3; do
	asks World ":highest=$version:certificate=$ca/client.pem"
	refuses $version 'access denied (alert 49)' stranger
done
refuses 1.2 'it could not read a message (alert 50)'
refuses 1.3 'it asks for a certificate, and we have none (alert 116)'
