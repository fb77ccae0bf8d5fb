#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run_command in a terminal: what is typed, Ctrl-D, Ctrl-C, Ctrl-Z and fg.

. "$(dirname "$0")/lib"
need tmux

run=$(cd "$examples" && pwd)/run_command
tmux="tmux -S $folder/socket -f /dev/null"
ended() {
	[ "$1" -eq 0 ] || $tmux capture-pane -p | grep .
	$tmux kill-server 2>/dev/null
	clean_up
}
trap 'ended $?' EXIT

$tmux new-session -d -x 100 -y 30 "env PS1='> ' PS2= ENV= /bin/sh -i"

# shows TEXT: a line of the terminal, as it is.
shows() {
	$tmux capture-pane -p | grep -qxF -e "$1"
}

# The shell waits for a command. (What is typed before is lost by Ctrl-C.)
prompts() {
	$tmux capture-pane -p | grep . | tail -n 1 | grep -qE '^(\^[CZ])?> *$'
}

# Its child runs again.
continues() {
	grep -qs '^State:[[:blank:]]*[SR]' "/proc/$(cat "$folder/pid")/status"
}

# types TEXT: and Enter.
types() {
	$tmux send-keys -l "$1"
	$tmux send-keys Enter
}

# enters COMMAND: when the shell waits for one.
enters() {
	wait_for 'the shell' prompts
	types "$1"
}

# The last command has ended with that status.
ends_with() {
	enters "echo \"status \$?, $2\""
	wait_for "$2" shows "status $1, $2"
}

wait_for 'the shell' prompts
enters "$run cat"
types 'some words'
wait_for 'what was typed' shows '     1  some words'
$tmux send-keys C-d
ends_with 0 'by Ctrl-D'

enters "$run sh -c 'echo begun; exec sleep 1000'"
wait_for 'the command' shows '     1  begun'
$tmux send-keys C-c
ends_with 130 'by Ctrl-C'

enters "$run sh -c 'trap \"echo one more; exit 6\" INT; echo \$\$ >$folder/pid
echo ready; while :; do sleep 0.02; done'"
wait_for 'the command' shows '     1  ready'
$tmux send-keys C-z
# Both are stopped, and the shell has the terminal again.
enters 'echo "stopped $?"'
wait_for 'the stop' shows 'stopped 148'
enters 'fg'
wait_for 'the command again' continues
$tmux send-keys C-c
wait_for 'the end' shows '^C     2  one more'
ends_with 6 'by fg and Ctrl-C'

# The terminal is as it was found: what is typed is echoed.
enters 'stty -a | grep -o " echo"'
wait_for 'the echo' shows ' echo'
