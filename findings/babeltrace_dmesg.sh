#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Babeltrace 2.0.4 (Debian's babeltrace2 and libbabeltrace2-0 2.0.4-1+b6): the
# source.text.dmesg component cannot read what dmesg prints of a message of several
# lines. dmesg (util-linux) puts the time before the first line and indents the
# others. Such a line is given the time 0, so after any later one the trace "goes
# back" and ends there with an error. The manual asks for lines in order "when they
# have timestamps", which reads as if the others might stand anywhere. Where the very
# first line has no time, no line has one. What holds: dmesg --force-prefix.
#
# Seen: of three lines, the second without a time, one is printed (exit code 1); with
# the second line left out both (0); with the first one's time left out all, without
# a time (0); with no-extract-timestamp all (0).
#
# Ends with 0 while that is so, else with 1. Needs apt-get, dpkg; installs nothing
# outside a temporary folder.

set -eu
version=2.0.4-1+b6
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -qq babeltrace2=$version libbabeltrace2-0=$version libdw1 libelf1 \
	libglib2.0-0 libpcre2-8-0 2>/dev/null
for package in *.deb; do
	dpkg -x "$package" root
done
LD_LIBRARY_PATH=$(dirname "$(find "$PWD/root" -name libbabeltrace2.so.0)")
export LD_LIBRARY_PATH

# show PARAMETERS LINE...: how many lines come out, how many of them with a time.
show() {
	parameters=$1
	shift
	printf '%s\n' "$@" >lines
	ended=0
	root/usr/bin/babeltrace2 --plugin-path="$LD_LIBRARY_PATH/babeltrace2/plugins" \
		-c source.text.dmesg --params="path=\"lines\"$parameters" \
		>out 2>error || ended=$?
	echo "$(grep -c string: out) of $# lines, $(grep -c '^\[' out || true)" \
		"with a time, exit code $ended"
}
{
	show '' '[    5.500000] one' '           more of it' '[    6.000000] two'
	show '' '[    5.500000] one' '[    6.000000] two'
	show '' 'one' '           more of it' '[    6.000000] two'
	show ,no-extract-timestamp=yes '[    5.500000] one' '    more' '[    6.000000] two'
} >seen
cat >expected <<'END'
1 of 3 lines, 1 with a time, exit code 1
2 of 2 lines, 2 with a time, exit code 0
3 of 3 lines, 0 with a time, exit code 0
3 of 3 lines, 0 with a time, exit code 0
END
echo "Babeltrace $version:"
cat seen
diff expected seen && echo "as it was: a line without a time ends the trace"
