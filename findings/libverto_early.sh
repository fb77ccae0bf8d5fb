#!/bin/sh
# SPDX-License-Identifier: MIT
#
# libverto 0.3.1 with its libev module (Debian's libverto-dev, libverto1 and
# libverto-libev1 0.3.1-1): a timeout fires early, or at once. verto.h says that the
# interval is the time to wait before firing; the module counts it from libev's
# "now", which is read once for each round of the loop and at first when the loop is
# made. So the time that a callback took, or the setup before verto_run(), is
# taken off the interval. libev's manual tells of it and has ev_now_update(), which
# libverto does not hand out. With the glib module the same program waits in full.
#
# Seen, for 200 ms set 200 ms after the loop's time, before the run and in a
# callback: libev some 0 ms, glib 200 ms.
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

cat >early.c <<'END'
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <verto.h>

static struct timespec set;

static void fired(verto_ctx *loop, verto_ev *event) {
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	double waited = now.tv_sec - set.tv_sec + (now.tv_nsec - set.tv_nsec) / 1e9;
	puts(waited < .1 ? "early" : "waits");
	verto_break(loop);
}

static void set_late(verto_ctx *loop, verto_ev *event) {
	usleep(200000);
	clock_gettime(CLOCK_MONOTONIC, &set);
	verto_add_timeout(loop, VERTO_EV_FLAG_NONE, fired, 200);
}

int main(int argc, char **argv) {
	verto_ctx *loop = verto_default(argv[argc - 1], VERTO_EV_TYPE_TIMEOUT);

	set_late(loop, NULL);
	verto_run(loop);
	verto_add_timeout(loop, VERTO_EV_FLAG_NONE, set_late, 1);
	verto_run(loop);
}
END
export LD_LIBRARY_PATH="$lib"
cc -Iroot/usr/include early.c -o early "$lib/libverto.so.1"
for module in libev glib; do
	./early $module | sed "s/^/$module /"
done >seen
printf '%s\n' 'libev early' 'libev early' 'glib waits' 'glib waits' >expected
echo "libverto $version:"
cat seen
diff expected seen && echo "as it was: with libev a timeout is early"
