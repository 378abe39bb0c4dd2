#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Make a folder of seeds for each fuzz target from the messages and stores of
# t/data, and add what earlier runs have found (t/fuzz/findings).
#
# Usage: seeds.sh SRCDIR FOLDER
set -eu

data=$1/t/data
findings=$1/t/fuzz/findings
out=$2

# seed TARGET NAME PREFIX: standard input, after the octets that steer it
seed()
{
	# shellcheck disable=SC2059 # the prefix is a format
	{ printf "$3"; cat; } >"$out/$1/$2"
}

# The body of the last part in base64, where there is one.
base64_body()
{
	tr -d '\r' <"$1" | awk '
	    tolower($0) ~ /^content-transfer-encoding: *base64/ { found = 1 }
	    found && /^$/ { body = 1; text = ""; found = 0; next }
	    /^--/ { body = 0 }
	    body { text = text $0 "\n" }
	    END { printf "%s", text }'
}

# The first field of that name, with the lines that continue it.
field_value() # NAME
{
	awk -v name="$1:" '
	    found && !/^[ \t]/ { exit }
	    index($0, name) == 1 { found = 1; $0 = substr($0, length(name) + 1) }
	    found { printf "%s\n", $0 }'
}

# One octet steers the size of the pieces.
seed_message() # NAME FILE
{
	seed mime "$1" '\020' <"$2"
	seed smime "$1" '\020' <"$2"
	sed '/^.\{0,1\}$/q' "$2" | seed field "$1" ''
	for name in From Content-Type; do
		field_value "$name" <"$2" | seed opinion "$1-$name" ''
	done
	base64_body "$2" | base64 -d 2>/dev/null | seed sdata "$1" '\020'
}

# The kinds of store that pem_read() tells apart.
seed_stores()
{
	for store in "$data"/*.sst; do
		name=$(basename "$store")
		seed sst "$name" '' <"$store"
	done
	seed pem bundle.pem '' <"$data/local.pem"
	openssl x509 -in "$data/local.pem" -outform DER |
	    seed pem one.der ''
	openssl crl2pkcs7 -nocrl -certfile "$data/local.pem" -outform DER |
	    seed pem all.p7b ''
	openssl crl2pkcs7 -nocrl -certfile "$data/local.pem" |
	    seed pem all.p7b.pem ''
	openssl x509 -in "$data/local.pem" -trustout |
	    seed pem trusted.pem ''
}

# Two octets: the encoding, and the size of the pieces.
seed_encodings()
{
	for encoding in 0 1 2; do
		for body in "$data/ok.eml" "$data/opaque-der.eml" \
		    "$data/signature-quoted-printable.eml"; do
			name=$encoding-$(basename "$body")
			seed cte "$name" "\\00$encoding\\007" <"$body"
		done
	done
}

# The fields that were written for the messages.
seed_results()
{
	number=0
	sed -n 's/.*"header":"\([^"]*\)".*/\1/p' "$data/expected.jsonl" |
	    sort -u | while read -r field; do
		number=$((number + 1))
		printf ' %s' "$field" | seed result "$number" ''
	done
}

# The verdicts on the messages, with what a history has beside them.
seed_histories()
{
	number=0
	modes='{"exchange-2013-sp1":"pass","exchange-online":"policy"}'
	path='[{"subject":"CN=A","not_after":"2027-01-01T00:00:00Z"}]'
	more="\"modes\":$modes,\"by\":\"local\",\"path\":$path"
	while read -r line; do
		number=$((number + 1))
		printf '%s' "$line" |
		    sed -e 's/^{/{"time":"2026-01-02T03:04:05Z",/' \
			-e "s/\"facts\":/$more,&/g" |
		    seed histread "$number" ''
	done <"$data/expected.jsonl"
}

for target in cte field histread mime opinion pem result sdata smime sst; do
	mkdir -p "$out/$target"
done
for message in "$data"/*.eml; do
	seed_message "$(basename "$message")" "$message"
done
seed_stores
seed_encodings
seed_results
seed_histories
for finding in "$findings"/*-*; do
	[ -f "$finding" ] || continue
	name=$(basename "$finding")
	mkdir -p "$out/${name%%-*}"
	cp "$finding" "$out/${name%%-*}/$name"
done
