#!/bin/sh
# SPDX-License-Identifier: MIT
#
# evert's resolver beside glibc's: "getent ahosts" and "dns_client --addresses"
# find the same addresses, in the same order, for 200 names, with 20 different
# sets of files, in a network of their own. Each set is asked one of thirty
# names; with LONG=1, all.

if [ "${1-}" != inside ]; then
	. "$(dirname "$0")/lib"
	need getent unshare ip mount
	unshare -rmn true 2>/dev/null || {
		echo "no namespaces can be had"
		exit 77
	}
	unshare -rmn sh "$0" inside
	exit
fi

. "$(dirname "$0")/lib"
unset RES_OPTIONS LOCALDOMAIN
export EVERT_RESOLVER=own

ip link set lo up
ip addr add 192.0.2.2/24 dev lo
ip addr add 10.1.2.3/8 dev lo
ip -6 addr add 2001:db8::2/64 dev lo nodad 2>/dev/null
ip -6 addr add fd00::2/64 dev lo nodad 2>/dev/null

# ---- What there is to find ----

zone=$folder/zone
{
	echo '$TTL 0'
	echo '@ SOA ns.test. a.test. 1 1 1 1 0'
	i=0
	while [ $i -lt 40 ]; do
		for domain in one.test. two.test. test.; do
			case $i in
			?0) continue ;;
			?3) [ $domain = one.test. ] && continue ;;
			?6) [ $domain = two.test. ] || continue ;;
			esac
			echo "n$i.$domain A 192.0.2.$((i + 10))"
			echo "n$i.$domain A 198.51.100.$((250 - i))"
			echo "n$i.$domain A 10.9.$i.1"
			echo "n$i.$domain A 127.0.0.$((i + 1))"
			[ $((i % 2)) -eq 0 ] || {
				echo "n$i.$domain AAAA 2001:db8::$i"
				echo "n$i.$domain AAAA fd00::$i"
				echo "n$i.$domain AAAA 2001:db9:$i::1"
				echo "n$i.$domain AAAA 2002:c000:201::$i"
			}
			echo "c$i.$domain CNAME n$i.$domain"
			echo "s$i.$domain AAAA 2001:db8:1:$i::1"
			echo "t$i.$domain TXT nothing"
		done
		i=$((i + 1))
	done
} >"$zone"

names=
i=0
while [ $i -lt 40 ]; do
	names="$names n$i c$i.test s$i.one t$i.two.test. N$i.ONE.test"
	i=$((i + 1))
done
names="$names localhost LOCALHOST h1 h2 h3.test h4 127.1 0x7f.2 ::1 1.2.3.4
	fe80::1%lo a..b nosuch nosuch.test. n1.test. n1. h1."

hosts() {
	echo '127.0.0.1 localhost'
	case $1 in
	*1) echo '::1 localhost ip6-localhost' ;;
	*2) printf '192.0.2.77 h1 h2\n10.0.0.1 h1\n2001:db8::77 h1 # h2\n' ;;
	*3) printf ' 192.0.2.9\tH3.test h4\r\n127.1 h1\nfe80::1%%lo h2\n' ;;
	*4) printf '::ffff:192.0.2.5 h1\n198.51.100.1 h2\n192.0.2.7 h2\n' ;;
	*5) printf '192.0.2.8 n1 n2.test n3.one.test\n# 192.0.2.9 h1\n' ;;
	esac
}

resolv_conf() {
	case $1 in
	0) echo 'search one.test two.test' ;;
	1) echo 'domain one.test' ;;
	2) ;;
	3) printf 'search one.test\noptions ndots:2\n' ;;
	4) printf 'search two.test one.test .\n' ;;
	5) printf 'search test\noptions ndots:0\n' ;;
	6) printf 'search one.test\noptions single-request\n' ;;
	7) printf 'search one.test\noptions no-tld-query\n' ;;
	8) printf 'search one.test two.test\ndomain test\n' ;;
	9) printf 'domain test\nsearch nosuch.test one.test\n' ;;
	10) printf 'search one.test\noptions use-vc\n' ;;
	11) printf 'search one.test\noptions edns0 trust-ad\n' ;;
	12) printf 'search one.test\noptions rotate timeout:1 attempts:1\n' ;;
	13) printf ' search one.test\n;search two.test\n' ;;
	14) printf 'search\tone.test\t two.test\noptions\tndots:3\n' ;;
	15) printf 'search one.test\noptions ndots:99\n' ;;
	16) printf 'search one.test\noptions ndots:1 ndots:0\n' ;;
	17) printf 'search one.test\noptions single-request-reopen\n' ;;
	18) printf 'search one.test\noptions no-aaaa\n' ;;
	19) printf 'search nosuch.test\noptions ndots:2 rotated\n' ;;
	esac
	echo 'nameserver 127.0.0.53'
}

# The table of RFC 6724, which glibc 2.36 has in its older form.
gai_conf() {
	cat <<'END'
label ::1/128 0
label ::/0 1
label ::ffff:0:0/96 4
label 2002::/16 2
label 2001::/32 5
label fc00::/7 13
label ::/96 3
label fec0::/10 11
label 3ffe::/16 12
precedence ::1/128 50
precedence ::/0 40
precedence ::ffff:0:0/96 35
precedence 2002::/16 30
precedence 2001::/32 5
precedence fc00::/7 3
precedence ::/96 1
precedence fec0::/10 1
precedence 3ffe::/16 1
END
}

# ---- Side by side ----

put() {
	cat >"$folder/$1"
	[ -e "/etc/$1" ] || return 0
	mount --bind "$folder/$1" "/etc/$1" || exit 77
}

by_glibc() {
	timeout 20 getent --no-addrconfig ahosts "$1" |
		sed -n 's/ *STREAM.*//p' | tr '\n' ' '
}

by_evert() {
	timeout 20 "$examples/dns_client" --addresses "$1" 2>/dev/null |
		tr -d '[]' | tr '\n' ' '
}

[ -e /etc/gai.conf ] && gai_conf | put gai.conf
echo 'hosts: files dns' | put nsswitch.conf
launch "$examples/dns_server" --host 127.0.0.53 --port 53 --zone "$zone" --origin test.

compared=0
set=0
while [ $set -lt 20 ]; do
	hosts $set | put hosts
	resolv_conf $set | put resolv.conf
	if [ $((set % 2)) -eq 0 ]; then echo 'multi on'; fi | put host.conf
	number=$set
	for name in $names; do
		number=$((number + 1))
		[ "${LONG-}" ] || [ $((number % 30)) -eq 0 ] || continue
		check "set $set, $name" "$(by_glibc "$name")" \
			"$(by_evert "$name")"
		compared=$((compared + 1))
	done
	umount /etc/hosts /etc/resolv.conf /etc/host.conf 2>/dev/null
	set=$((set + 1))
done
echo "$compared lookups agree"
