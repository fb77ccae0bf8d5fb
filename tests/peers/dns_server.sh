#!/bin/sh
# SPDX-License-Identifier: MIT
#
# dns_server as dig and nslookup see it: every type of record, what does not
# fit into a datagram, EDNS, what is no question, questions over one stream.

. "$(dirname "$0")/lib"
need dig nslookup python3

zone=$(dirname "$0")/dns_server.zone
start dns_server --host 127.0.0.1 --zone "$zone"

# dig, and of what it prints only the answer, its blanks made one.
ask() {
	run dig +noall +answer +tries=1 +time=5 @127.0.0.1 -p "$port" "$@" |
		sed 's/[[:blank:]]\{1,\}/ /g'
}

# "STATUS FLAGS": how it was answered.
how() {
	run dig +noall +comments +tries=1 +time=5 @127.0.0.1 -p "$port" "$@" |
		sed -n 's/.*status: \([A-Z]*\),.*/\1/p
			s/^;; flags: \([a-z ]*\);.*/\1/p' | tr '\n' ' '
}

# ---- Every type ----

answers() {
	name=$1
	type=$2
	shift 2
	check "$type of $name" "$name 300 IN $type $*" \
		"$(ask "$name" "$type")"
}

answers ns.example.org. A 192.0.2.53
answers ns.example.org. AAAA 2001:db8::53
answers example.org. NS ns.example.org.
answers example.org. MX 10 mail.example.org.
answers example.org. TXT '"one string" "and \"another\""'
answers example.org. SOA \
	ns.example.org. admin.example.org. 2026112801 3600 900 1209600 60
answers example.org. CAA 0 issue '"ca.example.net"'
answers web.example.org. HTTPS '1 . alpn="h2,h3" port=8443'
answers _sip._tcp.example.org. SRV 10 60 5060 mail.example.org.
answers enum.example.org. NAPTR \
	'100 10 "u" "E2U+sip" "!^.*$!sip:info@example.org!" .'
answers 4.3.2.1.e164.example.org. PTR www.example.org.
answers sec.example.org. DS 12345 8 2 \
	0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF01234567 89ABCDEF
answers key.example.org. DNSKEY 257 3 8 AwEAAQ==
answers _443._tcp.example.org. TLSA 3 1 1 \
	0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF01234567 89ABCDEF
answers odd.example.org. TYPE65280 '\# 4 01020304'
check 'an alias' 'www.example.org. 300 IN CNAME web.example.org.
web.example.org. 300 IN A 192.0.2.1' "$(ask www.example.org)"
answers any.thing.wild.example.org. A 192.0.2.99

label=$(printf %063d 0 | tr 0 a)
long=$label.$label.$label.$(printf %047d 0 | tr 0 a).example.org.
answers "$long" A 192.0.2.255

contains 'nslookup' 'Address: 192.0.2.1' \
	"$(run nslookup "-port=$port" www.example.org 127.0.0.1)"
contains 'nslookup of nothing' 'NXDOMAIN' \
	"$(run nslookup "-port=$port" nix.example.org 127.0.0.1)"

# ---- How ----

check 'a name there is not' 'NXDOMAIN qr aa rd ' "$(how nix.example.org)"
check 'a type there is not' 'NOERROR qr aa rd ' "$(how ns.example.org MX)"
check 'of another zone' 'REFUSED qr rd ' "$(how www.example.net)"
check 'ANY: one set' 1 "$(ask example.org ANY | sed 's/.* IN \([A-Z]*\) .*/\1/' |
	sort -u | wc -l)"
check 'class CH' 'REFUSED qr rd ' "$(how version.bind TXT CH)"
check 'a zone asked for' 1 \
	"$(ask example.org AXFR | grep -c 'Transfer failed')"
check 'opcode 4' 'NOTIMP qr rd ' "$(how +opcode=notify example.org SOA)"
check 'opcode 2' 'NOTIMP qr rd ' "$(how +opcode=status example.org SOA)"
check 'opcode 15' 'NOTIMP qr rd ' "$(how +opcode=15 example.org SOA)"

# ---- Sizes and EDNS ----

check 'truncated without EDNS' 'NOERROR qr aa tc rd ' \
	"$(how +noedns +ignore many.example.org)"
check 'truncated with 512' 'NOERROR qr aa tc rd ' \
	"$(how +bufsize=512 +ignore many.example.org)"
