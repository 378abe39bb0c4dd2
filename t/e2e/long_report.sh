#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A report over LINES (10 million) made-up lines of history: the counts are
# right, and it takes no more memory than for a hundredth of them and 8 MiB.
#
# SMIMECTL, GENHIST: the programs; the lines come through a pipe, so that no
# disk has to hold them.
set -eu
: "${SMIMECTL:=./smimectl}" "${GENHIST:=./t/lib/genhist}" "${LINES:=10000000}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

ok() # SENTENCE COMMAND [ARGUMENT]...
{
	sentence=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
		echo "ok - $sentence"
	else
		failed=$((failed + 1))
		echo "FAILED - $sentence: $*"
	fi
}

# The most memory that a process had, in KiB, while it runs.
watch_memory() # PID
{
	while peak=$(awk '/^VmHWM/ { print $2 }' "/proc/$1/status" \
	    2>/dev/null) && [ -n "$peak" ]; do
		echo "$peak" >"$work/peak"
		sleep 0.1
	done
}

# report LINES: in $work/report; sets $peak and $took.
report()
{
	began=$(date +%s)
	mkfifo "$work/pipe"
	"$GENHIST" "$1" 2000 40 15 >"$work/pipe" &
	"$SMIMECTL" report --json - <"$work/pipe" >"$work/report" &
	watch_memory $!
	wait
	rm "$work/pipe"
	peak=$(cat "$work/peak")
	took=$(($(date +%s) - began))
}

report $((LINES / 100))
small=$peak
report "$LINES"
echo "$LINES lines: $took s, $peak KiB; a hundredth of them: $small KiB"
ok "no line was bad" [ "$(jq .source.bad_lines "$work/report")" -eq 0 ]
ok "every line was counted" [ "$(jq '.messages + .source.unsigned' \
    "$work/report")" -eq "$LINES" ]
ok "15 anchors are missing" \
    [ "$(jq '.gap.by_anchor | length' "$work/report")" -eq 15 ]
ok "their messages are the gap" [ "$(jq '[.gap.by_anchor[].messages] | add' \
    "$work/report")" -eq "$(jq .gap.messages "$work/report")" ]
ok "memory does not grow with lines" [ "$peak" -le $((small + 8192)) ]
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
