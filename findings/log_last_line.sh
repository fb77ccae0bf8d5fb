#!/bin/sh
# SPDX-License-Identifier: MIT
#
# s6 2.11.3.2 and runit 2.1.2 (Debian's s6 2.11.3.2-1, runit 2.1.2-54): when the
# standard input ends, s6-log and svlogd throw a last line away that has no newline,
# and end with 0. svlogd's manual says that it processes what is in the buffer first.
# daemontools' multilog, after which both are made, keeps it, as s6's own s6-tai64n
# does. It is the line that tells why a service died, where that is a message cut
# short or written without a newline.
#
# Seen: of "one", newline, "two", s6-log and svlogd keep "one", multilog "one two".
#
# Ends with 0 while that is so, else with 1. Needs apt-get, dpkg; installs nothing
# outside a temporary folder.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -qq s6=2.11.3.2-1 libskarnet2.13 runit=2.1.2-54 \
	daemontools=1:0.76-8.1 2>/dev/null
for package in *.deb; do
	dpkg -x "$package" root
done
LD_LIBRARY_PATH=$(dirname "$(find "$PWD/root" -name 'libskarnet.so.2.13' | head -n 1)")
export LD_LIBRARY_PATH

for logger in s6-log svlogd multilog; do
	mkdir $logger
	ended=0
	printf 'one\ntwo' | "root/usr/bin/$logger" "./$logger" || ended=$?
	echo "$logger: $(tr '\n' ' ' <$logger/current)ended with $ended"
done >seen
cat >expected <<'END'
s6-log: one ended with 0
svlogd: one ended with 0
multilog: one two ended with 0
END
cat seen
diff expected seen && echo "as it was: two of three lose the last line"
