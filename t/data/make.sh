#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Make the messages of this folder anew, with new keys, and write down what
# smimectl says of them; or, without a folder, do only the latter.
#
# usage: SMIMECTL=PROGRAM t/data/make.sh [FOLDER-OF-LIBSMIME]
set -eu

usage() {
	echo "usage: SMIMECTL=PROGRAM $0 [FOLDER-OF-LIBSMIME]" >&2
	exit 2
}

[ $# -le 1 ] || usage
[ $# -eq 0 ] || [ -f "$1/libsmime.a" ] || usage
built=$(realpath "${1:-.}")
SMIMECTL=$(realpath "${SMIMECTL:-$built/smimectl}")
cd "$(dirname "$0")"
# shellcheck source=t/data/judge.sh
. ./judge.sh

make_messages() {
	generator=$(mktemp)
	trap 'rm -f "$generator"' EXIT
	# shellcheck disable=SC2046 # several flags
	${CC:-cc} -std=c11 -D_GNU_SOURCE -O1 -I../.. \
	    -o "$generator" make.c cast.c ../lib/mail.c ../lib/pki.c \
	    "$built/libsmime.a" \
	    $(pkg-config --cflags --libs libcrypto gmime-3.0 zlib)
	rm -f ./*.eml ./*.mbox
	"$generator" .
}

write_readme() {
	cat <<-'END'
		Messages to judge, and what smimectl says of them
		==================================================

		make.c and cast.c made all of this with OpenSSL, make.sh runs
		them.  The keys were thrown away: what is signed here cannot be
		signed again, only be made anew as a whole.

		Certificates hold from 2026 to 2046, but the set is judged as
		of 1 November 2026 and so never expires.

		  collection.sst   the collection: one good root, four with a
		                   property that speaks against them, and Dave
		  local.pem        the local store: another root
		  aliases          a gateway that may sign for example.org
		  options          what some messages need to be judged with
		  list             the table below, for programs
		  expected.jsonl   smimectl verify --json of each message
		  NOT_YIELDED      reasons that no message can yield, and why
		  judge.sh         how all are judged

		To make all anew: SMIMECTL=./smimectl t/data/make.sh .
		To write down verdicts alone, when smimectl says more than it
		did: the same without the dot.  Read the difference in
		expected.jsonl before it is committed.

		bombs.c makes other messages, for t/e2e/hostile.sh, which are too
		large to be kept.

		A message that has the name of a reason yields that reason.
		Alice is P-256 and SHA-256 below the good root if nothing else
		is said; the From field names who signs.

		file, result and reason, who signed, and what it shows
		------------------------------------------------------
	END
	awk -F '\t' '{ printf "%-31s %-31s %s\n", $1, $2, $3 }' list
}

[ $# -eq 0 ] || make_messages
judge_all >expected.jsonl
write_readme >README
cut -f 1,2 list | sort | diff -u - <(in_short <expected.jsonl | sort) ||
    echo "expected.jsonl is not what make.c expects" >&2
