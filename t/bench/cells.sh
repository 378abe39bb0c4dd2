# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# cells - everything that is measured once in each run
#
# Sourced.  Each adds a line to $figures: run, milter, cell and the numbers.

# record MILTER CELL [JQ-FILTER]: an object on standard input, changed by it
record()
{
	jq -c --argjson run "$run" --arg milter "$1" --arg cell "$2" \
	    '{$run, $milter, $cell} + '"(${3:-.})" >"$work/figure"
	cat "$work/figure" >>"$figures"
}

# send MILTER FILES OPTION...: with mload; FILES is a list, one a line
send()
{
	to=$1 list=$2 method=smime
	shift 2
	case $to in
	opendkim) method=dkim ;;
	esac
	case $to/$list in
	ours*/*/plain/*) want="=none" ;;
	*)	want="=pass" ;;
	esac
	# shellcheck disable=SC2046 # names without blanks
	"$BUILDDIR/t/lib/mload/mload" -s "$(cat "$work/$to.at")" -m "$method" \
	    -P "$(cat "$work/$to.pid")" -r 100 "$@" \
	    $(echo "$list" | sed "s/\$/$want/") >"$work/said"
}

# load CELL MAILS CONNECTIONS MESSAGES "MILTER..." [OPTION]...
load()
{
	cell=$1 mails=$2 connections=$3 messages=$(few "$4") milters=$5
	shift 5
	for one in $milters; do
		count=$messages list=$(files "$mails")
		if [ "$one" = opendkim ]; then
			have_opendkim || continue
			count=$((messages / 4)) list=$(files "$mails-dkim")
		fi
		send "$one" "$list" -c "$connections" -n "$count" \
		    -w $((connections * 2)) "$@"
		record "$one" "$cell" <"$work/said"
	done
}

rates()
{
	load 2k/1 2k 1 6000 "floor ours opendkim"
	load 2k/8 2k 8 16000 "floor ours opendkim"
	load rsa4096/8 rsa4096 8 8000 "floor ours"
	load p256/8 p256 8 8000 "floor ours"
	load new/8 new 8 6000 "floor ours"
	load plain/8 plain 8 16000 "floor ours"
	load 200k/8 200k 8 3000 "floor ours"
	for shape in 25m 25m-der 25m-ber; do
		load "$shape/1" "$shape" 1 40 "hash ours"
	done
	load 2k-tcp/8 2k 8 16000 "floor-tcp ours-tcp"
}

# For the plots.
growth()
{
	load 20k/1 20k 1 3000 "floor ours opendkim"
	load 200k/1 200k 1 1000 "floor ours opendkim"
	load 2m/1 2m 1 150 "floor ours opendkim"
	load 25m/1 25m 1 40 floor
	for count in 10 100 1000; do
		send ours "$(files new "$count")" -c 8 -n "$(few 6000)" \
		    -w "$(few 2000)"
		record ours "signers-$count/8" <"$work/said"
	done
}

latencies()
{
	load 2k/16@500 2k 16 2000 "floor ours" -R 500
	load 2k/64 2k 64 16000 "floor ours"
}

# library CELL MAILS OPTION...: judged in one process, without a milter, by
# $threads threads on as many processors
library()
{
	cell=$1 mails=$2
	shift 2
	# shellcheck disable=SC2046 # names without blanks
	taskset -c "0-$((threads - 1))" \
	    "$BUILDDIR/t/bench/bench_verify" -t "$threads" "$@" \
	    "$work/$mails/root.pem" $(files "$mails") >"$work/said"
	record library "$cell" <"$work/said"
}

in_process()
{
	for threads in $(seq "$(nproc)"); do
		library "known/t$threads" 2k -n "$(few 10000)"
		library "new/t$threads" new -n "$(few 3000)"
	done
	threads=1
	library fresh/t1 2k -n "$(few 2000)" -f
	library 25m 25m -n "$(few 30)"
	library 25m-hash 25m -n "$(few 30)" -x
}

verify_by_command()
{
	openssl cms -verify -in "$work/2k/0.eml" -CAfile "$work/2k/root.pem" \
	    -out /dev/null 2>"$work/openssl.log" || {
		cat "$work/openssl.log" >&2
		return 1
	}
}

# commands COUNT: one after another
commands()
{
	for unused in $(seq "$1"); do
		verify_by_command
	done
}

# timed MILTER CELL COUNT COMMAND...: COUNT messages, by the clock
timed()
{
	who=$1 cell=$2 count=$3
	shift 3
	start=$(date +%s%N)
	"$@"
	end=$(date +%s%N)
	jq -n --argjson count "$count" --argjson ns $((end - start)) \
	    '{rate: ($count * 1e9 / $ns)}' | record "$who" "$cell"
}

# commands_at_once PROCESSES COUNT: by each of them
commands_at_once()
{
	waiting=""
	for unused in $(seq "$1"); do
		commands "$2" &
		waiting="$waiting $!"
	done
	for process in $waiting; do
		wait "$process"
	done
}

openssl_commands()
{
	timed openssl 2k/1 "$(few 200)" commands "$(few 200)"
	timed openssl 2k/8 $(($(few 50) * 8)) commands_at_once 8 "$(few 50)"
}

through_postfix()
{
	[ -n "${postfix_runs:-}" ] || return 0
	for one in none floor ours floor-tcp ours-tcp; do
		timed "$one" postfix 1500 send_through "$one" 1500 \
		    box@discard.example
		wait_for 60 queue_is_empty
	done
}

# memory MILTER CELL MAILS CONNECTIONS PERCENT: a fresh one that has judged
# some messages, and then holds these
memory()
{
	case $1 in
	ours)	start_ours "fresh-$1" ;;
	floor)	start_floor "fresh-$1" ;;
	esac
	cell=$2 mails=$3 connections=$4 percent=$5
	set -- "fresh-$1" "$1"
	send "$1" "$(files 2k)" -n 20
	send "$1" "$(files "$mails")" -c "$connections" -H "$percent"
	stop "$1"
	record "$2" "$cell" ". + {
	    above_kb: (.held_kb - .before_kb),
	    peak_above_kb: (.peak_kb - .before_kb),
	    each_kb: ((.held_kb - .before_kb) / $connections) }" <"$work/said"
}

memories()
{
	for one in floor ours; do
		memory "$one" in-flight 25m 1 50
		memory "$one" idle 2k "$(few 1000)" 0
		memory "$one" half-200k 200k "$(few 1000)" 50
		memory "$one" half-5m 5m "$(few 1000)" 50
	done
}

measure_all()
{
	rates
	growth
	latencies
	in_process
	openssl_commands
	through_postfix
	memories
}

# A hundred thousand different signers in a row, on one connection: there is one
# verifier then, whose caches are full after some thousand.  The files, 600 MB
# of them, are not in a root that lives in memory.
measure_many_signers()
{
	mkdir "$BUILDDIR/bench-signers"
	"$BUILDDIR/t/bench/make_mails" -k P-256 -u 100000 \
	    "$BUILDDIR/bench-signers"
	cat "$BUILDDIR/bench-signers/root.pem" >>"$work/collection.pem"
	start_ours many
	for batch in $(seq 0 9); do
		send many "$(seq -f "$BUILDDIR/bench-signers/%.0f.eml" \
		    $((batch * 10000)) $((batch * 10000 + 9999)))" \
		    -c 1 -n 10000
		record ours "signers-in-a-row/$((batch + 1))0000" \
		    <"$work/said"
	done
}
