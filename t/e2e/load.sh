#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Many connections, few files, and reloads all the time: nothing crashes, no
# verdict is wrong, nothing grows, and the service recovers.
#
# The daemon is BUILDDIR/SMIME_MILTER (default: build/plain/smime-milter), and
# no MTA is needed: t/lib/mload speaks the milter protocol.
#
# LOAD   short (default) or long: reloads for 10 or 60 seconds
set -eu
cd "$(dirname "$0")/../.."
: "${SMIME_MILTER:=plain/smime-milter}" "${LOAD:=short}"
case $LOAD in
long)	reload_for=60 messages=40000 ;;
*)	reload_for=10 messages=6000 ;;
esac
. ./t/lib/load.sh

# The client has two files for each connection.
# shellcheck disable=SC3045 # dash and bash know ulimit -n
if ! ulimit -n 8192 2>/dev/null; then
	echo "this machine permits no 8192 open files"
	exit 77
fi
load_prepare "metrics-file = \"$work/run/metrics.prom\"" "metrics-interval = 2"

# start_with SOFT HARD: the limits of open files for the daemon alone.
start_with()
{
	UNDER="prlimit --nofile=$1:$2" load_start
}

open_files()
{
	find "/proc/$milter/fd" -mindepth 1 2>/dev/null | wc -l
}

# Until the processes of a job have ended: the most files that were open.
watch_files() # PROCESS
{
	most=0
	while kill -0 "$1" 2>/dev/null; do
		now=$(open_files)
		[ "$now" -le "$most" ] || most=$now
		sleep 0.05
	done
}

# In kB.
memory()
{
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$milter/status"
}

# In hundredths of a second.
processor_time()
{
	awk '{ print $14 + $15 }' "/proc/$milter/stat"
}

is_idle()
{
	[ "$(open_files)" -le "$idle_files" ]
}

serves()
{
	load -n 10 >serves.out 2>&1
}

recovers()
{
	wait_for 10 is_idle || note "$(open_files) files are still open"
	serves || note "it does not serve: $(cat serves.out)"
}

begin "a soft limit of 1024 files is raised to the hard one"
start_with 1024 8192
idle_files=$(($(open_files) + 4))
limit=$(awk '/^Max open files/ { print $4 }' "/proc/$milter/limits")
[ "$limit" = 8192 ] || note "the limit is $limit"
grep -q 'open files: 8192, so that 8128 connections fit' milter.log ||
    note "the log does not say how many connections fit"

begin "2000 connections at once: each verdict is right"
load -c 2000 -r 1000000 -n "$messages" -a >load.out 2>&1 &
client=$!
watch_files "$client"
wait "$client" || note "the load failed"
cat load.out
echo "at most $most files open"
[ "$most" -ge 2000 ] || note "there were only $most"
recovers
grep -q '"refused":0,' load.out || note "some were refused"

begin "reloads, ten a second, change no verdict and let nothing grow"
load -c 20 -d 3 >warm.out 2>&1 || note "the load failed"
load_and_reload 3 -c 20
before=$(memory) files=$(open_files)
load_and_reload "$reload_for" -c 20
after=$(memory)
wait_for 10 is_idle || note "$(open_files) files are open, before $files"
echo "$before kB before, $after kB after"
[ "$((done + refused))" -ge "$((reload_for * 8))" ] ||
    note "only $done reloads, and $refused refused"
[ "$done" -ge "$reload_for" ] || note "only $done reloads"
[ "$refused" -ge "$reload_for" ] || note "only $refused refused"
[ "$after" -le "$((before + before / 5))" ] ||
    note "from $before kB to $after kB"

begin "it stops cleanly"
milter_stop || note "it ended with status $?"

# Those that have not said a word yet are not counted, and may take the rest.
# Connections are kept as long as there is mail, so that all 2000 are wanted at
# once; that must end before the clients lose their patience (run.c).
begin "with a hard limit of 1024 files, those beyond it have to come again"
: >milter.log
start_with 1024 1024
idle_files=$(($(open_files) + 4))
for count in 6000 20000 60000; do # the faster the machine, the more
	load -c 2000 -r 1000000 -n "$count" -p >load.out 2>&1 &
	client=$!
	watch_files "$client"
	wait "$client" || note "the load failed"
	cat load.out
	echo "at most $most files open"
	grep -q '"refused":0,' load.out || break
done
grep -q '"refused":0,' load.out && note "none was refused"
grep -q 'more than 960 connections' milter.log ||
    note "the log does not say so"
recovers
sleep 3
grep -q '^smime_milter_connections_refused_total [1-9]' run/metrics.prom ||
    note "the metrics do not count them"

begin "clients that say nothing take all files: it waits, and recovers"
: >milter.log
./mload -s "$milter_unix" -i -c 1500 -d 5 >idle.out 2>&1 &
client=$!
watch_files "$client"
wait "$client" || note "the client failed"
cat idle.out
echo "at most $most files open"
[ "$most" -ge 1020 ] || note "there were only $most files open"
kill -0 "$milter" || note "it is gone"
recovers
grep -q 'out of open files: connections wait' milter.log ||
    note "the log does not say so"

begin "it is idle afterwards"
busy=$(processor_time)
sleep 2
busy=$(($(processor_time) - busy))
[ "$busy" -le 20 ] || note "$busy hundredths of 2 seconds"
milter_stop || note "it ended with status $?"

begin "a daemon that was killed leaves a socket that the next one takes"
start_with 1024 1024
kill -KILL "$milter"
wait "$milter" 2>/dev/null || true
[ -S "$milter_unix" ] || note "there is no socket left"
start_with 1024 1024
serves || note "it does not serve: $(cat serves.out)"

begin "while it serves, a second one is refused, and does no harm"
./smime-milter -f -l -c smime-milter.conf >second.out 2>&1 &&
    note "it was not refused"
grep -q 'something answers there already' second.out ||
    note "$(cat second.out)"
serves || note "it does not serve: $(cat serves.out)"
milter_stop || note "it ended with status $?"
summary
