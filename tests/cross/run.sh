#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Builds the coroutines for aarch64, with the assembly switch and with
# ucontext, and runs their self-test under qemu; then the same on this
# machine. Ends with 77 if the cross compiler or the emulator is missing.
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

# selftest COMPILER EMULATOR FLAGS
selftest() {
	program=$BUILD/tests/cross/coroutine_selftest
	echo "$1 $3"
	$1 -std=c11 -D_GNU_SOURCE -I. -O2 -g -Wall -Wextra -Wpedantic -Werror \
		$3 tests/cross/coroutine_selftest.c deferred/*.c \
		deferred/*/*.c deferred/coroutine/arch/*.S -static -pthread -lm -o "$program"
	$2 "$program"
}

selftest "$CC" "" ""
selftest "$CC" "" -DEVERT_USE_UCONTEXT
for tool in "$CROSS_CC" "$EMULATOR"; do
	if ! command -v "$tool" >/dev/null; then
		echo "$tool is not installed"
		exit 77
	fi
done
selftest "$CROSS_CC" "$EMULATOR" ""
selftest "$CROSS_CC" "$EMULATOR" -DEVERT_USE_UCONTEXT
selftest "$CROSS_CC" "$EMULATOR" -mbranch-protection=standard
