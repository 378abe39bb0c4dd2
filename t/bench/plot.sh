#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The table and the plots of contrib/speed, from what "make bench" wrote.
#
# Usage: t/bench/plot.sh BENCH.JSON FOLDER
#
# Writes table.txt, size.svg, cores.svg and signers.svg, and memory.svg where
# many signers were measured (LONG=1).  Text takes the colour of the page, or
# of the reader's theme; lines are of colours that show on light and on dark.
set -eu
[ $# -eq 2 ] || {
	echo "usage: $0 BENCH.JSON FOLDER" >&2
	exit 2
}
bench=$(cd "$(dirname "$0")" && pwd)
json=$1 folder=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v gnuplot >/dev/null || {
	echo "$0: no gnuplot; contrib/deps bench installs it" >&2
	exit 1
}

# points MILTER CELL FIGURE X: one line, x and the median, if it was measured
points()
{
	jq -r --arg milter "$1" --arg cell "$2" --arg figure "$3" --arg x "$4" '
	    [.figures[] | select(.milter == $milter and .cell == $cell)
		| .[$figure]] | sort
	    | select(length > 0) | "\($x) \(.[(length - 1) / 2 | floor])"' \
	    "$json"
}

# by_size MILTER: processor time for each message, over its octets
by_size()
{
	points "$1" 2k/1 cpu_us 2000
	points "$1" 20k/1 cpu_us 20000
	points "$1" 200k/1 cpu_us 200000
	points "$1" 2m/1 cpu_us 2000000
	points "$1" 25m/1 cpu_us 25000000
}

# by_threads KIND: times the rate of one thread in the same run, the median
by_threads()
{
	for threads in $(seq "$(jq .host.cores "$json")"); do
		jq -r --arg one "$1/t1" --arg cell "$1/t$threads" \
		    --arg x "$threads" '
		    [.figures | group_by(.run)[]
			| map({(.milter + " " + .cell): .rate}) | add
			| .["library " + $cell] / .["library " + $one]] | sort
		    | "\($x) \(.[(length - 1) / 2 | floor])"' "$json"
	done
}

by_signers()
{
	points ours 2k/8 rate 1
	for count in 10 100 1000; do
		points ours "signers-$count/8" rate "$count"
	done
	points ours new/8 rate 2000
}

by_signers_in_a_row()
{
	for tens in $(seq 10); do
		points ours "signers-in-a-row/${tens}0000" held_kb "${tens}0000"
	done | awk '{ print $1, $2 / 1024 }'
}

# plot NAME TITLE XLABEL YLABEL SETTINGS CURVES
plot()
{
	cat >"$work/plot" <<-END
		set terminal svg size 640,400 dynamic font "sans-serif,13"
		set output "$work/$1.svg"
		set title "$2"
		set xlabel "$3"
		set ylabel "$4"
		set border 3 linecolor rgb "#808080"
		set tics nomirror
		set grid linecolor rgb "#808080" linewidth 0.5 dashtype 3
		set key left top
		set style line 1 linecolor rgb "#3b82f6" linewidth 2.5 pointtype 7
		set style line 2 linecolor rgb "#e0771a" linewidth 2.5 pointtype 5
		set style line 3 linecolor rgb "#2f9e64" linewidth 2.5 pointtype 9
		$5
		plot $6
	END
	gnuplot "$work/plot"
	theme <"$work/$1.svg" >"$folder/$1.svg"
}

# What gnuplot draws in black takes the colour of the text around it.
theme()
{
	sed -e 's/rgb( *0, *0, *0)/currentColor/g' -e 's/"black"/"currentColor"/g' \
	    -e "s/'black'/'currentColor'/g" \
	    -e '0,/<desc>/s|<desc>|<style>svg { color: #24292f }\
@media (prefers-color-scheme: dark) { svg { color: #e6edf3 } }</style>\
&|'
}

curve() # FILE STYLE TITLE
{
	printf '"%s" with linespoints linestyle %s title "%s"' "$work/$1" "$2" "$3"
}

for milter in floor ours opendkim; do
	by_size "$milter" >"$work/size-$milter"
done
by_threads known >"$work/known"
by_threads new >"$work/new"
by_signers >"$work/signers"
by_signers_in_a_row >"$work/memory"

curves="$(curve size-ours 1 smime-milter), $(curve size-floor 2 floor)"
[ ! -s "$work/size-opendkim" ] ||
    curves="$curves, $(curve size-opendkim 3 OpenDKIM)"
plot size "Processor time over size of the signed text" "size" \
    "microseconds a message" "set logscale xy; set xrange [1000:5e7]; set xtics (\"2 kB\" 2000, \"20 kB\" 20000, \"200 kB\" 200000, \"2 MB\" 2000000, \"25 MB\" 25000000)" "$curves"
plot cores "Judging alone, over threads" "threads" \
    "times the rate of one thread" \
    "set yrange [0:*]; set xtics 1; set xrange [0.8:*]" \
    "$(curve known 1 "known signer"), $(curve new 2 "new signer each time")"
plot signers "Rate over signers that take turns, 8 connections" \
    "different signers" "messages a second" \
    "set logscale x; set yrange [0:*]; set key bottom" \
    "$(curve signers 1 smime-milter)"
if [ -s "$work/memory" ]; then
	plot memory "Resident memory over signers seen" "different signers" \
	    "MB" "set yrange [0:*]; set key bottom" \
	    "$(curve memory 1 smime-milter)"
fi
jq -r -f "$bench/table.jq" "$json" >"$folder/table.txt"
