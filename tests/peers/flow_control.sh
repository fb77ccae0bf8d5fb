#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A source that is faster than its reader is paused and resumed, and needs no
# more memory, however much is sent.

. "$(dirname "$0")/lib"

record "$examples/flow_control" --megabytes 50 --stall 0.002
check 'its status' 0 "$status"
check 'what it complains of' '' "$errors"
contains 'what it sent' 'reader: 50000000 bytes, stalled 47 times' "$output"
set -- $(echo "$output" | sed -n 's/^source: resumed \([0-9]*\) times, paused \([0-9]*\) times, at most \([0-9]*\) .*/\1 \2 \3/p')
between 'how often it was paused' 1 100000 "$2"
between 'how often it was resumed' 1 100001 "$1"
between 'what was queued' 1 81920 "$3"
echo "$output"
