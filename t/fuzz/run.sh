#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Run each fuzz target for a while, with clang's libFuzzer under ASan and
# UBSan, as many at once as there are processors.  What is found is left in
# fuzz/ under the target's name; once mended, it goes to t/fuzz/findings.
#
# Called by "make fuzz TIME=SECONDS", which says what the libraries are made
# of: SOURCES, from the top of the source; FLAGS to compile and LIBS to link.
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

# shellcheck disable=SC2089,SC2090 # the macros are to have their quotes
export CC="clang -std=c11 -D_GNU_SOURCE -O1 -g -pthread \
    -fno-sanitize-recover=all -I$srcdir -DSYSCONFDIR=\"/etc\" \
    -DPACKAGE_VERSION=\"fuzz\" -DSRCDIR=\"$srcdir\" $FLAGS"
sanitizers=address,undefined

mkdir -p fuzz
rm -rf fuzz/seeds fuzz/*.log
"$srcdir/t/fuzz/seeds.sh" "$srcdir" fuzz/seeds

echo "building for $# targets"
rm -rf fuzz/objects
mkdir fuzz/objects
# shellcheck disable=SC2016,SC2086 # the inner shell's to expand; a list
printf '%s\n' $SOURCES | grep '[.]c$' | xargs -P "$(nproc)" -I SOURCE sh -c '
	$CC -fsanitize=fuzzer-no-link,$3 -c -o "fuzz/objects/$(echo "$1" | tr / -).o" \
	    "$2/$1"' sh SOURCE "$srcdir" "$sanitizers"
for target in "$@"; do
	mkdir -p "fuzz/corpus-$target" "fuzz/seeds/$target"
	# shellcheck disable=SC2086,SC2090 # lists of words
	$CC -fsanitize=fuzzer,$sanitizers -o "fuzz/$target" \
	    "$srcdir/t/fuzz/fuzz_$target.c" fuzz/objects/*.o $LIBS
done

echo "running each for $seconds s"
# shellcheck disable=SC2016 # the inner shell's to expand
printf '%s\n' "$@" | xargs -P "$(nproc)" -I TARGET sh -c '
	set -- TARGET "$1" "$2"
	dict=
	[ ! -f "$2/t/fuzz/fuzz_$1.dict" ] || dict=-dict=$2/t/fuzz/fuzz_$1.dict
	if "fuzz/$1" ${dict:+"$dict"} -max_total_time="$3" -timeout=60 \
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
