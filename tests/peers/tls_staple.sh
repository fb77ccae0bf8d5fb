#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What is said of a certificate now (OCSP), stapled to it: our server hands it to
# openssl, GnuTLS and curl, and our client requires it of their servers.

. "$(dirname "$0")/lib"
. "$(dirname "$0")/tls_lib"
need openssl gnutls-cli gnutls-serv curl ss

# says NAME LINE: a response, NAME.der, of who signed the server's certificate.
serial=$(openssl x509 -in "$ca/server.crt" -noout -serial)
says() {
	printf '%b\t%s\tunknown\t/CN=server.evert.test\n' "$2" \
		"${serial#serial=}" >"$folder/index"
	run openssl ocsp -index "$folder/index" -CA "$ca/between.crt" \
		-rsigner "$ca/between.crt" -rkey "$ca/between.key" \
		-issuer "$ca/between.crt" -cert "$ca/server.crt" -ndays 7 \
		-respout "$folder/$1.der" >"$folder/ocsp" 2>&1 ||
		fail "no response: $(cat "$folder/ocsp")"
}

says good 'V\t990101000000Z\t'
says revoked 'R\t990101000000Z\t240102030405Z,keyCompromise'

# ---- Our server ----

openssl_sees() {
	run openssl s_client -connect "127.0.0.1:$port" -status \
		-CAfile "$ca/root.crt" </dev/null 2>/dev/null |
		sed -n 's/^ *\(Cert Status:\|OCSP response:\)/\1/p'
}

gnutls_sees() {
	run gnutls-cli --port "$port" --x509cafile "$ca/root.crt" localhost \
		</dev/null 2>&1 | grep '^- Status:'
}

curl_sees() {
	curl_talks localhost --cert-status
}

serve
contains 'openssl, none' 'no response sent' "$(openssl_sees)"
contains 'gnutls, none' 'is trusted' "$(gnutls_sees)"
contains 'curl, none' 'No OCSP response received' "$(curl_sees)"
stop

serve ":staple=$folder/good.der"
contains 'openssl, a good one' 'Cert Status: good' "$(openssl_sees)"
contains 'gnutls, a good one' 'is trusted' "$(gnutls_sees)"
contains 'curl, a good one' 'Hello, World' "$(curl_sees)"
stop

# The server is none the wiser.
serve ":staple=$folder/revoked.der"
contains 'openssl, revoked' 'Cert Status: revoked' "$(openssl_sees)"
contains 'gnutls, revoked' 'revoked' "$(gnutls_sees)"
contains 'curl, revoked' 'keyCompromise' "$(curl_sees)"
stop

# ---- Their servers ----

failed='greeting_client_coroutine: the certificate of "localhost"'
required=:require-staple=yes
openssl_serves -rev
asks "$failed has no staple (OCSP), which is required" $required
asks dlroW
openssl_serves -rev -status_file "$folder/good.der"
asks dlroW $required
openssl_serves -rev -status_file "$folder/revoked.der"
asks "$failed was revoked on 2024-01-02 03:04:05 UTC (keyCompromise)" $required
gnutls_serves --ocsp-response "$folder/good.der"
asks World $required
gnutls_serves --ocsp-response "$folder/revoked.der" \
	--ignore-ocsp-response-errors
asks "$failed was revoked on 2024-01-02 03:04:05 UTC (keyCompromise)" $required
