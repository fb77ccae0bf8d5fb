#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The Redis client and a real server: values of every kind, many commands in
# one write, a subscription that goes on when the server was away; and servers
# that are none.

. "$(dirname "$0")/lib"
need redis-server redis-cli python3

# A port that nobody has now. The server says so if somebody was faster.
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

answers() {
	[ "$(redis-cli -p "$port" PING 2>/dev/null)" = PONG ]
}

start_redis() {
	redis-server --port "$port" --bind 127.0.0.1 --save '' \
		--dir "$folder" --loglevel warning >"$folder/redis" 2>&1 &
	redis=$!
	keep $redis
	wait_for 'redis-server to answer' answers
}

stop_redis() {
	kill -KILL $redis
	join $redis || true
}

client() {
	record "$examples/redis_client" --port "$port" "$@"
}

port=$(free_port)
start_redis
client SET key 'two words' , GET key , INCR n , GET none , SET e '' , GET e
check 'commands, status' 0 $status
check 'commands' 'OK
two words
1

OK' "$output"
client RPUSH l a b c , LRANGE l 0 -1 , MULTI , GET key , EXEC
check 'arrays' '3
a
b
c
OK
QUEUED
two words' "$output"
client NOSUCH , PING
contains 'an error of the server' "(error) ERR unknown command 'NOSUCH'" \
	"$output"
contains 'goes on behind an error' 'PONG' "$output"
check 'commands with an error, status' 0 $status
client MULTI , INCR key , GET n , EXEC
check 'an error in an array' 'OK
QUEUED
QUEUED
(error) ERR value is not an integer or out of range
1' "$output"
client , PING , , PING ,
check 'commands without a word, status' 0 $status
check 'commands without a word' 'PONG
PONG' "$output"

# A megabyte, and ten thousand commands.
python3 -c 'print("x" * 1000000, end="")' >"$folder/large"
redis-cli -p "$port" -x SET large <"$folder/large" >/dev/null
client GET large
check 'a large value' 1000000 "$(printf %s "$output" | wc -c)"
printf 'one\0two\r\n\0' | redis-cli -p "$port" -x SET zeros >/dev/null
printf 'one\0two\r\n\0\n' >"$folder/zeros"
"$examples/redis_client" --port "$port" GET zeros >"$folder/got"
cmp "$folder/zeros" "$folder/got" || fail 'a value with zeros is another'
# shellcheck disable=SC2046
client PING $(yes ', PING' | head -n 9999)
check 'ten thousand commands' 10000 "$(echo "$output" | grep -c PONG)"

# A subscription, and a server that goes and comes back.
"$examples/redis_client" --port "$port" INCR runs , psubscribe n?ws , PING \
	>"$folder/news" 2>"$folder/errors" &
subscriber=$!
keep $subscriber
has_subscriber() {
	[ "$(redis-cli -p "$port" PUBLISH news "$1")" = 1 ]
}
wait_for 'a subscriber' has_subscriber first
wait_for 'the first message' file_has "$folder/news" first
stop_redis
wait_for 'a complaint' file_has "$folder/errors" 'redis_client: '
start_redis
wait_for 'the subscriber again' has_subscriber second
wait_for 'the second message' file_has "$folder/news" second
client GET runs
check 'what is sent again' '' "$output"
kill -TERM $subscriber
join $subscriber
check 'how the subscriber ended' 0 $?

client PING , SUBSCRIBE
check 'a subscription that is refused, status' 1 $status
contains 'a subscription that is refused' '(error) ERR wrong number' "$output"

# The server is killed while it answers.
record_killed() {
	"$examples/redis_client" --port "$port" --timeout 60 \
		SET a 1 , GET a , BLPOP none 0 , GET a \
		>"$folder/begun" 2>"$folder/errors"
}
record_killed &
killed=$!
keep $killed
wait_for 'the first answers' file_has "$folder/begun" 1
stop_redis
status=0
join $killed || status=$?
check 'killed in the middle, status' 1 $status
check 'killed in the middle, answers' 'OK
1' "$(cat "$folder/begun")"
contains 'killed in the middle' 'redis_client: ' "$(cat "$folder/errors")"

client PING
check 'nobody listens, status' 1 $status
contains 'nobody listens' 'redis_client: cannot connect to 127.0.0.1:' \
	"$errors"

# Servers that are none.
launch python3 "$peers/server.py" silent
client --timeout 0.1 PING
check 'no answer, status' 1 $status
contains 'no answer' 'timed out after 0.1 seconds' "$errors"
for answer in ':1x' ':' ':99999999999999999999' '$abc' '$-2' '$600000000' \
	'*-3' '*1x' '?' '' 'HTTP/1.1 400 Bad Request' '$3\r\nabcdef'; do
	launch python3 "$peers/server.py" stall "$answer\r\n"
	client PING
	check "answered '$answer', status" 1 $status
	contains "answered '$answer'" 'this is no answer of Redis: ' "$errors"
done
