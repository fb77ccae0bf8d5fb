#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A chat that goes from plain text to TLS, with clients that others wrote; with
# those who write into the plain text what is not meant to be there; and with
# somebody who never reads.

. "$(dirname "$0")/lib"
need_tls
need python3 nc gnutls-cli

chat=$examples/starttls_chat

serve() {
	launch "$chat" --listen tcp:127.0.0.1:0 --certificate "$ca/server.pem"
	server=$pid said=$complaints name=starttls_chat
}

serve
enter ada "$chat" --connect "tcp:127.0.0.1:$port" --trust "$ca/root.crt"
enter bob python3 "$peers/starttls.py" client "$port" "$ca"
hears bob TLSv1.3
# gnutls-cli starts TLS when it is told so by a signal.
enter eve gnutls-cli --starttls --x509cafile "$ca/root.crt" \
	--port "$port" localhost
eve=$!
say eve STARTTLS
hears eve OK
kill -ALRM $eve
hears eve 'The certificate is trusted'

wait_for 'ada to be there' is_heard bob ada
wait_for 'eve to be heard' is_heard eve ada
say ada 'Who is there?'
hears bob 'Who is there?'
hears eve 'Who is there?'

check 'plain text' 'STARTTLS is first' \
	"$(echo hello | run nc -N 127.0.0.1 "$port")"
check 'injected plain text' OK "$(run python3 "$peers/starttls.py" inject "$port")"
say ada 'Still here?'
hears bob 'Still here?'
! file_has "$folder/bob" injected || fail 'what was injected is heard'

kill -INT "$server"
join "$server"
check 'how it ended' 0 $?
check 'what it said' "starttls_chat: 9 bytes of plain text came behind what \
was to be followed by TLS" "$(cat "$said")"

serve
run python3 "$peers/starttls.py" slow "$port" "$ca" ||
	fail 'somebody who never reads is not dropped'
stop 'is too slow'

# joins OPTION...: a client of ours, which says nothing.
joins() {
	record "$chat" --connect "tcp:127.0.0.1:$port" --trust "$ca/root.crt" \
		"$@" </dev/null
}

# It answers when the client has ended.
for version in '' 1.2; do
	launch python3 "$peers/starttls.py" server "$ca" 'OK\n' $version
	record "$chat" --connect "tcp:127.0.0.1:$port" --trust "$ca/root.crt" \
		<<-END
		hello
	END
	check "a server by Python $version" "welcome
hello" "$output"
	check "a server by Python $version, errors" '' "$errors"
done

launch python3 "$peers/starttls.py" server "$ca" 'OK\ninjected\n'
joins
check 'an injected answer' "1 starttls_chat: 9 bytes of plain text came behind \
what was to be followed by TLS" "$status $errors"
check 'what of it is printed' '' "$output"

launch python3 "$peers/starttls.py" server "$ca" 'OK\n'
joins --name elsewhere.test
contains 'another name' 'elsewhere.test' "$errors"

launch python3 "$peers/starttls.py" server "$ca" 'No\n'
joins
check 'no TLS' '1 starttls_chat: the server does not start TLS' \
	"$status $errors"
