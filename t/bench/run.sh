#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What the daemon costs, as ratios to milters that do as little as can be done.
# "make bench" calls it; t/bench/README tells how and what is measured.
#
# Where the machine permits it, all runs in a throw-away root that has Postfix
# and OpenDKIM; elsewhere without them.  The table goes to standard output,
# every figure to bench.json (bench-short.json) in the build folder.
#
# BUILDDIR  the build folder; default: build
# REPEAT    how many times everything is measured (5)
# CELLS     all (default), or "short": some seconds that show that it works
# LONG      set: 100,000 different signers, some minutes more
set -eu
cd "$(dirname "$0")/../.."
: "${BUILDDIR:=$PWD/build}" "${REPEAT:=5}" "${CELLS:=all}" "${LONG:=}"

for command in jq openssl chrt; do
	command -v "$command" >/dev/null || {
		echo "$0: no $command; contrib/deps bench installs it" >&2
		exit 1
	}
done

if [ -z "${THROW_AWAY:-}" ] && [ "$CELLS" = all ] &&
    contrib/lib/root.sh "$BUILDDIR"; then
	THROW_AWAY=yes
	commit=$(git describe --always --dirty 2>/dev/null || echo unknown)
	export THROW_AWAY BUILDDIR REPEAT CELLS LONG commit
	exec contrib/lib/root.sh "$BUILDDIR" postfix,opendkim t/bench/run.sh
fi
[ -z "${THROW_AWAY:-}" ] || BUILDDIR=/build
: "${commit:=$(git describe --always --dirty 2>/dev/null || echo unknown)}"

bench=$PWD/t/bench
json=$BUILDDIR/bench.json
[ "$CELLS" = all ] || json=$BUILDDIR/bench-$CELLS.json
work=$(mktemp -d)
figures=$work/figures
processes=""
. ./contrib/lib/daemon.sh
. ./contrib/lib/postfix.sh
. ./t/bench/mails.sh
. ./t/bench/milters.sh
. ./t/bench/cells.sh

clean_up()
{
	# shellcheck disable=SC2086 # a list of numbers
	[ -z "$processes" ] || kill $processes 2>/dev/null || true
	[ -z "${postfix_runs:-}" ] || mta_stop || true
	rm -rf "$work" "$BUILDDIR/bench-signers"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# A processor that sleeps takes tens of microseconds to wake.
keep_awake()
{
	for processor in $(seq 0 $(($(nproc) - 1))); do
		chrt -i 0 taskset -c "$processor" \
		    sh -c 'while :; do :; done' &
		processes="$processes $!"
	done
}

# Hundredths of a second that others used this processor, and all there were.
stolen()
{
	awk '/^cpu / { print $9, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' \
	    /proc/stat
}

# What the figures depend on, and how much else went on.
host_facts()
{
	jq -n --arg processor "$(sed -n 's/^model name.*: //p' /proc/cpuinfo |
	    head -n 1)" \
	    --argjson cores "$(nproc)" \
	    --arg kernel "$(uname -r)" \
	    --arg versions "$("$BUILDDIR/smime-milter" -V | tr '\n' ' ')" \
	    --arg postfix "$(postconf -h mail_version 2>/dev/null || true)" \
	    --arg opendkim "$(dpkg-query -W -f='${Version}' opendkim \
		2>/dev/null || true)" \
	    --arg commit "$commit" \
	    --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
	    --argjson load_before "$load_before" \
	    --argjson stolen_percent "$(echo "$stolen_before $(stolen)" |
		awk '{ printf "%.2f", ($3 - $1) * 100 / ($4 - $2) }')" \
	    '$ARGS.named | map_values(if . == "" then null else . end)'
}

write_json()
{
	host_facts >"$work/host.json"
	jq -n --slurpfile host "$work/host.json" \
	    --slurpfile goals "$bench/goals.json" \
	    --slurpfile figures "$figures" \
	    --argjson repeat "$REPEAT" --arg cells "$CELLS" \
	    -f "$bench/ratios.jq" >"$json"
}

load_before=$(cut -d ' ' -f 1 /proc/loadavg)
stolen_before=$(stolen)
# shellcheck disable=SC3045 # not in POSIX, but in every shell
ulimit -n "$(ulimit -H -n)"
chmod 755 "$work"
: >"$figures"
make_all_mails
start_milters
start_postfix
[ "$CELLS" = short ] || keep_awake
for run in $(seq "$REPEAT"); do
	measure_all
	echo "run $run of $REPEAT done" >&2
done
[ -z "$LONG" ] || measure_many_signers
write_json
jq -r -f "$bench/table.jq" "$json"
