#!/bin/sh
# SPDX-License-Identifier: MIT
#
# evert inside a GLib loop, and libcurl's multi interface inside evert: the
# programs in tests/loops, built here because they need these libraries.

. "$(dirname "$0")/lib"
need python3 pkg-config

: "${CC:=cc}"
for package in glib-2.0 libcurl; do
	if ! pkg-config --exists "$package"; then
		echo "the headers of $package are not installed"
		exit 77
	fi
done

# What the library was built with, a sanitizer or counters, the program needs,
# too.
sanitizer=
nm "$BUILD/libevert.a" 2>/dev/null | grep -q __asan_init &&
	sanitizer=-fsanitize=address,undefined
nm "$BUILD/libevert.a" 2>/dev/null | grep -q __tsan_init &&
	sanitizer=-fsanitize=thread
nm "$BUILD/libevert.a" 2>/dev/null | grep -q __gcov_init && sanitizer=--coverage

# build PROGRAM PACKAGE
build() {
	$CC -std=gnu11 -Wall -Wextra -Werror $sanitizer -I"$peers/../.." \
		$(pkg-config --cflags "$2") "$peers/../loops/$1.c" \
		"$BUILD/libevert.a" $(pkg-config --libs "$2") -lm -pthread \
		-o "$folder/$1" || fail "$1 does not build"
}

build glib_loop glib-2.0
start greeting_server
record "$folder/glib_loop" "tcp:$address"
check 'status of glib_loop' 0 "$status"
check 'what glib_loop said' 'Hello, GLib!
GLib ticked meanwhile' "$output"
check 'what it complained of' '' "$errors"
stop

build curl_multi libcurl
mkdir "$folder/files"
head -c 3000000 /dev/zero >"$folder/files/large"
echo small >"$folder/files/small"
(cd "$folder/files" && exec python3 -u -m http.server 0 --bind 127.0.0.1) \
	>"$folder/http" 2>&1 &
keep $!
wait_for 'the HTTP server' file_has "$folder/http" 'http://'
base=$(sed -n 's|.*(\(http://[^/]*\)/).*|\1|p' "$folder/http")

urls="$base/large $base/small $base/missing"
for i in 1 2 3 4 5; do
	urls="$urls $base/small?$i"
done
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY
record "$folder/curl_multi" $urls http://127.0.0.1:1/
check "status of curl_multi ($errors)" 0 "$status"
check 'fetched' "$(
	echo "200 3000000 $base/large"
	for url in "$base/small" "$base/small?1" "$base/small?2" \
		"$base/small?3" "$base/small?4" "$base/small?5"; do
		echo "200 6 $url"
	done
)" "$(echo "$output" | grep '^200' | LC_ALL=C sort)"
contains 'what is missing' '404 ' "$output"
contains 'who refuses' 'http://127.0.0.1:1/: ' "$output"
