#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Run each fuzz target for a while, with clang's libFuzzer under ASan and
# UBSan.  Called by "make fuzz TIME=SECONDS".
#
# Usage: run.sh SRCDIR SECONDS [TARGET]...
set -eu

srcdir=$1
seconds=$2
shift 2
[ $# -gt 0 ] || set -- "$srcdir"/t/fuzz/fuzz_*.c

flags="-std=c11 -D_GNU_SOURCE -O1 -g -pthread
 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
 -I$srcdir/smime -I$srcdir/milter -I$srcdir/t/lib
 $(pkg-config --cflags libcrypto zlib gmime-3.0 libconfuse jansson)"
libs="$(pkg-config --libs libcrypto zlib gmime-3.0 libconfuse jansson)"
# Everything but the programs themselves and what needs an MTA.
sources="$srcdir/smime/*.c"
for name in conftext log network opt policy result settings; do
	sources="$sources $srcdir/milter/$name.c"
done

mkdir -p fuzz
passed=0
failed=0
for target in "$@"; do
	name=$(basename "$target" .c)
	echo "$name: $seconds s"
	mkdir -p "fuzz/corpus-$name"
	# shellcheck disable=SC2086 # lists of words
	clang $flags -DSYSCONFDIR='"/etc"' -DPACKAGE_VERSION='"fuzz"' -o "fuzz/$name" "$target" $sources $libs
	dict=$srcdir/t/fuzz/$name.dict
	if [ -f "$dict" ]; then
		set_dict="-dict=$dict"
	else
		set_dict=
	fi
	# shellcheck disable=SC2086 # set_dict may be empty
	if "fuzz/$name" $set_dict -max_total_time="$seconds" -timeout=10 \
	    -rss_limit_mb=2048 -artifact_prefix="fuzz/$name-" \
	    "fuzz/corpus-$name" >"fuzz/$name.log" 2>&1; then
		passed=$((passed + 1))
		grep -a '^stat::\|^Done' "fuzz/$name.log" | tail -n 1
	else
		failed=$((failed + 1))
		tail -n 30 "fuzz/$name.log"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
