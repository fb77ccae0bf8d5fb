#!/bin/sh
# SPDX-License-Identifier: MIT
#
# nginx between greeting clients and a greeting server: as a TLS client of ours,
# with a certificate of its own, and as a TLS server in front of ours.

. "$(dirname "$0")/lib"
need_tls
need nginx nc python3
modules=/usr/lib/nginx/modules
if [ ! -e $modules/ngx_stream_module.so ]; then
	echo "nginx's stream module is not installed"
	exit 77
fi

launch "$examples/greeting_server" --listen tcp:127.0.0.1:0
plain=$port
launch "$examples/greeting_server" --listen "tls:127.0.0.1:0:certificate=\
$ca/server.pem:client-certificate=required:trust=$ca/root.crt"
secure=$port server=$pid said=$complaints name=greeting_server

# It goes away when it has greeted three times.
launch python3 "$peers/server.py" greet 3
short=$port

own_address
ssl="ssl_certificate $ca/server.pem; ssl_certificate_key $ca/server.pem;"
start_nginx "load_module $modules/ngx_stream_module.so;
stream {
	log_format tls '\$ssl_protocol \$ssl_server_name';
	log_format resumed '\$ssl_protocol \$ssl_session_reused';
	proxy_ssl_server_name on;
	proxy_ssl_verify on;
	proxy_ssl_verify_depth 2;
	proxy_ssl_trusted_certificate $ca/root.crt;
	proxy_ssl_name localhost;
	proxy_ssl_certificate $ca/client.pem;
	proxy_ssl_certificate_key $ca/client.pem;
	server {
		listen $host:$port;
		proxy_ssl on;
		proxy_ssl_protocols TLSv1.2;
		proxy_pass 127.0.0.1:$secure;
	}
	server {
		listen $host:8081;
		proxy_ssl on;
		proxy_ssl_protocols TLSv1.3;
		proxy_pass 127.0.0.1:$secure;
	}
	server {
		listen $host:8082 ssl;
		$ssl
		ssl_protocols TLSv1.2;
		access_log $folder/access tls;
		proxy_pass 127.0.0.1:$plain;
	}
	server {
		listen $host:8083 ssl;
		$ssl
		ssl_protocols TLSv1.3;
		access_log $folder/access tls;
		proxy_pass 127.0.0.1:$plain;
	}
	server {
		listen $host:8085 ssl;
		$ssl
		ssl_protocols TLSv1.2;
		access_log $folder/resumed resumed;
		proxy_pass 127.0.0.1:$short;
	}
	server {
		listen $host:8086 ssl;
		$ssl
		ssl_protocols TLSv1.3;
		access_log $folder/resumed resumed;
		proxy_pass 127.0.0.1:$short;
	}
	server {
		listen $host:8084;
		proxy_ssl on;
		proxy_ssl_name elsewhere.test;
		proxy_pass 127.0.0.1:$secure;
	}
}"

# greets ENDPOINT NAME...
greets() {
	endpoint=$1
	shift
	for client in blocking deferred coroutine; do
		record "$examples/greeting_client_$client" \
			--connect "$endpoint" "$@"
		check "$client client at $endpoint ($errors)" \
			"$(greetings "$@" | tr -d '\r')" "$output"
	done
}

for port in 8080 8081; do
	greets "tcp:$host:$port" World Ada
done
for port in 8082 8083; do
	greets "tls:$host:$port:name=localhost:trust=$ca/root.crt" World Ada
done
# nginx_saw LINES FILE
nginx_saw() {
	[ "$(sort "$2")" = "$1" ]
}
wait_for 'nginx to tell of both versions' \
	nginx_saw "$(printf 'TLSv1.%s localhost\n' 2 2 2 3 3 3)" \
	"$folder/access"
# One connection after the other, of one client: all but the first one resume.
for port in 8085 8086; do
	SSL_CERT_FILE=$ca/root.crt record "$examples/pool_client" --size 1 \
		--connect "tls:$host:$port:name=localhost"
	check "ten tasks ($errors)" 10 "$(echo "$output" | grep -c Hello)"
done
wait_for 'nginx to tell of resumed sessions' nginx_saw "$(
	printf 'TLSv1.%s\n' '2 .' '2 r' '2 r' '2 r' '3 .' '3 r' '3 r' '3 r')" \
	"$folder/resumed"
seq 20000 | sed 's/.*/a name of some length, the &th\r/' >"$folder/names"
sed 's/\(.*\)\r/Hello, \1!\r/' "$folder/names" >"$folder/greetings"
# nginx passes no end on: who has sent all has to wait for the answers.
for port in 8080 8081; do
	nc "$host" "$port" <"$folder/names" >"$folder/got" &
	keep $!
	wait_for "20,000 greetings by $port" \
		cmp -s "$folder/greetings" "$folder/got"
done
check 'another name' '' "$(run nc -N "$host" 8084 <"$folder/names")"
contains 'nginx of another name' \
	'upstream SSL certificate does not match "elsewhere.test"' \
	"$(cat "$folder/nginx.log")"
stop
