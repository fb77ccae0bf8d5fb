#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A chat of three by nc, and one with somebody who never reads.

. "$(dirname "$0")/lib"
need nc python3

# joins WHO: connected when this returns.
joins() {
	enter "$1" nc -v 127.0.0.1 "$port"
	wait_for "$1 to connect" file_has "$folder/$1.log" succeeded
}

# The name in the line of that number that somebody heard.
name_in() {
	sed -n "$2s/.*\(127\.0\.0\.1:[0-9]*\).*/\1/p" "$folder/$1"
}

start chat_server
joins ada
joins bob
hears ada joined
joins eve
eve=$!
hears bob joined
say ada 'Who is there?'
hears bob 'Who is there?'
hears eve 'Who is there?'
say bob "It's me."
hears ada "It's me."
hears eve "It's me."
kill $eve
join $eve 2>/dev/null
hears ada left
hears bob left

ada_name=$(name_in bob 2)
bob_name=$(name_in ada 1)
eve_name=$(name_in ada 2)
check 'what ada hears' "*** $bob_name joined ***
*** $eve_name joined ***
$bob_name: It's me.
*** $eve_name left ***" "$(cat "$folder/ada")"
check 'what bob hears' "*** $eve_name joined ***
$ada_name: Who is there?
*** $eve_name left ***" "$(cat "$folder/bob")"
check 'what eve hears' "$ada_name: Who is there?
$bob_name: It's me." "$(cat "$folder/eve")"
check 'different names' 3 \
	"$(printf '%s\n' "$ada_name" "$bob_name" "$eve_name" | sort -u | wc -l)"
# With two of them connected.
stop

start chat_server
run python3 "$peers/client.py" chat "$port" "$server" ||
	fail 'the chat fails somebody who never reads'
stop 'is too slow'
