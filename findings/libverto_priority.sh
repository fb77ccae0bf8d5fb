#!/bin/sh
# SPDX-License-Identifier: MIT
#
# libverto 0.3.1 with its libev module (Debian's libverto-dev, libverto1 and
# libverto-libev1 0.3.1-1): the priority of an event, one of the flags in verto.h
# which verto_get_flags() gives back, does nothing. Of three pipes that can be read
# in the same round, the callbacks come in an order of libev's own, that of the
# last added first. With the glib module the high one always comes first.
#
# Seen: added low, medium, high: libev high medium low, glib high medium low;
# added high, medium, low: libev low medium high, glib high medium low.
#
# Ends with 0 while that is so, else with 1. Needs apt-get, dpkg, a C compiler;
# installs nothing outside a temporary folder.

set -eu
version=0.3.1-1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -qq libverto-dev=$version libverto1=$version libpcre2-8-0 \
	libverto-libev1=$version libverto-glib1=$version libev4 libglib2.0-0 2>/dev/null
for package in *.deb; do
	dpkg -x "$package" root
done
lib=$(dirname "$(find "$PWD/root" -name libverto.so.1)")

cat >priority.c <<'END'
#include <stdio.h>
#include <unistd.h>
#include <verto.h>

static int left = 3;

static void readable(verto_ctx *loop, verto_ev *event) {
	int flags = verto_get_flags(event);

	printf(flags & VERTO_EV_FLAG_PRIORITY_LOW ? " low" :
	    flags & VERTO_EV_FLAG_PRIORITY_HIGH ? " high" : " medium");
	if (--left == 0)
		verto_break(loop);
}

int main(int argc, char **argv) {
	verto_ctx *loop = verto_default(argv[1], VERTO_EV_TYPE_IO);

	for (int i = 0, ends[2]; i < 3; i++) {
		int flag = VERTO_EV_FLAG_PRIORITY_LOW << (argc > 2 ? 2 - i : i);

		if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1)
			return 1;
		verto_add_io(loop, flag | VERTO_EV_FLAG_IO_READ, readable, ends[0]);
	}
	verto_run(loop);
}
END
export LD_LIBRARY_PATH="$lib"
cc -Iroot/usr/include priority.c -o priority "$lib/libverto.so.1"
for module in libev glib; do
	echo "$module, low first:$(./priority $module)"
	echo "$module, high first:$(./priority $module downwards)"
done >seen
cat >expected <<'END'
libev, low first: high medium low
libev, high first: low medium high
glib, low first: high medium low
glib, high first: high medium low
END
echo "libverto $version:"
cat seen
diff expected seen && echo "as it was: libev's module knows no priority"
