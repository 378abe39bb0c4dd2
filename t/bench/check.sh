#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Does "make bench" still work?  Every cell that needs neither Postfix nor
# OpenDKIM has a figure, and a ratio that fails to come is seen.
#
# BUILDDIR  the build folder; default: build
set -eu
cd "$(dirname "$0")/../.."
: "${BUILDDIR:=$PWD/build}"
export BUILDDIR
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/milter.log"
. ./t/lib/expect.sh

begin "everything is measured"
CELLS=short REPEAT=1 t/bench/run.sh >"$work/table" 2>"$work/log" ||
    note "$(tail -n 20 "$work/log")"
json=$BUILDDIR/bench-short.json
missing=$(jq -r '.ratios[] | select(.median == null) | .what' "$json" |
    grep -v -i -e Postfix -e OpenDKIM -e '100,000 signers' || true)
[ -z "$missing" ] || note "not measured: $missing"

begin "the table says so"
lines=$(jq '.ratios | length' "$json")
[ "$(grep -c -e ' met$' -e ' missed$' -e ' -$' "$work/table")" -ge "$lines" ] ||
    note "$(cat "$work/table")"

begin "medians, ranges and goals come out right"
jq -n --argjson repeat 3 --arg cells all --slurpfile host /dev/null \
    --argjson goals '[[
	{"what": "a", "of": "x 1", "over": "y 1", "goal": 0.5},
	{"what": "b", "of": "x 1", "above": "y 1", "goal": 0, "at_most": true},
	{"what": "c", "of": "x 2", "over": "y 1", "goal": 1}]]' \
    --argjson figures '[
	{"run": 1, "milter": "x", "cell": "1", "rate": 2},
	{"run": 1, "milter": "y", "cell": "1", "rate": 4},
	{"run": 2, "milter": "x", "cell": "1", "rate": 9},
	{"run": 2, "milter": "y", "cell": "1", "rate": 3},
	{"run": 3, "milter": "x", "cell": "1", "rate": 1},
	{"run": 3, "milter": "y", "cell": "1", "rate": 4}]' \
    -f t/bench/ratios.jq >"$work/ratios"
jq -e '.ratios | map([.median, .least, .greatest, .met]) == [
    [0.5, 0.25, 3, true], [-2, -3, 6, true], [null, null, null, null]]' \
    "$work/ratios" >/dev/null || note "$(jq -c .ratios "$work/ratios")"

begin "what was measured can be drawn"
if command -v gnuplot >/dev/null; then
	t/bench/plot.sh "$json" "$work"
	for plot in size cores signers; do
		grep -q '</svg>' "$work/$plot.svg" || note "no $plot.svg"
	done
else
	echo "skipped: no gnuplot here; contrib/deps bench installs it"
fi
summary
