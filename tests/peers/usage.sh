#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The form that all examples have: --help, and what is said of a wrong usage.

. "$(dirname "$0")/lib"

for source in "$peers"/../../examples/*.c; do
	name=$(basename "$source" .c)

	record "$examples/$name" --help
	check "$name --help, status" 0 "$status"
	check "$name --help, errors" '' "$errors"
	contains "$name --help" "usage: $name [OPTION]..." "$output"
	contains "$name --help" '  --help ' "$output"

	for wrong in '--no-such-option 1' '1 2 3 --help 5 6 7 8 9'; do
		# Clients of the greeting server take any number of names.
		case $name$wrong in greeting_client*[1-9]*9) continue ;; esac
		record "$examples/$name" $wrong
		check "$name $wrong, status" 2 "$status"
		check "$name $wrong, output" '' "$output"
		contains "$name $wrong" "usage: $name" "$errors"
	done
done

# wrong SAYS EXAMPLE [ARGUMENT]...
wrong() {
	said=$1
	shift
	name=$1
	shift
	record "$examples/$name" "$@"
	check "$name $*, status" 2 "$status"
	contains "$name $*" "$name: $said" "$errors"
}

wrong 'missing: NAME...' greeting_client_deferred
wrong 'missing: HOST PORT' fetch_with_timeout localhost
wrong 'no value for --port' greeting_server --port
for number in soon '' -1 1e10 inf nan 1s; do
	wrong "not a number from 0 to 4294967295: $number" \
		greeting_client_coroutine --timeout "$number" World
done
