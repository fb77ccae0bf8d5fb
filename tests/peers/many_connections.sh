#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Many connections to the greeting server at once, each greeted ten times:
# none is lost, and the second such crowd finds the server as the first left
# it. 10,000 if CI=true, else 1,000, which is enough for poll and for
# sanitizers: what these add would be measured, not what the server needs.

. "$(dirname "$0")/lib"

if grep -qE '__[at]san_init' "$examples/greeting_server"; then
	sanitized=yes
else
	sanitized=no
fi
case ${CI-},${EVERT_POLLER-},$sanitized in
true,poll,* | *,yes) size=1000 ;;
true,*) size=10000 ;;
*) size=1000 ;;
esac

ulimit -n "$(ulimit -H -n)"
case $(ulimit -n) in
unlimited) ;;
*)
	if [ "$(ulimit -n)" -lt $((size + 100)) ]; then
		echo "no more than $(ulimit -n) descriptors are allowed"
		exit 77
	fi
	;;
esac

descriptors() {
	ls "/proc/$server/fd" | wc -l
}

all_are_gone() {
	[ "$(descriptors)" -eq "$idle" ]
}

start greeting_server
idle=$(descriptors)
before=$(memory "$server")
echo "idle: $before KiB"

for round in first second; do
	begun=$(now)
	record "$BUILD/tools/greet_many" "tcp:127.0.0.1:$port" $size 10
	took=$(($(now) - begun))
	check "the $round crowd, status ($errors)" 0 "$status"
	check "the $round crowd" "$size connected
$((size * 10)) greetings" "$output"
	wait_for 'the server to close all connections' all_are_gone
	echo "$round crowd of $size: $took ms, then $(memory "$server") KiB"
	[ $round = second ] || first=$(memory "$server")
done

# The heap of the peak may stay, and 300 bytes are what a connection takes.
if [ $sanitized = no ]; then
	between 'memory after the first crowd' 0 \
		$((before + 1024 + size * 400 / 1024)) "$first"
	between 'memory after the second crowd' 0 $((first + 64)) \
		"$(memory "$server")"
fi
stop
