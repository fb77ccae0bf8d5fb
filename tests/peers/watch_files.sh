#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Which files changed, in order; a folder that is not there; the end.

. "$(dirname "$0")/lib"

watched=$folder/watched
mkdir "$watched"
"$examples/watch_files" "$watched" >"$folder/said" 2>&1 &
watcher=$!
keep $watcher
wait_for 'it to watch' file_has "$folder/said" "watching $watched"

echo text >"$watched/new"
wait_for 'the new file' file_has "$folder/said" 'written new'
mv "$watched/new" "$watched/old"
rm "$watched/old"
wait_for 'the last change' file_has "$folder/said" 'deleted old'
kill -TERM $watcher
join $watcher
check 'watch_files, status' 0 $?
check 'watch_files' "watching $watched
created new
written new
moved away new
moved here old
deleted old" "$(cat "$folder/said")"

record "$examples/watch_files" "$folder/nowhere"
check 'no such folder, status' 1 "$status"
check 'no such folder' \
	"watch_files: watching $folder/nowhere: No such file or directory" \
	"$errors"
