#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Run each fuzz target for a while, with clang's libFuzzer under ASan and
# UBSan, as many at once as there are processors.  Called by "make fuzz
# TIME=SECONDS".  What is found is left in fuzz/ under the target's name; once
# mended, it goes to t/fuzz/findings.
#
# Usage: run.sh SRCDIR SECONDS [TARGET]...         such as: smime sdata
set -eu

srcdir=$(cd "$1" && pwd)
seconds=$2
shift 2
if [ $# -eq 0 ]; then
	for target in "$srcdir"/t/fuzz/fuzz_*.c; do
		target=$(basename "$target" .c)
		set -- "$@" "${target#fuzz_}"
	done
fi

flags="-std=c11 -D_GNU_SOURCE -O1 -g -pthread
 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
 -I$srcdir/smime -I$srcdir/milter -I$srcdir/t/lib
 $(pkg-config --cflags libcrypto zlib gmime-3.0 libconfuse jansson)"
libs="$(pkg-config --libs libcrypto zlib gmime-3.0 libconfuse jansson)"
# Everything but the programs themselves and what needs an MTA.
sources="$srcdir/smime/*.c $(grep -L 'mfapi[.]h\|"ctl\|^main(' "$srcdir"/milter/*.c)"

mkdir -p fuzz
rm -rf fuzz/seeds fuzz/*.log
"$srcdir/t/fuzz/seeds.sh" "$srcdir" fuzz/seeds
for target in "$@"; do
	echo "building $target"
	mkdir -p "fuzz/corpus-$target" "fuzz/seeds/$target"
	# shellcheck disable=SC2086 # lists of words
	clang $flags -DSYSCONFDIR='"/etc"' -DPACKAGE_VERSION='"fuzz"' \
	    -DSRCDIR="\"$srcdir\"" -o "fuzz/$target" \
	    "$srcdir/t/fuzz/fuzz_$target.c" $sources $libs
done

echo "running each for $seconds s"
# shellcheck disable=SC2016 # the inner shell's to expand
printf '%s\n' "$@" | xargs -P "$(nproc)" -I TARGET sh -c '
	set -- TARGET "$1" "$2"
	dict=$2/t/fuzz/fuzz_$1.dict
	[ -f "$dict" ] || dict=/dev/null
	if "fuzz/$1" -dict="$dict" -max_total_time="$3" -timeout=60 \
	    -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
	    -artifact_prefix="fuzz/$1-" \
	    "fuzz/corpus-$1" "fuzz/seeds/$1" >"fuzz/$1.log" 2>&1; then
		runs=$(sed -n "s/^stat::number_of_executed_units: *//p" \
		    "fuzz/$1.log")
		echo "$1: $runs inputs, nothing found"
	else
		touch "fuzz/$1.failed"
		echo "$1: FOUND, see fuzz/$1.log"
	fi' sh "$srcdir" "$seconds"

failed=$(find fuzz -name '*.failed' | wc -l)
rm -f fuzz/*.failed
echo "$(($# - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
