# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Sourced, in t/data: how its messages are judged.
#
# The time is fixed, so that what is good now is good for ever.  Left out is
# what another version of OpenSSL may put in other words or numbers.

# judge FILE: with the options that it needs
judge() {
	local options

	options=$(sed -n "s/^$1 //p" options)
	# shellcheck disable=SC2086 # options are words
	"$SMIMECTL" verify --json -c /dev/null \
	    --collection collection.sst --local-store "$PWD/local.pem" \
	    -o signer-aliases="$PWD/aliases" -o authserv-id=mx.example.net \
	    --time 2026-11-01T00:00:00Z $options "$1"
}

# One line of JSON for each message of the list.
judge_all() {
	local name

	while IFS=$'\t' read -r name _; do
		judge "$name" || true # the JSON says it
	done <list | jq -c 'del(.signatures[]? | .openssl_error, .detail)'
}

# From that JSON, the list's first two columns, in another order.
in_short() {
	jq -rs 'map(.file |= split("#")[0]) | group_by(.file)[] |
	    .[0].file + "\t" +
	    (map([.result // "-", .reason // empty] | join(" ")) | join("; "))'
}
