#!/bin/sh
# SPDX-License-Identifier: MIT
#
# dns_client beside dig, asking each name server there is: the answers are the
# same records, over UDP, truncated, over TCP. What servers do differently is in
# docs/dns.md. A server that is not installed is passed over.

. "$(dirname "$0")/lib"
need dig python3

free_port() {
	python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

client() {
	run timeout 20 "$examples/dns_client" --server "127.0.0.1:$port" "$@"
}

# Sorted, for servers turn sets round; blanks made one, letters small; without
# the time to live, which a cache counts down.
plain() {
	sed 's/[[:blank:]]\{1,\}/ /g; s/^\([^ ]*\) [0-9]* /\1 /' |
		tr 'A-Z' 'a-z' | sort
}

by_dig() {
	dig +noall +answer +tries=2 +time=3 @127.0.0.1 -p "$port" "$@" | plain
}

answers() {
	timeout 5 dig +tries=1 +time=1 @127.0.0.1 -p "$port" example.org SOA |
		grep -q 'status: NOERROR'
}

# ---- What is asked of each ----

zone=$folder/example.zone
cat >"$zone" <<'END'
$ORIGIN example.org.
$TTL 300
@	SOA	ns admin 1 1h 15m 2w 60
@	NS	ns
@	MX	10 mail
@	TXT	"one string" "and another"
ns	A	192.0.2.53
ns	AAAA	2001:db8::53
mail	A	192.0.2.25
www	CNAME	web
web	A	192.0.2.1
web	A	192.0.2.2
_sip._tcp	SRV	10 60 5060 mail
END
# BIND takes no more than a hundred of a set.
i=1
while [ $i -lt 100 ]; do
	echo "many	A	198.51.100.$i"
	i=$((i + 1))
done >>"$zone"

same() {
	expected=$(by_dig "$@")
	[ "$expected" ] || fail "$kind has nothing for $*"
	check "$kind, $*" "$expected" "$(client "$@" | plain)"
	check "$kind, $* over TCP" "$expected" "$(client --tcp "$@" | plain)"
}

refuses() {
	says=$1
	shift
	record timeout 20 "$examples/dns_client" \
		--server "127.0.0.1:$port" "$@"
	check "$kind, $*, status" 1 "$status"
	contains "$kind, $*" "$says" "$errors"
}

ask_all() {
	kind=$1
	wait_for "$kind to answer" answers
	same ns.example.org A
	same ns.example.org AAAA
	same example.org MX
	same example.org TXT
	same example.org SOA
	same example.org NS
	same WWW.example.org CNAME
	same www.Example.ORG A
	same _sip._tcp.example.org SRV
	same many.example.org A
	refuses 'said NXDOMAIN' nosuch.example.org A
	refuses 'said NOERROR, without data' mail.example.org AAAA
	echo "$kind: the same answers"
	asked=yes
	kill "$daemon"
	join "$daemon"
}

have() {
	command -v "$1" >/dev/null || return 1
	port=$(free_port)
	mkdir "$folder/$1"
	# What gives up its rights must still read its files.
	chmod 755 "$folder" "$folder/$1"
}

begin() {
	"$@" >"$folder/says" 2>&1 &
	daemon=$!
	keep "$daemon"
}

# ---- The servers ----

asked=
chmod 644 "$zone"
PATH=$PATH:/usr/sbin

if have nsd; then
	cat >"$folder/nsd/nsd.conf" <<END
server:
	ip-address: 127.0.0.1@$port
	username: ""
	zonesdir: "$folder"
	pidfile: "$folder/nsd/pid"
	database: ""
	xfrdfile: "$folder/nsd/xfrd"
	zonelistfile: "$folder/nsd/zones"
	server-count: 1
remote-control:
	control-enable: no
zone:
	name: "example.org"
	zonefile: "$zone"
END
	begin nsd -d -c "$folder/nsd/nsd.conf"
	ask_all nsd
fi

if have named; then
	cat >"$folder/named/named.conf" <<END
options {
	directory "$folder/named";
	listen-on port $port { 127.0.0.1; };
	listen-on-v6 { none; };
	pid-file none;
	recursion no;
	dnssec-validation no;
};
controls { };
zone "example.org" { type primary; file "$zone"; };
END
	begin named -g -c "$folder/named/named.conf"
	ask_all named
fi

if have knotd; then
	cat >"$folder/knotd/knot.conf" <<END
server:
    listen: 127.0.0.1@$port
    rundir: "$folder/knotd"
database:
    storage: "$folder/knotd"
zone:
  - domain: example.org
    file: "$zone"
    zonefile-sync: -1
END
	begin knotd -c "$folder/knotd/knot.conf"
	ask_all knotd
fi

if have unbound; then
	{
		cat <<END
server:
	interface: 127.0.0.1@$port
	username: ""
	chroot: ""
	pidfile: ""
	use-syslog: no
	do-not-query-localhost: no
	num-threads: 1
remote-control:
	control-enable: no
auth-zone:
	name: "example.org"
	zonefile: "$zone"
	for-upstream: no
	for-downstream: yes
	fallback-enabled: no
END
	} >"$folder/unbound/unbound.conf"
	begin unbound -d -c "$folder/unbound/unbound.conf"
	ask_all unbound
fi

# It only forwards, to a server of ours.
if have dnsmasq; then
	launch "$examples/dns_server" --host 127.0.0.1 --port 0 --zone "$zone"
	upstream=$port
	port=$(free_port)
	begin dnsmasq -d -C /dev/null -p "$port" -a 127.0.0.1 -I lo -z \
		--no-resolv --no-hosts --pid-file --user=root \
		--server="127.0.0.1#$upstream"
	ask_all dnsmasq
fi

[ "$asked" ] || { echo 'no name server is installed'; exit 77; }
