#!/bin/sh
# SPDX-License-Identifier: MIT
#
# dig reads the messages that evert writes, and both print their records alike:
# dns_text answers each question for records of every type, a bare socket takes
# its answers to dig.

. "$(dirname "$0")/lib"
need dig python3

tool=$BUILD/tools/dns_text
zone=$peers/dns_text.zone

record "$tool" zone "$zone" example.org.
check 'the zone file, status' 0 "$status"
check 'the zone file, errors' '' "$errors"
printf '%s\n' "$output" | LC_ALL=C sort >"$folder/records"

cat >"$folder/answer.py" <<'END'
import socket, subprocess, sys

bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
bound.bind(("127.0.0.1", 0))
print("listening on 127.0.0.1:%d" % bound.getsockname()[1], flush=True)
while True:
    query, client = bound.recvfrom(65535)
    answer = subprocess.run(sys.argv[1:], input=query, stdout=subprocess.PIPE)
    bound.sendto(answer.stdout, client)
END
launch python3 "$folder/answer.py" "$tool" answer "$zone" example.org.

# One question for each set; the fields are owner, TTL, class, type.
awk '{ print $1, $4 }' "$folder/records" | uniq >"$folder/questions"
between 'questions' 50 100 "$(wc -l <"$folder/questions")"
record dig @127.0.0.1 -p "$port" +noall +answer +bufsize=4096 +tries=1 \
	-f "$folder/questions"
check 'dig, status' 0 "$status"
check 'dig, errors' '' "$errors"
check 'records as dig prints them' "$(cat "$folder/records")" \
	"$(printf '%s\n' "$output" | LC_ALL=C sort)"

record "$tool" print </dev/null
check 'no message, status' 1 "$status"
check 'no message' 'dns_text: byte 0: a header without its end' "$errors"
