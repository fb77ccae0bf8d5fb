#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Sorting in other processes: right, with words for what is wrong, while the
# loop goes on, and when a worker dies.

. "$(dirname "$0")/lib"
need python3

clients() {
	record python3 "$peers/sort_clients.py" "$@"
	check "$*, status ($errors)" 0 "$status"
}

start sort_server --workers 2

record "$examples/sort_client" --port "$port" -- 3 -1 2.5 0
check "sort_client, status ($errors)" 0 "$status"
check 'sort_client' '[-1, 0, 2.5, 3]' "$output"
record "$examples/sort_client" --port "$port"
check 'sort_client, nothing' '[]' "$output"
record "$examples/sort_client" --port "$port" 1 two
check 'sort_client, no number, status' 1 "$status"
contains 'sort_client, no number' \
	'{"error": "not a list of numbers in JSON, at byte 4"}' "$errors"

clients sorts "$port"
check 'lists that were sorted' 10 "$output"
clients refused "$port"
clients absurd "$port"
check 'an absurd length' \
	'a list of 9223372036854775808 bytes is too long
end' "$output"
record python3 "$peers/client.py" reset "$port"
check "who resets, status ($errors)" 0 "$status"
stop '^sort_server: \(not a list\|a list of\)'

# Under Valgrind /proc/self/exe is Valgrind, to exec(2). A sanitizer does not
# run there.
sanitized() {
	nm "$1" | grep -q '__[at]san_init'
}

if command -v valgrind >/dev/null && ! sanitized "$examples/sort_server"; then
	launch valgrind -q --tool=none "$examples/sort_server" --port 0 \
		--workers 1
	server=$pid said=$complaints name='sort_server under Valgrind'
	record "$examples/sort_client" --port "$port" 2 1
	check "$name ($errors)" '[1, 2]' "$output"
	stop '^--[0-9]*--' # calls that an old Valgrind does not know
fi

# The loop is not held up. What a greeting may take is checked where the
# machine has nothing else to do; here it is told.
start sort_server --workers 2 --nice 10 --greet-port 0
wait_for 'greetings' file_has "$said" 'greetings at 127.0.0.1:'
greet_port=$(sed -n 's/.*greetings at 127.0.0.1://p' "$said")
clients crowd "$port" "$greet_port" 100 "${NUMBERS-500}"
contains 'who was refused' '0 errors' "$errors"
echo "99 of 100 greetings took less than $output ms"
stop 'greetings at'

[ -r "/proc/$$/task/$$/children" ] || exit 0

# One worker dies: who had it is told, all others are served.
start sort_server --workers 2
clients killed "$port" "$server" 20 5000
check 'who had the worker that was killed' \
	'worker process PID was killed by SIGKILL before it had answered' \
	"$output"
clients sorts "$port"
stop '^sort_server: worker process .* was killed by SIGKILL'

# No worker outlives its server.
start sort_server --workers 1
record "$examples/sort_client" --port "$port" 2 1
worker=$(cat "/proc/$server/task/$server/children")
kill -KILL "$server"
join "$server"
wait_for 'the worker to end' has_ended ${worker}
