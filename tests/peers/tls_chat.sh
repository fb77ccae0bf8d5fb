#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The chat, a server of coroutines, over TLS: with our own client, GnuTLS and
# openssl, and one that goes without the end of TLS.

. "$(dirname "$0")/lib"
. "$(dirname "$0")/tls_lib"
need gnutls-cli openssl

launch "$examples/chat_server" --listen \
	"tls:127.0.0.1:0:certificate=$ca/server.pem"
server=$pid said=$complaints name=chat_server
ours="tls:localhost:$port:trust=$ca/root.crt"

enter eve gnutls-cli --port "$port" --x509cafile "$ca/root.crt" localhost
eve=$!
hears eve 'Simple Client Mode'
enter ada "$examples/stdio_chat" --connect "$ours"
# Who of them came first is not known: GnuTLS writes the end of its handshake
# in two pieces, and TCP may hold the second one back.
wait_for 'ada to be heard' is_heard ada eve
say ada 'Who is there?'
hears eve 'Who is there?'
say eve "It's me."
hears ada "It's me."

enter bob openssl s_client -quiet -connect "127.0.0.1:$port" \
	-CAfile "$ca/root.crt"
wait_for 'bob to be heard' is_heard bob ada
say bob 'And me.'
hears ada 'And me.'
hears eve 'And me.'

kill -KILL $eve
join $eve 2>/dev/null
hears ada left

# It has nothing to say, and sends its end.
record "$examples/stdio_chat" --connect "$ours" </dev/null
check 'who says nothing' '0 ' "$status $errors"
# With two of them connected.
stop
