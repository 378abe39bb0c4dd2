#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Messages that are to cost time or memory: each is judged within one second
# of processor time and 64 MiB, whatever its size, for the reason that it was
# made for, and never passes.
#
# SMIMECTL is the program under test; BOMBS and SPEND are built from
# t/data/bombs.c and t/lib/spend.c.  Sanitizers take more than is allowed.
set -u

max_ms=1000
max_kib=$((64 * 1024))
smimectl=$(realpath "${SMIMECTL:-./smimectl}")
bombs=$(realpath "${BOMBS:-./t/data/bombs}")
spend=$(realpath "${SPEND:-./t/lib/spend}")
passed=0
failed=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# judge FILE: its JSON to ./json, what it cost to ./cost
judge() {
	"$spend" cost "$smimectl" verify --json -c /dev/null \
	    --collection collection.sst --local-store none \
	    -o authserv-id=mx.example.net --time 2026-11-01T00:00:00Z "$1" \
	    >json 2>error
}

# complaints STATUS WANT: what is wrong with the verdict in ./json, if anything
complaints() {
	local seconds kib

	read -r seconds kib <cost
	[ "$1" -eq 1 ] || echo "exit status $1, not 1: $(head -n 1 error)"
	[ "$(awk '{ print $1 * 1000 }' cost | cut -d . -f 1)" -le "$max_ms" ] ||
	    echo "$seconds seconds are more than $max_ms ms"
	[ "$kib" -le "$max_kib" ] || echo "$kib KiB are more than $max_kib"
	[ -s json ] || echo "no verdict"
	jq -r '.reason // "pass"' json | grep -v -x "$2" | sort | uniq -c
}

"$bombs" . || exit 1
while IFS=$'\t' read -r name want; do
	status=0
	judge "$name" || status=$?
	wrong=$(complaints "$status" "$want")
	if [ -z "$wrong" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s:\n%s\n' "$name" "$wrong"
	fi
done <list
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
