#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The messages of t/data: each is judged as t/data/expected.jsonl says, and
# each reason that there is has its message.  SMIMECTL is the program under
# test.
set -u

SMIMECTL=$(realpath "${SMIMECTL:-./smimectl}")
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top/t/data" || exit 1
# shellcheck source=t/data/judge.sh
. ./judge.sh
got=$(mktemp)
trap 'rm -f "$got"' EXIT
passed=0
failed=0

# ok NAME WANTED GOT
ok() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s:\n  expected %s\n  got      %s\n' "$@"
	fi
}

# lines NAME FILE: those of the JSON that judge one message
lines() {
	grep "^{\"file\":\"$1[\"#]" "$2"
}

reasons() {
	sed -n 's/^\t\[REASON_[A-Z0-9_]*\] = { "\([a-z0-9-]*\)",.*/\1/p' \
	    "$top/smime/reason.c"
}

# yields REASON: the messages that do
yields() {
	if [ "$1" = ok ]; then
		awk -F '\t' '$2 == "pass" { print $1 }' list
	else
		grep -E "	([a-z]+|-) $1	" list | cut -f 1
	fi
}

# The list was written by hand, the JSON by the program.
each_message_is_judged_as_expected() {
	local name want short

	short=$(in_short <"$got")
	while IFS=$'\t' read -r name want _; do
		ok "$name" "$(lines "$name" expected.jsonl)" \
		    "$(lines "$name" "$got")"
		ok "$name in t/data/list" "$name	$want" \
		    "$(grep "^$name	" <<<"$short")"
	done <list
}

each_message_is_listed() {
	ok "t/data/list" "$(find . -name '*.eml' -o -name '*.mbox' |
	    sed 's/^..//' | sort)" "$(cut -f 1 list | sort)"
	ok "t/data/README" "$(cut -f 1 list)" \
	    "$(sed -n 's/^\([^ ]*\.\(eml\|mbox\)\) .*/\1/p' README)"
}

each_reason_has_its_message() {
	local reason

	ok "reasons in reason.c" "$(grep -c '^	REASON_[A-Z0-9_]*,' \
	    "$top/smime/reason.h")" "$(reasons | wc -l)"
	for reason in $(reasons); do
		if grep -q "^$reason " NOT_YIELDED; then
			ok "$reason" "" "$(yields "$reason")"
		else
			ok "$reason" "$reason.eml" \
			    "$(yields "$reason" | grep -x "$reason.eml")"
		fi
	done
}

judge_all >"$got"
each_message_is_judged_as_expected
each_message_is_listed
each_reason_has_its_message
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
