#!/bin/sh
# SPDX-License-Identifier: MIT
#
# ldns 1.8.3 (Debian's ldnsutils and libldns3 1.8.3-1+b1): in a LOC record whose
# longitude leaves out its minutes or seconds, those of the latitude get into it.
# RFC 1876, section 3: omitted minutes and seconds are zero, so "52 14 N 4 E 10"
# lies 4 degrees east. ldns puts it a quarter of a degree, some 16 km, off, and
# where seconds stand in the latitude alone, off by more than a degree. No word
# is said. Written out in full ("4 0 0 E") it is right.
#
# Seen: 4 E after 52 14 N is 04 14 0.000 E, after 52 14 5 N 05 37 20.000 E,
# after 52 N 04 00 0.000 E.
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
a.example. 60 IN LOC 52 14 N 4 E 10m
b.example. 60 IN LOC 52 14 5 N 4 E 10m
c.example. 60 IN LOC 52 N 4 E 10m
d.example. 60 IN LOC 52 14 5 N 4 0 0 E 10m
END
root/usr/bin/ldns-read-zone zone | cut -f1,5 >seen
cat >expected <<'END'
a.example.	52 14 0.000 N 04 14 0.000 E 10m 1m 10000m 10m
b.example.	52 14 5.000 N 05 37 20.000 E 10m 1m 10000m 10m
c.example.	52 00 0.000 N 04 00 0.000 E 10m 1m 10000m 10m
d.example.	52 14 5.000 N 04 00 0.000 E 10m 1m 10000m 10m
END
echo "ldns $version:"
cat seen
diff expected seen && echo "as it was: the longitude inherits of the latitude"
