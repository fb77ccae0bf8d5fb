#!/bin/sh
# SPDX-License-Identifier: MIT
#
# trace_view makes a page of recordings, or one recording of several, and says
# where a file is none. What the page does in a browser: make check-view.

. "$(dirname "$0")/lib"
need python3

tool=$BUILD/tools/trace_view
page=$folder/page.html

# view STATUS [ARGUMENT]...: runs it; `page`, `errors`.
view() {
	expected=$1
	shift
	record "$tool" "$@"
	printf '%s\n' "$output" >"$page"
	check "trace_view $*, status ($errors)" "$expected" "$status"
}

# The recording in the page, as the browser's JSON.parse will have it.
cat >"$folder/inside.py" <<'END'
import json, re, sys

page = open(sys.argv[1], encoding="utf-8").read()
inside = re.findall(r'<script type="application/json" id="recording">(.*?)'
                    r'</script', page, re.S)
if len(inside) != 1:
    sys.exit("%d recordings in the page" % len(inside))
data = json.loads(inside[0])
print(eval(sys.argv[2]))
END

# inside WHAT EXPECTED EXPRESSION: of `data`, in Python.
inside() {
	check "$1" "$2" "$(run python3 "$folder/inside.py" "$page" "$3" 2>&1)"
}

# is_recording NAME TEXT: makes a file.
is_recording() {
	printf "$2" >"$folder/$1"
}

# ---- How it is called ----

view 0 --help
contains '--help' 'usage: trace_view [--source DIR] RUN...' "$output"
check '--help, errors' '' "$errors"
for wrong in '' --no-such-option '--source' '--merge' '--merge --source . x'; do
	view 2 $wrong
	check "trace_view $wrong" '' "$output"
	contains "trace_view $wrong" 'usage: trace_view ' "$errors"
done
view 1 "$folder/nowhere.json"
check 'no such file' \
	"trace_view: cannot read $folder/nowhere.json: No such file or directory" \
	"$errors"
is_recording some.json '[]'
view 1 --source "$folder/nowhere" "$folder/some.json"
check 'no such folder' \
	"trace_view: cannot read $folder/nowhere: No such file or directory" \
	"$errors"
if [ -e /dev/full ]; then
	"$tool" "$folder/some.json" >/dev/full 2>"$folder/errors"
	check 'no room for the page' 1 $?
	contains 'no room for the page' 'cannot write' "$(cat "$folder/errors")"
fi

# ---- What is no recording ----

# is_wrong SAYS TEXT: TEXT is for printf.
is_wrong() {
	is_recording bad.json "$2"
	view 1 "$folder/bad.json"
	check "the recording $2" "trace_view: $folder/bad.json:$1" "$errors"
	check "the recording $2, page" '' "$output"
}

is_wrong '1:1: no recording: it begins with [' '1'
is_wrong '1:1: no recording: it begins with [' '{"ph":"B"}'
is_wrong '1:2: an object in { } is missing' '[1]'
is_wrong '2:1: an event without "ph"' '[\n{"ts":1}]'
is_wrong '2:1: an event without "ts"' '[\n{"ph":"B"}]'
is_wrong '1:2: a "ts" that is too large' '[{"ph":"B","ts":1e999}]'
is_wrong '3:8: a number is missing' \
	'[\n{"ph":"B","ts":1},\n{ "ts":"1"}]'
is_wrong '1:12: a comma or } is missing' '[{"ph":"B" "ts":1}]'
is_wrong '1:21: a comma or ] is missing' '[{"ph":"B","ts":1.5}{}]'
is_wrong '1:22: something behind the last ]' '[{"ph":"B","ts":1.5}]]'
is_wrong '1:7: no such escape' '[{"ph\\x":1}]'
is_wrong '1:8: four hexadecimal digits are missing after \u' \
	'[{"ph\\uxyz0":1}]'
is_wrong '1:4: a control character in text' '[{"\n\001":1}]'
is_wrong '1:4: this is not UTF-8' '[{"\300\200":1}]'
is_wrong '1:4: this is not UTF-8' '[{"\355\240\200":1}]'
is_wrong '1:4: this is not UTF-8' '[{"\377":1}]'
is_wrong '1:9: a digit is missing' '[{"ts":-}]'
is_wrong '1:9: a comma or } is missing' '[{"ts":01}]'
is_wrong '1:10: a digit is missing' '[{"ts":1.}]'
is_wrong '1:7: a value is missing' '[{"a":tru}]'
is_wrong '1:2: an object in { } is missing' '[\000{}]'
is_wrong '1:4: a control character in text' '[{"\000":1}]'
deep=$(printf '[%.0s' $(seq 200))
is_wrong '1:106: values are nested too deeply' "[{\"a\":$deep"

# ---- What has no end ----

: >"$folder/none.json"
view 1 "$folder/none.json"
contains 'an empty file' "$folder/none.json is empty" "$errors"

is_recording cut.json '[\n{"ph":"B","ts":1,"name":"a"},\n{"ph":"E","t'
view 0 "$folder/cut.json"
contains 'half an event' "$folder/cut.json has no end" "$errors"
inside 'half an event' '1 True' \
	'"%d %s" % (len(data["events"]), data["recordings"][0]["cut"])'
is_recording cut.json '[\n{"ph":"B","ts":1,"name":"a"},\n'
view 0 "$folder/cut.json"
inside 'a last comma' '1 True' \
	'"%d %s" % (len(data["events"]), data["recordings"][0]["cut"])'
is_recording whole.json '[{"ph":"B","ts":1,"name":"a"},\n]\n'
view 0 "$folder/whole.json"
check 'a comma behind the last event' '' "$errors"
inside 'a comma behind the last event' '1 False' \
	'"%d %s" % (len(data["events"]), data["recordings"][0]["cut"])'
