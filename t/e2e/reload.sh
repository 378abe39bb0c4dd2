#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Reloads under load: no wrong verdict, no lost connection, no data race.
#
# The daemon, BUILDDIR/SMIME_MILTER (default: build/thread/smime-milter), is
# built with -fsanitize=thread; the load lasts SECONDS_OF_LOAD (15).  No MTA is
# needed: t/lib/mload speaks the milter protocol.
set -eu
cd "$(dirname "$0")/../.."
: "${SMIME_MILTER:=thread/smime-milter}" "${SECONDS_OF_LOAD:=15}"
. ./t/lib/load.sh
# shellcheck disable=SC2119 # without a line more
load_prepare

# TSan sees our own accesses, not those of libraries: GLib's allocator and
# libmilter's threads, which _exit() ends, would look wrong to it.
TSAN_OPTIONS="ignore_noninstrumented_modules=1 report_thread_leaks=0"
G_SLICE=always-malloc
export TSAN_OPTIONS G_SLICE

# A TSan that cannot place its memory ends at once: no random addresses.
UNDER="setarch -R" load_start

begin "verdicts stay right while everything is reloaded"
load_and_reload "$SECONDS_OF_LOAD" -c 8 -r 3

begin "reloads were many, and those of a broken collection refused"
[ "$done" -ge "$SECONDS_OF_LOAD" ] || note "only $done reloads"
[ "$refused" -ge 1 ] || note "none was refused"

begin "a field of more than 65535 octets costs no connection"
./mload -s "$milter_unix" -n 20 long.eml alice.eml=pass ||
    note "the load failed"

begin "octets that come one at a time change nothing"
load -c 8 -b 1 -n 20 || note "the load failed"

begin "it stops cleanly"
milter_stop || note "it ended with status $?"

begin "ThreadSanitizer has nothing to report"
if grep -A 30 'WARNING: ThreadSanitizer' milter.log >reports; then
	note "$(head -n 60 reports)"
fi
summary
