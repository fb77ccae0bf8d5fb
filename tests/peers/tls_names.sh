#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A server of several names: each client gets the certificate of the host it
# asks for, and who asks for one that is not there is told so.

. "$(dirname "$0")/lib"
. "$(dirname "$0")/tls_lib"
need openssl gnutls-cli curl nc

# A file is read when somebody asks for it: the last one is not there.
launch "$examples/virtual_hosts" --listen tls:127.0.0.1:0:context=hosts \
	"localhost=$ca/server.pem" "elsewhere.test=$ca/elsewhere.pem" \
	"www.wild.test=$ca/server.pem" "gone.test=$folder/gone.pem"
server=$pid said=$complaints name=virtual_hosts

our_talks() {
	run "$examples/greeting_client_coroutine" --connect \
		"tls:127.0.0.1:$port:name=$1:trust=$ca/root.crt" World 2>&1
}

for wanted in localhost elsewhere.test www.wild.test; do
	contains "openssl, $wanted" "from $wanted!" \
		"$(openssl_talks $wanted -servername $wanted)"
	for client in gnutls curl our; do
		contains "$client, $wanted" "from $wanted!" \
			"$(${client}_talks $wanted)"
	done
done

contains 'openssl, nowhere.test' 'unrecognized name' \
	"$(openssl_talks nowhere.test -servername nowhere.test)"
contains 'gnutls, nowhere.test' 'fatal alert' "$(gnutls_talks nowhere.test)"
contains 'curl, nowhere.test' 'unrecognized name' "$(curl_talks nowhere.test)"
refused='greeting_client_coroutine: the other side refused: it does not serve
the name we asked for (alert 112)'
refused=$(echo $refused)
check 'our client, nowhere.test' "$refused" "$(our_talks nowhere.test)"
contains 'our client, gone.test' 'it has an internal error (alert 80)' \
	"$(our_talks gone.test)"

# Capitals, and no name at all.
contains 'LOCALHOST' 'from LOCALHOST!' \
	"$(openssl_talks localhost -servername LOCALHOST)"
contains 'no name' 'from nobody!' "$(openssl_talks localhost -noservername)"

check 'whom it refused' 4 \
	"$(grep -c 'the client is not served by the name "nowhere.test"' "$said")"
contains 'and because of itself' 'gone.pem' "$(cat "$said")"

# ---- What a server is told of those who never come in ----

tells() {
	wait_for "the server to tell: $1" grep -q ": $1\$" "$said"
}

echo World | run nc -N 127.0.0.1 "$port" >"$folder/got"
tells 'plain text came where TLS was meant (wrong version number)'
run curl --silent "http://127.0.0.1:$port/" >"$folder/got"
tells 'plain text came where TLS was meant (http request)'
check 'the answer to plain text' '' "$(cat "$folder/got")"
run openssl s_client -connect "127.0.0.1:$port" -servername localhost \
	-CAfile "$ca/other-root.crt" -verify_return_error </dev/null \
	>"$folder/got" 2>&1
tells 'the other side refused: it does not trust who signed our certificate .*'
run openssl s_client -connect "127.0.0.1:$port" -servername localhost \
	-tls1_2 -cipher AES128-SHA </dev/null >"$folder/got" 2>&1
tells 'TLS failed: no shared cipher'
stop 'is not served\|could not be found out\|plain text\|refused\|no shared cipher'
