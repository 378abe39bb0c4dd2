# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# load - a daemon under load, without an MTA
#
# Sourced, in the source folder, by e2e/reload.sh and e2e/load.sh.
#
# BUILDDIR      the build folder; default: build
# SMIME_MILTER  the daemon, below BUILDDIR

: "${BUILDDIR:=$PWD/build}"

work=$(mktemp -d)
chmod 755 "$work"
for part in contrib/lib/daemon contrib/lib/mail t/lib/messages t/lib/expect; do
	. "./$part.sh"
done

load_clean_up()
{
	[ -z "$milter" ] || kill -KILL "$milter" 2>/dev/null || true
	rm -rf "$work"
}
trap load_clean_up EXIT
trap 'exit 130' INT TERM HUP

# load_prepare [LINE]...: messages, stores and a configuration with the lines.
load_prepare()
{
	${CC:-cc} -std=c11 -D_GNU_SOURCE -O2 -I. -o "$work/mload" \
	    t/lib/mload/*.c -pthread
	milter_install "$BUILDDIR/$SMIME_MILTER"
	cd "$work" || exit
	make_signers
	make_messages
	cp listed.sst collection.sst
	milter_configure "unix:$milter_unix" "$@"
}

load_start()
{
	milter_start || {
		cat "$work/milter.log" >&2
		echo "$0: the daemon does not start" >&2
		exit 1
	}
}

# load [OPTION]...: mail whose verdicts hold whichever collection is in force.
load()
{
	./mload -s "$milter_unix" "$@" \
	    alice.eml=pass carol.eml=pass altered.eml=fail opaque.eml=pass \
	    mallory.eml=policy mismatch.eml=policy unsigned.eml=none \
	    encrypted.eml=- forged-signed.eml=pass omitted.eml=permerror
}

# The collection changes from one to another, and to one that is refused.
change_collection()
{
	for file in listed.sst both.sst broken.sst; do
		cp "$file" collection.new
		mv collection.new collection.sst
		sleep 0.2
	done
}

# load_and_reload SECONDS [OPTION]...: both at once, ten reloads a second;
# $done and $refused is how many the daemon did and refused meanwhile.
load_and_reload()
{
	load -u "$milter" -d "$@" >load.out 2>&1 &
	client=$!
	done=$(grep -c 'reloaded: ' milter.log || true)
	refused=$(grep -c 'reload refused: ' milter.log || true)
	while kill -0 "$client" 2>/dev/null; do
		change_collection
	done
	wait "$client" || note "the load failed"
	cp listed.sst collection.new
	mv collection.new collection.sst
	done=$(($(grep -c 'reloaded: ' milter.log || true) - done))
	refused=$(($(grep -c 'reload refused: ' milter.log || true) - refused))
	cat load.out
	echo "$done reloads, and $refused refused"
}
