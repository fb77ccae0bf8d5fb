#!/bin/sh
# SPDX-License-Identifier: MIT
#
# ldns 1.8.3 and NSD 4.6.1 (Debian's ldnsutils and libldns3 1.8.3-1+b1, nsd
# 4.6.1-1): "keyN" with the number of a key that has a name is read as if the name
# stood there. RFC 9460, section 2.1: what follows "keyN=" is, decoded, the wire
# form as it is, so key1=\002h2 is alpn=h2, and key3="\000\053" is port=53. Both
# take \002h2 for a protocol of three bytes, without a word, and look for digits
# in the port: ldns makes it port 0, NSD refuses it. So the generic form, meant for
# keys which a program does not know yet, changes its meaning on the day when the
# program learns the key. (A key without a name is right in both.)
#
# Seen: ldns alpn=\002h2, port=0; NSD alpn="\002h2", "Could not parse port".
#
# Ends with 0 while that is so, else with 1. Needs apt-get, dpkg; installs nothing
# outside a temporary folder.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -qq ldnsutils=1.8.3-1+b1 libldns3=1.8.3-1+b1 nsd=4.6.1-1 \
	libssl3 libevent-2.1-7 libfstrm0 libprotobuf-c1 libsystemd0 2>/dev/null
for package in *.deb; do
	dpkg -x "$package" root
done
LD_LIBRARY_PATH=$(dirname "$(find "$PWD/root" -name libldns.so.3)")
export LD_LIBRARY_PATH

# try NAME SVCPARAM: how each of the two reads it.
try() {
	{
		echo 'example. 60 IN SOA ns.example. h.example. 1 2 3 4 5'
		echo 'example. 60 IN NS ns.elsewhere.'
		printf '%s\n' "a.example. 60 IN SVCB 1 . $2"
	} >zone
	printf '%s\n' "ldns, $1: $(root/usr/bin/ldns-read-zone zone |
		sed -n 's/.*SVCB.1 . //p')"
	printf '%s\n' "NSD, $1: $(root/usr/sbin/nsd-checkzone -p example zone 2>&1 |
		sed -n 's/.*SVCB.1 . //p; s/.*\(Could not parse port\).*/\1/p')"
}
{
	try key1 'key1=\002h2'
	try key3 'key3="\000\053"'
	try key667 'key667=\002h2'
} >seen
cat >expected <<'END'
ldns, key1: alpn=\002h2
NSD, key1: alpn="\002h2"
ldns, key3: port=0
NSD, key3: Could not parse port
ldns, key667: key667=\002h2
NSD, key667: key667="\002h2"
END
cat seen
diff expected seen && echo "as it was: the number is read as the name"
