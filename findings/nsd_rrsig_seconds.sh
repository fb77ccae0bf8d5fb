#!/bin/sh
# SPDX-License-Identifier: MIT
#
# NSD 4.6.1 (Debian's nsd 4.6.1-1): the times of an RRSIG record are only taken as
# dates. RFC 4034, section 3.2: each is either YYYYMMDDHHmmSS or an unsigned number
# of seconds since 1970, told apart by their length, 14 digits or at most 10. NSD
# refuses the second form, unless its ten digits can be cut into a date somehow,
# which then wraps round in 32 bits: 1893456000, the start of 2030, is cut as
# 1893-4-5 6:0:00 and becomes a day in May 2029, 2147483648 (in January 2038), cut
# as 2147-4-8 3:6:48, one in 2011, and the zone is loaded with times that nobody
# signed. What holds: write dates.
#
# Seen: 20300101000000 is kept, 1700000000 gives "date and time is expected",
# 1893456000 is read as 20290512122816, 2147483648 as 20110301203832.
#
# Ends with 0 while that is so, else with 1. Needs apt-get, dpkg; installs nothing
# outside a temporary folder.

set -eu
version=4.6.1-1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -qq nsd=$version libssl3 libevent-2.1-7 libfstrm0 \
	libprotobuf-c1 libsystemd0 2>/dev/null
for package in *.deb; do
	dpkg -x "$package" root
done
LD_LIBRARY_PATH=$(dirname "$(find "$PWD/root" -name libssl.so.3)")
export LD_LIBRARY_PATH

for expiration in 20300101000000 1700000000 1893456000 2147483648; do
	cat >zone <<END
example. 60 IN SOA ns.example. h.example. 1 2 3 4 5
example. 60 IN NS ns.elsewhere.
example. 60 IN RRSIG SOA 8 1 60 $expiration 20200101000000 1 example. AAAA
END
	echo "$expiration: $(root/usr/sbin/nsd-checkzone -p example zone 2>&1 |
		sed -n 's/.*RRSIG.SOA 8 1 60 \([0-9]*\) .*/\1/p
			s/.*\(date and time is expected\).*/\1/p')"
done >seen
cat >expected <<'END'
20300101000000: 20300101000000
1700000000: date and time is expected
1893456000: 20290512122816
2147483648: 20110301203832
END
echo "NSD $version:"
cat seen
diff expected seen && echo "as it was: seconds are no time, or another one"
