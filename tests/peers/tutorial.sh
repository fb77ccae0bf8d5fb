#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The steps of docs/tutorial do what its text says, and what it shows of them
# is what they are.

. "$(dirname "$0")/lib"
need nc

steps=$BUILD/docs/tutorial
pages=$peers/../../docs/tutorial

# serve STEP [SECONDS]
serve() {
	name=$1
	shift
	launch "$steps/$name" tcp:127.0.0.1:0 "$@"
	server=$pid
	said=$complaints
}

# joins WHO: connected when this returns.
joins() {
	enter "$1" nc -v 127.0.0.1 "$port"
	wait_for "$1 to connect" file_has "$folder/$1.log" succeeded
}

# Several steps ask for somebody of the same name.
forget() {
	rm -f "$folder/ada"* "$folder/bob"*
}

for page in "$pages"/*.md; do
	"$pages/quote" "$(basename "$page")" | cmp - "$page" ||
		fail "$page shows steps as they are not: run its quote"
done

serve step-4
record "$steps/step-1" 127.0.0.1 "$port" World
check 'step 1' 'Hello, World!' "$(echo "$output" | tr -d '\r')"
record "$steps/step-2" "tcp:127.0.0.1:$port" World
check 'step 2' 'Hello, World!' "$output"
record "$steps/step-3" "tcp:127.0.0.1:$port" World moon stars
check 'step 3' 'Hello, World!
Hello, moon!
Hello, stars!' "$(echo "$output" | sort)"
stop
record "$steps/step-2" "tcp:127.0.0.1:$port" World
check 'step 2 without a server' 1 "$status"
contains 'step 2 without a server' 'Connection refused' "$errors"

serve step-5
joins ada
joins bob
wait_for 'ada to be in' is_heard ada bob
wait_for 'bob to be in' is_heard bob ada
say bob 'Hello, ada.'
hears ada 'Hello, ada.'
hears bob 'Hello, ada.'
stop
forget

serve step-6 0.1
joins ada
hears ada 'You say nothing.'
stop
forget

for step in step-7 step-8 step-9; do
	serve $step
	joins ada
	hears ada 'What is your name?'
	say ada ada
	hears ada 'ada is here'
	joins bob
	say bob ada
	say bob bob
	hears ada 'bob is here'
	check 'how often bob is asked' 2 "$(grep -c name "$folder/bob")"
	say bob 'Hello, ada.'
	hears ada 'bob: Hello, ada.'
	stop
	forget
done

record "$steps/step-9" --test
check "step 9's test ($errors)" 0 "$status"