check 'again over TCP' 120 "$(ask +noedns many.example.org | wc -l)"
check 'with 65535' 'NOERROR qr aa tc rd ' \
	"$(how +bufsize=65535 +ignore many.example.org)"
check 'EDNS version 1' 'BADVERS qr rd ' \
	"$(how +edns=1 +noednsnegotiation example.org)"
check 'EDNS options that nobody knows' 'NOERROR qr aa rd ' \
	"$(how +ednsopt=65001:00112233 ns.example.org)"
contains 'the size it takes' 'udp: 1232' \
	"$(run dig +noall +comments @127.0.0.1 -p "$port" example.org)"

# ---- What dig does not do ----

run python3 - "$port" <<'END' || fail 'streams and scraps'
import socket, struct, sys, time
port = int(sys.argv[1])

def question(id, name, type=1):
    labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split("."))
    return struct.pack(">6H", id, 0x100, 1, 0, 0, 0) + labels + b"\0" + \
        struct.pack(">2H", type, 1)

def framed(message):
    return struct.pack(">H", len(message)) + message

def read(stream):
    size = stream.read(2)
    return stream.read(struct.unpack(">H", size)[0]) if len(size) == 2 else b""

# Two questions in one write, and one in single bytes.
s = socket.create_connection(("127.0.0.1", port), 10)
s.sendall(framed(question(1, "ns.example.org")) +
          framed(question(2, "mail.example.org")))
stream = s.makefile("rb")
ids = sorted(struct.unpack(">H", read(stream)[:2])[0] for _ in "12")
assert ids == [1, 2], ids
for byte in framed(question(3, "web.example.org")):
    s.sendall(bytes([byte]))
assert read(stream)[:2] == b"\0\3"
# Asked, and ended: answered first.
s.sendall(framed(question(4, "many.example.org")))
s.shutdown(socket.SHUT_WR)
answer = read(stream)
assert answer[:2] == b"\0\4" and struct.unpack(">H", answer[6:8])[0] == 120
assert read(stream) == b""

# Garbage over UDP is FORMERR, or nothing; the server lives on.
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.settimeout(10)
u.connect(("127.0.0.1", port))
for size in list(range(0, 40)) + [512, 1500, 20000]:
    u.send(b"\x2a" * size)
u.send(b"\x00\x07\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01")
u.send(question(9, "ns.example.org"))
seen = []
while not seen or seen[-1][:2] != b"\0\x09":
    seen.append(u.recv(65535))
assert any(m[:2] == b"\0\7" and m[3] & 15 == 1 for m in seen)
assert all(m[2] & 0x80 for m in seen)
END

check 'all the same' 'ns.example.org. 300 IN A 192.0.2.53' \
	"$(ask ns.example.org)"
stop '127.0.0.1:[0-9]* asks for '

# ---- Without a zone; wrong ones ----

start dns_server
check 'the table' 'www.example.org. 60 IN A 192.0.2.1' "$(ask www.example.org)"
check 'the table, over TCP' 'www.example.org. 60 IN AAAA 2001:db8::1' \
	"$(ask +tcp www.example.org AAAA)"
stop '127.0.0.1:[0-9]* asks for '

# By endpoints: of each kind, where it is asked for.
endpoints() {
	said=$folder/said
	: >"$folder/where"	# the former server's is not to be read
	hearing "$examples/dns_server" "$@" >"$folder/where" 2>"$said" &
	server=$!
	keep "$server"
	wait_for 'dns_server to listen' file_has "$folder/where" 'listening on'
	port=$(sed -n 's/.*:\([0-9]*\)$/\1/p' "$folder/where")
}

endpoints --listen tcp:127.0.0.1:0
check 'streams alone' 'www.example.org. 60 IN A 192.0.2.1' \
	"$(ask +tcp www.example.org)"
check 'and no datagrams' '' "$(ask +notcp +time=1 www.example.org |
	grep -v '^;')"
stop '127.0.0.1:[0-9]* asks for '

endpoints --listen-datagram udp:127.0.0.1:0
check 'datagrams alone' 'www.example.org. 60 IN A 192.0.2.1' \
	"$(ask www.example.org)"
stop '127.0.0.1:[0-9]* asks for '

printf 'a 5 A 192.0.2.1\nb 5 A 192.0.2\n' >"$folder/zone"
record "$examples/dns_server" --port 0 --zone "$folder/zone"
check 'a wrong zone, status' 1 "$status"
contains 'a wrong zone' "$folder/zone:2:" "$errors"
