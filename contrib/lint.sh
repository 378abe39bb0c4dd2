#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What a compiler does not check: rooms and who may include whom, as the table
# in contrib/HACKING.md has it; calls that are not used here; how long a file
# is.  Run from the top of the source tree.
set -u

findings=0

# finding TEXT: print it, one line for each line of it, and count them
finding() {
	[ -n "$1" ] || return 0
	printf '%s\n' "$1"
	findings=$((findings + $(printf '%s\n' "$1" | wc -l)))
}

# The table of rooms, a line for each module: storey, row, ROOM/MODULE.
rooms() {
	# shellcheck disable=SC2016 # backquotes of Markdown
	sed -n 's/^| \([0-9][0-9]*\) | `\([a-z0-9/]*\)` | \([^|]*\) |.*/\1 \2 \3/p' \
	    contrib/HACKING.md |
	    awk '{ for (i = 3; i <= NF; i++) print $1, NR, $2 $i }'
}

# A line for each module that there is, or that make writes.
modules() {
	{
		find smime milter -name '*.[ch]'
		sed -n 's/^\(milter[a-z/_]*\.h\):.*/\1/p' Makefile.am
	} | sed 's/\.[ch]$//' | sort -u
}

# Each module is in one room, and each in the table is there.
homeless() {
	modules | awk -v table="$(rooms)" '
	    BEGIN {
		    n = split(table, line, "\n")
		    for (i = 1; i <= n; i++) {
			    split(line[i], word, " ")
			    if (listed[word[3]]++)
				    print word[3] ": in two rooms of HACKING.md"
		    }
		    if (n < 2)
			    print "contrib/HACKING.md: no table of rooms"
	    }
	    !listed[$1] { print $1 ": in no room of HACKING.md" }
	    { delete listed[$1] }
	    END {
		    for (module in listed)
			    if (listed[module])
				    print module ": is in HACKING.md only"
	    }'
}

# The door of each room says what the room is for.
doors() {
	rooms | awk '!seen[$2]++ { print $3 ".h" }' | while read -r door; do
		grep -q '^ \* Room  ' "$door" ||
		    echo "$door: is a door and has no \"Room\""
	done
}

# An include comes from the module's own room or from a lower storey.
includes_from_above() {
	grep -rn --include='*.[ch]' '^#include "' smime milter |
	    awk -F '[:"]' -v table="$(rooms)" '
	    BEGIN {
		    n = split(table, line, "\n")
		    for (i = 1; i <= n; i++) {
			    split(line[i], word, " ")
			    storey[word[3]] = word[1]
			    row[word[3]] = word[2]
		    }
	    }
	    {
		    from = $1
		    to = $4
		    sub(/\.[ch]$/, "", from)
		    sub(/\.h$/, "", to)
		    if (!(to in storey))
			    print $1 ":" $2 ": " $4 " is in no room"
		    else if (row[to] != row[from] && storey[to] >= storey[from])
			    print $1 ":" $2 ": " $4 " is " \
				(storey[to] > storey[from] ? "above" : "beside")
	    }'
}

# A test lies as the code lies.
tests_in_no_room() {
	find t/unit -name '*.c' | while read -r test; do
		room=$(dirname "${test#t/unit/}")
		[ -d "$room" ] || echo "$test: there is no $room/"
	done
}

# A .c file includes its own header first.
own_header_first() {
	find smime milter -name '*.c' | while read -r file; do
		header=${file%.c}.h
		[ -e "$header" ] || continue
		[ "$(grep -m 1 '^#include' "$file")" = \
		    "#include \"$header\"" ] ||
		    echo "$file: does not include $header first"
	done
}

# too_long LINES FOLDER...: files of C with more lines of code; neither
# comments nor blank lines count.
too_long() {
	most=$1
	shift
	find "$@" -name '*.[ch]' | while read -r file; do
		awk -v most="$most" '
		    /^[ \t]*\/\*/ { comment = 1 }
		    !comment && NF > 0 { lines++ }
		    /\*\// { comment = 0 }
		    END {
			    if (lines > most)
				    print FILENAME ": " lines \
					" lines of code, more than " most
		    }' "$file"
	done
}

finding "$(homeless)"
finding "$(doors)"
finding "$(includes_from_above)"
finding "$(tests_in_no_room)"
finding "$(own_header_first)"
finding "$(too_long 700 smime milter t/lib t/bench t/fuzz)"
finding "$(too_long 1200 t/unit t/data)"
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
