#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Reloads under load: no wrong verdict, no lost connection, no data race.
#
# The daemon, BUILDDIR/SMIME_MILTER (default: build/thread/smime-milter), is
# built with -fsanitize=thread; the load lasts SECONDS_OF_LOAD (15).  No MTA is
# needed: t/lib/mload.c speaks the milter protocol.
set -eu
cd "$(dirname "$0")/.."
: "${BUILDDIR:=$PWD/build}" "${SMIME_MILTER:=thread/smime-milter}"
: "${SECONDS_OF_LOAD:=15}"

work=$(mktemp -d)
chmod 755 "$work"
for part in contrib/lib/daemon contrib/lib/mail t/lib/messages t/lib/expect; do
	. "./$part.sh"
done

clean_up()
{
	[ -z "$milter" ] || kill -KILL "$milter" 2>/dev/null || true
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

${CC:-cc} -std=c11 -D_GNU_SOURCE -O2 -o "$work/mload" t/lib/mload.c -pthread
milter_install "$BUILDDIR/$SMIME_MILTER"
cd "$work"
make_signers
make_messages
cp listed.sst collection.sst
milter_configure "unix:$milter_unix"

# The verdicts that hold whichever collection is in force.
load()
{
	./mload -s "$milter_unix" -c 8 -r 3 "$@" \
	    alice.eml=pass carol.eml=pass altered.eml=fail opaque.eml=pass \
	    mallory.eml=policy mismatch.eml=policy unsigned.eml=none \
	    encrypted.eml=- forged-signed.eml=pass omitted.eml=permerror
}

# The collection changes from one to another, and to one that is refused.
reload_ten_times()
{
	for file in listed.sst both.sst broken.sst both.sst listed.sst; do
		cp "$file" collection.new
		mv collection.new collection.sst
		kill -USR1 "$milter"
		sleep 0.1
		kill -USR1 "$milter"
		sleep 0.1
	done
}

# TSan sees our own accesses, not those of libraries: GLib's allocator and
# libmilter's threads, which _exit() ends, would look wrong to it.
TSAN_OPTIONS="ignore_noninstrumented_modules=1 report_thread_leaks=0"
G_SLICE=always-malloc
export TSAN_OPTIONS G_SLICE

# A TSan that cannot place its memory ends at once: no random addresses.
UNDER="setarch -R" milter_start || {
	cat "$work/milter.log" >&2
	echo "$0: the daemon does not start" >&2
	exit 1
}

begin "verdicts stay right while everything is reloaded"
load -d "$SECONDS_OF_LOAD" >load.out 2>&1 &
client=$!
reloads=0
while kill -0 "$client" 2>/dev/null; do
	reload_ten_times
	reloads=$((reloads + 10))
done
wait "$client" || note "the load failed"
cat load.out

begin "reloads were many, and those of a broken collection refused"
done=$(grep -c 'reloaded: ' milter.log || true)
refused=$(grep -c 'reload refused: ' milter.log || true)
echo "$reloads signals, $done reloads, $refused refused"
[ "$done" -ge "$SECONDS_OF_LOAD" ] || note "only $done reloads"
[ "$refused" -ge 1 ] || note "none was refused"

begin "a field of more than 65535 octets costs no connection"
./mload -s "$milter_unix" -n 20 long.eml alice.eml=pass ||
    note "the load failed"

begin "octets that come one at a time change nothing"
load -b 1 -n 20 || note "the load failed"

begin "it stops cleanly"
milter_stop || note "it ended with status $?"

begin "ThreadSanitizer has nothing to report"
if grep -A 30 'WARNING: ThreadSanitizer' milter.log >reports; then
	note "$(head -n 60 reports)"
fi
summary
