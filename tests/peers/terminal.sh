#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Programs in a terminal, and with their input and output redirected.

. "$(dirname "$0")/lib"
need tmux nc bash pgrep

socket=$folder/tmux
tmux() {
	command tmux -S "$socket" -f /dev/null "$@"
}
trap 'tmux kill-server 2>/dev/null; clean_up' EXIT

# One that stays, or the server would end with each of the others.
tmux new-session -d -s base 'exec cat'

file_says() {
	grep -qs -e "$2" "$1"
}

shows() {
	tmux capture-pane -p -t "$1" | grep -q -e "$2"
}

# type_in PANE KEY...
type_in() {
	pane=$1
	shift
	tmux send-keys -t "$pane" "$@"
}

start chat_server
mkfifo "$folder/says"
nc -v 127.0.0.1 "$port" <>"$folder/says" >"$folder/heard" 2>"$folder/log" &
keep $!
wait_for 'nc to connect' file_says "$folder/log" succeeded
client="$examples/stdio_chat 127.0.0.1 $port"

# What the terminal and its open file are like, before and after.
cat >"$folder/session" <<END
trap : INT QUIT
state() { stty -g; grep flags /proc/self/fdinfo/0; }
state >"$folder/before"
$client; echo "ended: \$?"
state >"$folder/after"
exec cat
END

# in_terminal NAME: the client runs in one.
in_terminal() {
	rm -f "$folder/after"
	joined=$(grep -c joined "$folder/heard")
	tmux new-session -d -s "$1" -x 80 -y 24 "sh '$folder/session'"
	wait_for "$1 to join" has_joined $((joined + 1))
}

has_joined() {
	[ "$(grep -c joined "$folder/heard")" -ge "$1" ]
}

# ended_with NAME STATUS
ended_with() {
	wait_for "the end of $1" shows "$1" "ended: $2"
	wait_for "what $1 left" file_says "$folder/after" flags
	check "the terminal after $1" "$(cat "$folder/before")" \
		"$(cat "$folder/after")"
	tmux kill-session -t "$1"
}

# ---- In a terminal ----

in_terminal talk
type_in talk 'Is anybody here?' Enter
wait_for 'what was typed' file_says "$folder/heard" 'Is anybody here?'
echo 'Yes, me.' >"$folder/says"
wait_for 'an answer on the screen' shows talk 'Yes, me.'
type_in talk C-d
ended_with talk 0

in_terminal interrupted
type_in interrupted C-c
ended_with interrupted 0

in_terminal quit
type_in quit 'C-\'
ended_with quit 131

# ---- Stopped, under a shell with job control ----

is_stopped() {
	grep -q '^State:[[:blank:]]*T' "/proc/$1/status"
}

is_running() {
	grep -q '^State:[[:blank:]]*[RS]' "/proc/$1/status"
}

runs() {
	process=$(pgrep -f "^$client\$")
}

# goes_on TEXT: in the foreground; what is typed arrives.
goes_on() {
	type_in shell fg Enter
	wait_for 'it to go on' is_running "$process"
	type_in shell "$1" Enter
	wait_for "'$1' after it was stopped" file_says "$folder/heard" "$1"
}

tmux new-session -d -s shell -x 200 -y 24 'PS1=: exec bash --norc --noprofile'
found=$(grep flags "/proc/$(tmux display-message -p -t shell '#{pane_pid}')/fdinfo/0")
type_in shell "$client" Enter
wait_for 'the client in a shell' runs
type_in shell 'first line' Enter
wait_for 'the first line' file_says "$folder/heard" 'first line'
type_in shell C-z
wait_for 'it to stop' is_stopped "$process"
check 'the open file while it is stopped' "$found" \
	"$(grep flags "/proc/$process/fdinfo/0")"
goes_on 'after Ctrl-Z'
kill -STOP "$process"
wait_for 'it to stop at once' is_stopped "$process"
goes_on 'after SIGSTOP'
type_in shell C-d
wait_for 'the client to end' has_ended "$process"
type_in shell 'echo "ended: $?"' Enter
wait_for 'the end in a shell' shows shell '^ended: 0'

# ---- Redirected ----

# A file in, a file out: all lines arrive, in order.
seq 2000 | sed 's/^/line /' >"$folder/lines"
run $client <"$folder/lines" >"$folder/out" || fail "from a file: $?"
wait_for 'the last line' file_says "$folder/heard" 'line 2000$'
grep -o 'line [0-9]*$' "$folder/heard" >"$folder/got"
cmp "$folder/lines" "$folder/got" || fail 'lines from a file'

run $client </dev/null >/dev/null || fail "/dev/null: $?"
echo 'from a pipe' | run $client | cat || fail 'a pipe'
wait_for 'a line from a pipe' file_says "$folder/heard" 'from a pipe'

# Nobody can be told anything.
keeps_saying() {
	echo 'Hear me.' >"$folder/says"
	[ -s "$folder/errors" ]
}
mkfifo "$folder/in"
run $client <>"$folder/in" >&- 2>"$folder/errors" &
closed=$!
keep $closed
wait_for 'it to complain' keeps_saying
join $closed
check 'status without an output' 1 $?
contains 'without an output' 'standard output: ' "$(cat "$folder/errors")"
stop '^$'
