#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A server of several names: each client gets the certificate of the host it
# asks for, and who asks for one that is not there is told so.

. "$(dirname "$0")/lib"
. "$(dirname "$0")/tls_lib"
need openssl gnutls-cli curl

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
check 'our client, gone.test' "$refused" "$(our_talks gone.test)"

# Capitals, and no name at all.
contains 'LOCALHOST' 'from LOCALHOST!' \
	"$(openssl_talks localhost -servername LOCALHOST)"
contains 'no name' 'from nobody!' "$(openssl_talks localhost -noservername)"

check 'whom it refused' 4 \
	"$(grep -c 'the client is not served by the name "nowhere.test"' "$said")"
contains 'and because of itself' 'gone.pem' "$(cat "$said")"
stop 'is not served by the name'
