#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Net::DNS 1.36 (Debian's libnet-dns-perl 1.36-1+deb12u1): of a LOC record at the
# lowest altitude there is, 100000 m below the reference spheroid, the text says
# 0 m. RFC 1876, section 2: the altitude counts centimetres from that depth, so it
# is 0 on the wire, and this 0 is taken for "not given". Text to wire is right, and
# one centimetre higher all is right, so only the printed record lies: written
# into a zone and loaded, it has risen by 100 km.
#
# Seen: -100000m is 00000000 on the wire and 0m as text; -99999.99m is 00000001 and
# -99999.99m; 0m is 00989680 and 0m.
#
# Ends with 0 while that is so, else with 1. Needs apt-get, dpkg, perl; installs
# nothing outside a temporary folder.

set -eu
version=1.36-1+deb12u1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -qq libnet-dns-perl=$version 2>/dev/null
for package in *.deb; do
	dpkg -x "$package" root
done

cat >depth.pl <<'END'
use Net::DNS;
for my $altitude ('-100000m', '-99999.99m', '0m') {
	my $record = Net::DNS::RR->new("a. LOC 0 0 0 N 0 0 0 E $altitude");
	my ($text) = $record->plain =~ / E (\S+)/;
	print "$altitude: ", unpack('x12 H8', $record->rdata), " $text\n";
}
END
perl -Iroot/usr/share/perl5 depth.pl >seen
cat >expected <<'END'
-100000m: 00000000 0m
-99999.99m: 00000001 -99999.99m
0m: 00989680 0m
END
echo "Net::DNS $version:"
cat seen
diff expected seen && echo "as it was: the lowest altitude is printed as 0 m"
