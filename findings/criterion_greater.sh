#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Criterion 2.4.1 (Debian's libcriterion-dev 2.4.1-2): the criterion gt(type,
# a, b), documented as "a > b", also holds for equal values, of integers as of
# sizes. So a test that says "it grew" cannot fail when it stayed. lt, le and ge
# do what they say. What holds: cr_assert(a > b), or ge(type, a, b + 1).
#
# Seen: gt(int, 3, 3) PASS, gt(sz, 3, 3) PASS, gt(int, 2, 3) FAIL, lt(int, 3, 3) FAIL.
#
# Ends with 0 while that is so, else with 1. Needs apt-get, dpkg, a C compiler;
# installs nothing outside a temporary folder.

set -eu
version=2.4.1-2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

needed=$(apt-cache depends --recurse --no-recommends --no-suggests \
	--no-conflicts --no-breaks --no-replaces --no-enhances libcriterion3 |
	grep '^lib' | grep -v '^libc6\|^libgcc\|^libcriterion\|:' | sort -u)
# shellcheck disable=SC2086
apt-get download -qq libcriterion3=$version libcriterion-dev=$version \
	$needed 2>/dev/null
for package in *.deb; do
	dpkg -x "$package" root
done
lib=$(dirname "$(find "$PWD/root" -name libcriterion.so.3)")

cat >greater.c <<'END'
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(greater, gt_int_equal) { cr_assert(gt(int, 3, 3)); }
Test(greater, gt_sz_equal) { size_t three = 3; cr_assert(gt(sz, three, 3)); }
Test(greater, gt_int_less) { cr_assert(gt(int, 2, 3)); }
Test(greater, lt_int_equal) { cr_assert(lt(int, 3, 3)); }
END
cc -Iroot/usr/include greater.c -o greater "$lib/libcriterion.so.3" \
	-Wl,-rpath-link,"$lib"
LD_LIBRARY_PATH=$lib ./greater --verbose=1 -j1 >output 2>&1 || true

sed -n 's/^\[\(PASS\|FAIL\)\] greater::\([a-z_]*\):.*/\2 \1/p' output | sort >seen
cat >expected <<'END'
gt_int_equal PASS
gt_int_less FAIL
gt_sz_equal PASS
lt_int_equal FAIL
END
echo "Criterion $version:"
cat seen
diff expected seen && echo "as it was: gt holds for equal values"
