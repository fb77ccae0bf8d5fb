#!/bin/sh
# SPDX-License-Identifier: MIT
#
# fetch_with_timeout --https, against HTTPS servers that others wrote, good ones
# and such as are not who they should be.

. "$(dirname "$0")/lib"
need_tls
need python3 nc

mkdir "$folder/site"
seq 200000 >"$folder/site/numbers"
: >"$folder/site/empty"

# fetches SERVER [HOST]: what it serves arrives whole.
fetches() {
	for page in numbers empty; do
		run "$examples/fetch_with_timeout" --https \
			--trust "$ca/root.crt" --path "/$page" \
			"${2-localhost}" "$port" >"$folder/got" ||
			fail "$1: no $page"
		cmp "$folder/site/$page" "$folder/got" || fail "$1: $page"
	done
}

# refuses CERTIFICATE MESSAGE: a site that has it.
refuses() {
	launch python3 "$peers/server.py" site "$folder/site" "$ca/$1.pem"
	record "$examples/fetch_with_timeout" --https --trust "$ca/root.crt" \
		--path /numbers localhost "$port"
	check "$1, status" 1 "$status"
	check "$1, message" "fetch_with_timeout: $2" "$errors"
	check "$1, output" '' "$output"
	# It got no request, which it would tell of.
	! file_has "$complaints" GET || fail "$1: it got a request"
}

launch python3 "$peers/server.py" site "$folder/site" "$ca/server.pem"
fetches 'http.server of python3'
fetches 'http.server of python3' 127.0.0.1

kill "$pid"

of='the certificate of "localhost"'
refuses expired "$of expired on 2021-01-01 00:00:00 UTC"
refuses future "$of is not valid before 2099-01-01 00:00:00 UTC"
refuses self-signed \
	"$of is signed by itself, and is not among those that are trusted"
unknown='which is not trusted, and the other side sent no certificate of it
that leads to a trusted root'
unknown=$(echo $unknown)
refuses stranger "$of is signed by \"CN=other-root.evert.test\", $unknown"
refuses elsewhere \
	'the certificate is not for "localhost", but for "elsewhere.test"'
refuses nameless 'the certificate is not for "localhost", but for no name at all'

# fails MESSAGE [OPTION...]
fails() {
	message=$1
	shift
	record "$examples/fetch_with_timeout" --trust "$ca/root.crt" "$@" \
		localhost "$port"
	check 'the message' "1 fetch_with_timeout: $message" "$status $errors"
}

# Of a certificate that only the tests know, the system's roots know nothing.
launch python3 "$peers/server.py" site "$folder/site" "$ca/server.pem"
record "$examples/fetch_with_timeout" --https localhost "$port"
contains "the system's roots" '"CN=root.evert.test", which is not trusted' \
	"$errors"

launch python3 "$peers/server.py" site "$folder/site"
fails 'plain text came where TLS was meant (wrong version number)' --https
launch python3 "$peers/server.py" silent
fails 'timed out after 0.2 seconds' --https --connect-timeout 0.2
answer='HTTP/1.0 200 OK\r\n\r\nHello'
launch python3 "$peers/server.py" truncate "$ca/server.pem" "$answer"
fails "the connection ended without the end of TLS (close_notify): what came \
may be cut short" --https
check 'what came before' Hello "$output"

if command -v nginx >/dev/null; then
	nginx_site "$folder/site" ssl "ssl_certificate $ca/server.pem;
		ssl_certificate_key $ca/server.pem;
		ssl_protocols TLSv1.2;"
	# Its certificate is not for that address.
	launch "$examples/port_forward" --connect "tcp:$host:$port" \
		--listen tcp:127.0.0.1:0
	fetches nginx
fi
