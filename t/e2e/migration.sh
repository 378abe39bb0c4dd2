#!/bin/bash
# SPDX-License-Identifier: ISC
#
# smimectl report, candidate and verify --compare, as an operator runs them.
# SMIMECTL and GENHIST are the programs under test.
set -u

SMIMECTL=$(realpath "${SMIMECTL:-./smimectl}")
GENHIST=$(realpath "${GENHIST:-./t/lib/genhist}")
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0
failed=0

# is SENTENCE WANTED GOT
is() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s:\n  expected %s\n  got      %s\n' "$@"
	fi
}

# has SENTENCE PART FILE
has() {
	if grep -qF -- "$2" "$3"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s: no %s in\n' "$1" "$2"
		head -c 2000 "$3"
	fi
}

# run COMMAND [ARGUMENT]...: sets $status; output in out and err
run() {
	status=0
	"$SMIMECTL" "$@" >out 2>err || status=$?
}

"$GENHIST" 3000 40 12 5 >one.jsonl
"$GENHIST" 1000 40 12 5 >two.jsonl
gzip two.jsonl

run report one.jsonl two.jsonl.gz
is "a report of two files" 0 "$status"
has "both are counted" "files: 2, hosts: 3, from 2025-01-01 to 2025-12-31" out
echo 'no history' >one.jsonl.key
cp one.jsonl.key one.jsonl.known
run report one.jsonl*
is "what is kept beside a history is none" "" "$(cat err)"
has "it is not counted" "files: 1" out
run report one.jsonl.key
has "by itself it is taken for one" "one.jsonl.key:1: not JSON" err
rm one.jsonl.key one.jsonl.known
run report --json one.jsonl
is "the missing anchors" 5 "$(jq '.gap.by_anchor | length' out)"
is "a file and standard input are alike" "$(jq -S .gap out)" \
    "$("$SMIMECTL" report --json - <one.jsonl | jq -S .gap)"

{
	head -n 2 one.jsonl
	echo '{"time":"2025-'
	sed -n 3,4p one.jsonl
	echo '{"result":"pass"}'
} >bad.jsonl
run report bad.jsonl
is "bad lines are not fatal" 0 "$status"
has "a bad line is told by number" "bad.jsonl:3: not JSON" err
has "another one" "bad.jsonl:6: no \"time\"; expected one like" err
has "they are counted" "2 of 6 lines could not be read" out
run report /nonexistent one.jsonl
is "a file that is not there" 2 "$status"
has "is told" "/nonexistent: No such file or directory" err
has "and the others are reported" "files: 1, hosts: 3" out
run report
is "no file at all" 2 "$status"
run report --days 1x one.jsonl
is "a wrong number" 2 "$status"
has "is told with the right ones" "expected a number from 0 to 36500" err

run report --time 2026-01-01T00:00:00Z --html page.html one.jsonl
is "a page" 0 "$status"
has "has pictures" "<svg viewBox=" page.html
is "the page is well-formed" 6 \
    "$(tr '>' '\n' <page.html | grep -cE '^<(/svg|/main|/html)')"
is "the page asks for nothing" 0 \
    "$(grep -ciE '(src|href)=|url\(|@import|<script|<link|https?://' page.html)"
run report --html /nonexistent/page.html one.jsonl
is "a page that cannot be written" 2 "$status"
run report --csv one.jsonl
is "a table has nine columns" 9 "$(head -n 1 out | tr ',' '\n' | wc -l)"

# What a review says is read with care; these certificates are made up.
run candidate one.jsonl
is "a list of what is needed" 5 "$(grep -c '^2000' out)"
cp out review
run candidate --dry-run one.jsonl
is "no folder" 2 "$status"
has "is told" "expected the folder that seen-certificates names" err
mkdir seen
run candidate --seen seen --review review -o new.sst one.jsonl
is "certificates that are nowhere" 1 "$status"
has "are told by name" "is in no folder; expected one of the hosts" err
is "then nothing is written" no "$([ -e new.sst ] && echo yes || echo no)"
echo 'CN=Root 9' >wrong
run candidate --seen seen --review wrong -o new.sst one.jsonl
is "a wrong review" 2 "$status"
has "is told by line" "wrong:1: not a line of a review; expected 64 hex" err
sed '/^[0-9a-f]/d' review >none
run candidate --seen seen --review none -o new.sst one.jsonl
is "everything refused" 1 "$status"
has "leaves nothing to add" "there is nothing to add" err
# A name alone makes no certificate.
name=$(sed -n '/^2000/{s/ .*//p;q}' review)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj /CN=Mallory -keyout /dev/null -outform DER \
    -out "seen/$name.der" 2>/dev/null
grep "^$name" review >one.review
run candidate --seen seen --review one.review --dry-run one.jsonl
has "a certificate under another's name is left out" \
    "is not what its file is named after" err

data=$top/t/data
printf 'collection = { "%s/collection.sst" }\nlocal-store = "%s/local.pem"\n' \
    "$data" "$data" >a.conf
{
	cat a.conf
	echo 'mode = "exchange-online"'
} >b.conf
when='--time 2026-11-01T00:00:00Z'
# shellcheck disable=SC2086 # an option and its value
run verify --compare a.conf b.conf $when "$data/local.eml" "$data/ok.eml"
is "two configurations that differ" 1 "$status"
has "in one message" "1 of 2 messages differ" out
has "as it says" "local.eml: pass, trust local -> policy (untrusted)" out
# shellcheck disable=SC2086 # an option and its value
run verify --compare a.conf a.conf $when "$data"/*.eml
is "a configuration and itself" 0 "$status"
# shellcheck disable=SC2086 # an option and its value
run verify --compare a.conf b.conf $when --json "$data/local.eml"
is "as JSON" "pass policy" "$(jq -r '.before.result + " " + .after.result' out)"
run verify --compare a.conf b.conf -
is "standard input cannot be read twice" 2 "$status"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
