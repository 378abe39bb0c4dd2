#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Killed at any moment, or out of space: the old collection is there, whole,
# or the new one.
#
# RUNS is how many commands are killed (default 60; 600 is a long run).
# SMIMECTL is the program under test.  The full disk is a small tmpfs in a
# mount space of its own; where those are not permitted, that part says so.
set -u

smimectl=$(realpath "${SMIMECTL:-./smimectl}")
self=$(realpath "$0")
passed=0
failed=0

command -v openssl >/dev/null || {
	echo "SKIPPED: there is no program openssl to make certificates with"
	exit 77
}

# ok NAME WANTED GOT
ok() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s: expected "%s", got "%s"\n' "$1" "$2" "$3"
	fi
}

# make_certificates WORD COUNT: WORD1.pem and so on, of about 1500 octets
make_certificates() {
	local i

	for ((i = 1; i <= $2; i++)); do
		openssl req -x509 -key a.key -subj "/CN=$1 $i" -days 3000 \
		    -addext "nsComment=$filler" -out "$1$i.pem" 2>/dev/null
	done
}

# state FILE: which of the whole stores is it?
state() {
	local name

	for name in small large; do
		cmp -s "$1" "$name.sst" && echo "$name" && return
	done
	[ -e "$1" ] && echo broken || echo missing
}

# killed SECONDS ARGUMENT...: run it, and kill it after that time
killed() {
	local after=$1 pid

	shift
	"$smimectl" collection "$@" >/dev/null 2>&1 &
	pid=$!
	# A builtin: no time is lost to start a program.
	read -r -t "$after" <>"$work/never" || :
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
}

# How long a whole command takes here, in microseconds.
duration() {
	local from=${EPOCHREALTIME/./}

	"$smimectl" collection create --force -o c.sst large.sst >/dev/null 2>&1
	echo $((${EPOCHREALTIME/./} - from))
}

# Each command turns the small store into the large one, or back.
kill_them() {
	local run span after at command before broken=0 seen_old=0 seen_new=0
	local commands=(
	    "create --force -o s.sst large.sst"
	    "add s.sst large.sst"
	    "remove s.sst --subject more*"
	    "create --force -o s.sst small.sst"
	    "create -o new.sst large.sst")

	span=$(duration)
	cp small.sst s.sst
	for ((run = 0; run < RUNS; run++)); do
		command=${commands[$((run % ${#commands[@]}))]}
		case $command in
		*large.sst) cp small.sst s.sst ;;
		*) cp large.sst s.sst ;;
		esac
		rm -f new.sst
		before=$(state s.sst)
		after=$((RANDOM * span * 12 / 327680))
		set -f
		# shellcheck disable=SC2086 # words
		killed "$(printf '0.%06d' "$after")" $command
		set +f
		at=s.sst
		case $command in
		*new.sst*) at=new.sst before=missing ;;
		esac
		case $(state "$at") in
		broken) broken=$((broken + 1)) ;;
		"$before") seen_old=$((seen_old + 1)) ;;
		small | large) seen_new=$((seen_new + 1)) ;;
		*) broken=$((broken + 1)) ;;
		esac
	done
	echo "killed $RUNS times: $seen_old times the old store was there," \
	    "$seen_new times the new one, $broken times neither;" \
	    "$(find . -name '.smimectl-*' | wc -l) hidden files left"
	ok "no broken store" 0 "$broken"
	[ "$RUNS" -lt 60 ] ||
	    ok "killed before and after the step" "yes yes" \
		"$([ "$seen_old" -gt 0 ] && echo yes)$([ "$seen_new" -gt 0 ] &&
		echo " yes")"
	cp small.sst s.sst
	"$smimectl" collection add s.sst large.sst >/dev/null 2>&1
	ok "the next command works" large "$(state s.sst)"
	ok "and clears away" 0 "$(find . -name '.smimectl-*' | wc -l)"
}

# fill: leave less room than a store needs
fill() {
	head -c 10000000 /dev/zero >filler 2>/dev/null
	truncate -s -4096 filler
}

# full_disk: run in a mount space of its own, in a small file system
full_disk() {
	local command at

	cp "$work/small.sst" "$work/large.sst" .
	cp large.sst s.sst
	fill
	for command in "create --force -o s.sst small.sst" \
	    "remove s.sst --subject more*" "create -o new.sst small.sst"; do
		set -f
		# shellcheck disable=SC2086 # words
		"$smimectl" collection $command >/dev/null 2>err
		ok "full disk, ${command%% *}: status" 2 $?
		set +f
		grep -q "No space left" err
		ok "full disk, ${command%% *}: says so" 0 $?
		ok "full disk, ${command%% *}: the old store" large \
		    "$(state s.sst)"
	done
	at=$(state new.sst)
	ok "full disk, create: no half of a store" missing "$at"
	cp small.sst s.sst
	fill
	"$smimectl" collection add s.sst large.sst >/dev/null 2>&1
	ok "full disk, add: status" 2 $?
	ok "full disk, add: the old store" small "$(state s.sst)"
	ok "full disk: nothing hidden is left" 0 \
	    "$(find . -name '.smimectl-*' | wc -l)"
	rm filler
	"$smimectl" collection add s.sst large.sst >/dev/null 2>&1
	ok "with room again, add" large "$(state s.sst)"
}

if [ "${1:-}" = --full-disk ]; then
	mount -t tmpfs -o size=160k collection "$work/disk" || exit 69
	cd "$work/disk" || exit 1
	full_disk
	echo "$passed $failed" >"$work/counts"
	exit 0
fi

: "${RUNS:=60}"
work=$(mktemp -d)
export work
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkfifo never
mkdir disk
filler=$(printf '%01000d' 0)
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out a.key
make_certificates base 10
make_certificates more 20
"$smimectl" collection create -o small.sst base{1..10}.pem >/dev/null
"$smimectl" collection create -o large.sst {base{1..10},more{1..20}}.pem \
    >/dev/null
kill_them
RUNS=$RUNS SMIMECTL=$smimectl unshare -m "$self" --full-disk 2>/dev/null ||
    RUNS=$RUNS SMIMECTL=$smimectl unshare -rm "$self" --full-disk ||
    echo "SKIPPED the full disk: this machine permits no mounts"
if [ -e counts ]; then
	read -r more_passed more_failed <counts
	passed=$((passed + more_passed))
	failed=$((failed + more_failed))
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