is_recording empty.json '[\n]\n'
view 0 "$folder/empty.json"
inside 'no events' '[]' 'data["events"]'

# ---- Text is never markup ----

cat >"$folder/evil.json" <<'END'
[
{"ph":"B","ts":1,"cat":"callback","name":"</script><script>alert(1)</script>"},
{"ph":"i","ts":2,"name":"<!--<script>","args":{"<b>":"<img src=x>"}}
]
END
cp "$folder/evil.json" "$folder/<b>.json"
view 0 "$folder/<b>.json"
inside 'text in the page' '</script><script>alert(1)</script> <!--<script>' \
	'" ".join(event["name"] for event in data["events"])'
check 'what the recording says is not in the markup' '' \
	"$(grep -e 'alert(1)</' -e '<img' -e '<!--<' -e '<b>' "$page")"
check 'the scripts of the page' 2 "$(grep -c '^<script' "$page")"

# ---- The sources ----

mkdir -p "$folder/src/sub" "$folder/other"
printf '/* <b> "quoted" \\ */\n\tint \303\244 = 1;\377\n' >"$folder/src/sub/a.c"
echo 'secret' >"$folder/other/secret.c"
echo 'secret' >"$folder/src/notes.txt"
ln -s "$folder/other/secret.c" "$folder/src/link.c"
cat >"$folder/places.json" <<END
[
{"ph":"B","ts":1,"name":"show (sub/a.c:2)"},
{"ph":"B","ts":2,"name":"run","args":{"at":"$folder/src/sub/a.c:1"}},
{"ph":"i","ts":3,"name":"x","args":{"at":"gone.c:7"}},
{"ph":"i","ts":3,"name":"x","args":{"at":"../other/secret.c:1"}},
{"ph":"i","ts":3,"name":"x","args":{"at":"$folder/other/secret.c:1"}},
{"ph":"i","ts":3,"name":"x","args":{"at":"link.c:1"}},
{"ph":"i","ts":3,"name":"x","args":{"at":"notes.txt:1"}},
{"ph":"i","ts":3,"name":"x","args":{"text":"sub/b.c:1"}}
]
END
view 0 --source "$folder/src" "$folder/places.json"
inside 'a source' '/* <b> "quoted" \ */|	int ä = 1;?|' \
	'data["sources"]["sub/a.c"].replace("\n", "|").replace("\ufffd", "?")'
inside 'the same by its whole path' True \
	'data["sources"]["'"$folder"'/src/sub/a.c"] == data["sources"]["sub/a.c"]'
inside 'what is elsewhere, or no source' \
	"../other/secret.c $folder/other/secret.c gone.c link.c" \
	'" ".join(sorted(name for name, text in data["sources"].items()
	if text is None))'
contains 'a source that is missing' 'trace_view: no source gone.c in ' "$errors"
check 'no other file is in the page' '' "$(grep secret$ "$page")"

# ---- Several recordings ----

cat >"$folder/one.json" <<'END'
[
{"ph":"M","ts":5,"pid":1,"tid":1,"name":"evert","args":{"wall":1000,"host":"a"}},
{"ph":"B","ts":10.5,"pid":1,"tid":1,"name":"first"},
{"ph":"E","ts":10.5,"pid":1,"tid":1},
{"ph":"B","ts":30,"pid":1,"tid":1,"name":"third"}
]
END
sed -e 's/10.5/20/; s/first/second/' "$folder/one.json" >"$folder/two.json"
sed -e 's/"host":"a"/"host":"b"/; s/1000/1012.25/' "$folder/one.json" \
	>"$folder/far.json"
cat >"$folder/merged.py" <<'END'
import json, sys

for event in json.load(sys.stdin):
    if event["ph"] != "M":
        print(event["ts"], event["pid"], event["ph"], event.get("name", ""))
END

# merged WHAT EXPECTED FILE...
merged() {
	what=$1 expected=$2
	shift 2
	record "$tool" --merge "$@"
	check "$what, status" 0 "$status"
	check "$what" "$expected" \
		"$(printf '%s\n' "$output" | run python3 "$folder/merged.py")"
}

merged 'one, as it was' '10.5 1 B first
10.5 1 E 
30 1 B third' "$folder/one.json"
check 'one, in its own lines' "$(cat "$folder/one.json")" "$output"
merged 'two processes of the same number' '10.5 1 B first
10.5 1 E 
20 4194305 B second
20 4194305 E 
30 1 B third
30 4194305 B third' "$folder/one.json" "$folder/two.json"
sed 's/"pid":1,/"pid":9223372036854775807,/' "$folder/one.json" \
	>"$folder/large.json"
cp "$folder/large.json" "$folder/larger.json"
record "$tool" --merge "$folder/large.json" "$folder/larger.json"
check 'numbers of processes that no process has' 0 "$status"
merged 'two machines' '10.5 1 B first
10.5 1 E 
22.75 4194305 B first
22.75 4194305 E 
30 1 B third
42.25 4194305 B third' "$folder/one.json" "$folder/far.json"
view 0 "$folder/one.json" "$folder/two.json"
inside 'both in the page' '8 one.json two.json' \
	'" ".join([str(len(data["events"]))] + [one["file"].split("/")[-1]
	for one in data["recordings"]])'

# ---- What is recorded now ----

EVERT_TRACE=$folder/run.json run "$examples/say_hello" >/dev/null
view 0 --source "$peers/../.." "$folder/run.json"
check 'a run of say_hello, errors' '' "$errors"
inside 'a run of say_hello, its source' True \
	'"Alice" in data["sources"]["examples/say_hello.c"]'
