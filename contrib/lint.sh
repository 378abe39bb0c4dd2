#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What a compiler does not check: who may include whom, calls that are not
# used here, and names.  Run from the top of the source tree.
set -u

findings=0

# finding TEXT: print it, one line for each line of it, and count them
finding() {
	[ -n "$1" ] || return 0
	printf '%s\n' "$1"
	findings=$((findings + $(printf '%s\n' "$1" | wc -l)))
}

# room MODULE: the storey it is on; a module includes only from below
room() {
	case "$1" in
	smime) echo 6 ;;
	judge) echo 5 ;;
	seal | sig | trust | ident | verdict | pathcache | verifier) echo 4 ;;
	store) echo 3 ;;
	mime | sdata | sst | pem | certset | rootprog | store_cert | certraw | p7b | \
	    namesake | constraint)
		echo 2 ;;
	field | cte | digest | cert | algo | attr | unzip | fold | certcache | \
	    facts | factcache)
		echo 1 ;;
	buf | reason | rules | lru | nomem) echo 0 ;;
	*) echo unknown ;;
	esac
}

layers_of_smime() {
	for file in $(find smime -name '*.[ch]'); do
		own=$(basename "$file" | sed 's/\..*//')
		sed -n 's/^#include "\(.*\)\.h"$/\1/p' "$file" |
		while read -r path; do
			name=${path##*/}
			[ "$name" = "$own" ] && continue
			if [ "${path%%/*}" != smime ] || [ ! -e "$path.h" ]; then
				echo "$file: includes $path.h, which is not" \
				    "in smime/"
			elif [ "$(room "$name")" = unknown ]; then
				echo "$file: $name has no storey in lint.sh"
			elif [ "$(room "$name")" -gt "$(room "$own")" ]; then
				echo "$file: includes $name.h from above"
			fi
		done
	done
}

# A .c file includes its own header first.
own_header_first() {
	for file in $(find smime milter -name '*.c'); do
		header=$(basename "$file" .c).h
		[ -e "$(dirname "$file")/$header" ] || continue
		first=$(grep -m 1 '^#include' "$file")
		[ "$first" = "#include \"${file%.c}.h\"" ] ||
		    echo "$file: does not include $header first"
	done
}

finding "$(layers_of_smime)"
finding "$(own_header_first)"
finding "$(grep -rnE --include='*.c' \
    '\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|alloca|gets)\(' \
    smime milter | sed 's/$/  <- banned call/')"
finding "$(grep -rnE --include='*.c' \
    '\b(syslog|fprintf|printf|getenv|time)\(' smime |
    grep -v 'snprintf\|asprintf' | sed 's/$/  <- not in smime\//')"
finding "$(grep -rnE 'TO[D]O|FIX[M]E|X[X]X' smime milter |
    sed 's/$/  <- unfinished/')"

[ "$findings" -eq 0 ] && echo "lint: 1 passed, 0 failed" && exit 0
echo "lint: $findings findings"
exit 1
