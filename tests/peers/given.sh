#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What is given to `make sim` and its like, and is wrong: it is named in one
# line, with what it may be, and nothing is built.

. "$(dirname "$0")/lib"
need make
root=$peers/../..

# A `make` that runs us, and what was given to it, are not those we call.
unset MAKEFLAGS MFLAGS MAKELEVEL EVERT_POLLER
for name in TARGET TESTS FILE SEEDS FROM SEED SECONDS MINUTES LANES MUTANTS \
	EVERY IN_A_ROW SITES AGAIN TOLD LONG RECORD; do
	unset "$name"
done

# ---- What a variable may be ----

# given VALUE CHECK...: of the variable V.
given() {
	value=$1
	shift
	record env V="$value" "$root/tests/given" sim "$@"
}

taken() {
	given "$@"
	check "$*, status ($errors)" 0 "$status"
}

# refused WHY VALUE CHECK...
refused() {
	why=$1
	shift
	given "$@"
	check "$*, status" 2 "$status"
	check "$*" "make sim: V=$1: $why" "$errors"
}

for value in '' 1 7 10 010 0001; do
	taken "$value" number V 1 10
done
for value in 0 00 11 -1 1.5 abc 1e3 0x1 ' 1' '1 0' '(' '*'; do
	refused 'a number from 1 to 10 is needed' "$value" number V 1 10
done
taken 18446744073709551615 number V 0 18446744073709551615
refused 'a number from 0 to 2^64-1 is needed' \
	18446744073709551616 number V 0 18446744073709551615

for value in '' .5 0.25 10 3. 010; do
	taken "$value" number V 0.25 10
done
for value in 0 0.2 10.01 . 1.2.3 -1 nan inf 1e1; do
	refused 'a number from 0.25 to 10 is needed' "$value" number V 0.25 10
done

taken '' flag V
taken 1 flag V
refused '1 is needed, or nothing' 0 flag V

taken '' names V here 'a b c'
taken 'c  a' names V here 'a b c'
for value in d '*' 'b*' ab; do
	refused 'there is nothing of this name in here, only a b c' \
		"$value" names V here 'a b c'
done
given 'a d b' names V here 'a b c'
contains 'one of several' 'make sim: V=d: there is nothing ' "$errors"
refused 'there is nothing of this name in here' 50 \
	names V here "$(seq 1 41 | tr '\n' ' ')"

# ---- What is given to make ----

# names_it TARGET NAME=VALUE WHY
names_it() {
	record make -s -C "$root" "$1" "$2" TLS=no BUILD="$folder/build"
	check "$1 $2, status" 2 "$status"
	check "$1 $2" '' "$output"
	contains "$1 $2" "make $1: $2: $3" "$errors"
	check "$1 $2, lines and make's own" 2 "$(printf '%s\n' "$errors" | wc -l)"
	[ ! -e "$folder/build" ] || fail "$1 $2: something was built"
}

nothing='there is nothing of this name in'
names_it sim SEEDS=0 'a number from 1 to '
names_it sim FROM=18446744073709551616 'a number from 0 to 2^64-1 '
names_it sim LANES=abc 'a number from 1 to '
names_it sim TARGET=common "$nothing tests/sim, only chat connect "
names_it sim RECORD=yes '1 is needed'
names_it sim EVERT_POLLER=nope "$nothing reactor/poller, only epoll poll"
names_it fuzz SECONDS=0 'a number from 1 to '
names_it fuzz LANES=0 'a number from 1 to '
names_it fuzz TARGET=nope "$nothing tests/fuzz, only coroutine deferred "
names_it torture TESTS=test_nope "$nothing tests/"
names_it torture EVERY=abc 'a number from 1 to '
names_it torture SECONDS=abc 'a number from 0.001 to '
names_it torture LANES=0 'a number from 1 to '
names_it torture IN_A_ROW=0 'a number from 1 to '
names_it torture SITES=0 '1 is needed'
names_it mutation FILE=nope.c "$nothing deferred/, reactor/ and protocols/"
names_it mutation MUTANTS=0 'a number from 1 to '
names_it mutation FROM=-1 'a number from 0 to '
names_it mutation LANES=abc 'a number from 1 to '
names_it coverage TESTS=test_nope "$nothing tests/"
names_it coverage SEEDS=0 'a number from 1 to '
names_it eva TARGET=nope "$nothing tests/eva, only "
names_it eva RECORD=0 '1 is needed'
names_it soak MINUTES=0 'a number from 0.01 to '
names_it soak SEED=abc 'a number from 0 to 2^64-1 '

# ---- The seeds of `make sim`, by lanes ----

cat >"$folder/program" <<'END'
#!/bin/sh
echo "$@" >>"$0.calls"
echo "$2 seeds went well: 1 steps, 1 simulated seconds in 1 (1 to 1)"
END
chmod +x "$folder/program"

# shared SEEDS FROM LANES CALLS
shared() {
	rm -f "$folder/program.calls"
	record env SEEDS="$1" FROM="$2" LANES="$3" "$root/tests/sim/run" \
		"$folder/program"
	check "$1 seeds from $2 in $3 lanes, status ($errors)" 0 "$status"
	check "$1 seeds from $2 in $3 lanes" "$4" \
		"$(sort "$folder/program.calls")"
}

shared 5 1 2 '--seeds 2 --from 1
--seeds 3 --from 3'
shared 2 0 8 '--seeds 1 --from 0
--seeds 1 --from 1'
shared 010 08 01 '--seeds 10 --from 08'
shared 3 18446744073709551614 3 '--seeds 1 --from 0
--seeds 1 --from 18446744073709551614
--seeds 1 --from 18446744073709551615'

cp /bin/true "$folder/program"
record env SEEDS=3 FROM=0 LANES=1 "$root/tests/sim/run" "$folder/program"
check 'a program that says nothing of seeds, status' 1 "$status"
