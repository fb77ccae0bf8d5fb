#!/bin/sh
# SPDX-License-Identifier: MIT
#
# ldns 1.8.3 (Debian's ldnsutils and libldns3 1.8.3-1+b1): a comma that is
# escaped in the list of "alpn" parts the list all the same. RFC 9460, appendix
# A.1: the value is first decoded as a character-string, and in what comes out
# "\," is a comma within an item, "\\" a backslash. So its test vector
# alpn="f\\\\oo\\,bar,h2" (appendix D.2) names two protocols, "f\oo,bar" and "h2".
# ldns makes three of it, "f\\oo\", "bar" and "h2". Printed, these give the text
# that was read, so a comparison of texts does not find it: the wire form does.
#
# Seen, in the wire form: 000e 06 665c5c6f6f5c 03 626172 02 6832,
# where the RFC has       000c 08 665c6f6f2c626172       02 6832.
#
# Ends with 0 while that is so, else with 1. Needs apt-get, dpkg; installs nothing
# outside a temporary folder.

set -eu
version=1.8.3-1+b1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -qq ldnsutils=$version libldns3=$version libssl3 2>/dev/null
for package in *.deb; do
	dpkg -x "$package" root
done
LD_LIBRARY_PATH=$(dirname "$(find "$PWD/root" -name libldns.so.3)")
export LD_LIBRARY_PATH

cat >zone <<'END'
example.com. 60 IN SVCB 16 foo.example.org. alpn="f\\\\oo\\,bar,h2"
END
{
	root/usr/bin/ldns-read-zone zone | cut -f5
	root/usr/bin/ldns-read-zone -u SVCB zone | cut -f5 | sed 's/.*000001/0001 /'
} >seen
cat >expected <<'END'
16 foo.example.org. alpn=f\\\\oo\\,bar,h2
0001 000e06665c5c6f6f5c03626172026832
END
echo "ldns $version:"
cat seen
diff expected seen && echo "as it was: the escaped comma parts the list"
