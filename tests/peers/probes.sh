#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The probes are in the library, and all that docs/debugging.md names; each has
# the word that the whole of evert looks at as its semaphore.

. "$(dirname "$0")/lib"
need readelf
! nm "$BUILD/libevert.a" 2>/dev/null | grep -q '__[at]san_init' || exit 0
library=$(echo "$BUILD"/libevert.so.*.*.*)
notes=$(readelf -n "$library")
case $notes in *stapsdt*) ;; *)
	echo "sys/sdt.h was not there when evert was built"
	[ -e /usr/include/sys/sdt.h ] ||
		[ -e "/usr/include/$(uname -m)-linux-gnu/sys/sdt.h" ] || exit 77
	exit 1 ;;
esac

check 'the probes' "$(sed -n 's/^| `\([a-z]*__*[a-z]*\|read\|write\)` .*/\1/p' \
	"$peers/../../docs/debugging.md" | sort)" \
	"$(printf '%s\n' "$notes" | sed -n 's/^ *Name: //p' | sort -u)"
check 'one semaphore for all' 1 \
	"$(printf '%s\n' "$notes" | grep -o 'Semaphore: 0x[0-9a-f]*' | sort -u |
		wc -l)"
check 'which is evert_observed' \
	"$(nm "$library" | sed -n 's/^\([0-9a-f]*\) . evert_observed$/0x\1/p')" \
	"$(printf '%s\n' "$notes" | sed -n 's/.*Semaphore: //p' | sort -u)"
