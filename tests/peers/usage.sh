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

	record "$examples/$name" --no-such-option 1
	check "$name, an unknown option, status" 2 "$status"
	check "$name, an unknown option" '' "$output"
	contains "$name, an unknown option" \
		"$name: unknown option --no-such-option
usage: $name " "$errors"
done

# wrong SAYS EXAMPLE [ARGUMENT]...
wrong() {
	says=$1
	name=$2
	shift 2
	record "$examples/$name" "$@"
	check "$name $*, status" 2 "$status"
	check "$name $*" '' "$output"
	contains "$name $*" "$name: $says
usage: $name " "$errors"
}

wrong 'too much: Ada' echo_client World Ada
wrong 'too much: now' say_hello now
wrong 'missing: NAME...' greeting_client_deferred
wrong 'missing: HOST PORT' fetch_with_timeout localhost
wrong 'no value for --port' greeting_server --port
for number in soon '' -1 1e10 inf nan 1s; do
	wrong "not a number from 0 to 4294967295: $number" \
		greeting_client_coroutine --timeout "$number" World
done
