#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Builds the coroutines, with the assembly switch and with ucontext, and runs
# their self-test; then the same for aarch64, under qemu. Ends with 77 if the
# cross compiler or the emulator is missing.
#
#	BUILD		where to build (build)
#	CROSS_CC	aarch64-linux-gnu-gcc
#	EMULATOR	qemu-aarch64
#
# On Debian: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross
# qemu-user

set -eu
cd "$(dirname "$0")/../.."

: "${BUILD:=build}" "${CC:=cc}"
: "${CROSS_CC:=aarch64-linux-gnu-gcc}" "${EMULATOR:=qemu-aarch64}"
mkdir -p "$BUILD/tests/cross"

# selftest NAME COMPILER EMULATOR FLAGS
selftest() {
	program=$BUILD/tests/cross/$1
	$2 -std=c11 -D_GNU_SOURCE -I. -O2 -g -Wall -Wextra -Wpedantic -Werror \
		$4 tests/cross/coroutine_selftest.c deferred/*.c \
		deferred/*/*.c deferred/coroutine/arch/*.S -static -pthread -lm \
		-o "$program" && $3 "$program"
}

# begin NAME COMPILER EMULATOR FLAGS: beside the others.
begun=
begin() {
	selftest "$@" >"$BUILD/tests/cross/$1.said" 2>&1 &
	begun="$begun $1:$!"
}

# Of all that were begun; false: of one that failed.
tell() {
	good=true
	for one in $begun; do
		wait "${one#*:}" || good=false
		echo "${one%:*}"
		cat "$BUILD/tests/cross/${one%:*}.said"
	done
	$good
}

begin native "$CC" "" ""
begin native-ucontext "$CC" "" -DEVERT_USE_UCONTEXT
for tool in "$CROSS_CC" "$EMULATOR"; do
	if ! command -v "$tool" >/dev/null; then
		tell
		echo "$tool is not installed"
		exit 77
	fi
done
begin aarch64 "$CROSS_CC" "$EMULATOR" ""
begin aarch64-ucontext "$CROSS_CC" "$EMULATOR" -DEVERT_USE_UCONTEXT
begin aarch64-protected "$CROSS_CC" "$EMULATOR" -mbranch-protection=standard
tell
