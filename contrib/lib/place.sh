# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# place - where an MTA and a daemon of ours may run
#
# Sourced, in the source folder, with $mta set.  Defines $work, a folder of
# our own, and the functions of daemon.sh and of the MTA.
#
# BUILDDIR      the build folder; default: build
# SMIME_MILTER  the daemon, below BUILDDIR; default: plain/smime-milter

: "${BUILDDIR:=$PWD/build}" "${SMIME_MILTER:=plain/smime-milter}"

# enter_place SCRIPT: begin it again in a throw-away root, or go on here with
# a second instance of the MTA that is installed.  Its path is that from the
# source folder.
enter_place()
{
	[ -z "${THROW_AWAY:-}" ] || return 0
	if [ ! -x "$BUILDDIR/$SMIME_MILTER" ]; then
		echo "$1: $BUILDDIR/$SMIME_MILTER is not built" >&2
		exit 1
	fi
	if contrib/lib/root.sh "$BUILDDIR"; then
		THROW_AWAY=yes
		export THROW_AWAY BUILDDIR SMIME_MILTER
		exec contrib/lib/root.sh "$BUILDDIR" "$mta_package" "$1"
	fi
	if [ "$(id -u)" -ne 0 ] || ! mta_installed; then
		echo "$1: install $mta_package here and run this as root," \
		    "or use a machine that permits mounts" >&2
		exit 1
	fi
	echo "Using a second instance of the installed $mta instead."
}

leave_place()
{
	[ -z "$milter" ] || kill -KILL "$milter" 2>/dev/null || true
	mta_stop 2>/dev/null || true
	rm -rf "$work"
}

# start_all: the daemon with the default mode, and the MTA; one mail to try.
start_all()
{
	milter_install "$BUILDDIR/$SMIME_MILTER" "$mta_user"
	mta_configure
	milter_configure "unix:$milter_unix"
	if ! milter_start; then
		cat "$work/milter.log" >&2
		echo "$0: the daemon does not start" >&2
		exit 1
	fi
	if ! mta_start; then
		cat "$work/mta.out" "$work/mta.log" >&2
		echo "$0: $mta does not start" >&2
		exit 1
	fi
}

# A name is enough to find the package; the folder comes when we have arrived.
work=/nonexistent
. "./contrib/lib/$mta.sh"
enter_place "$(ls "t/e2e/${0##*/}" "contrib/${0##*/}" 2>/dev/null)"
[ -z "${THROW_AWAY:-}" ] || BUILDDIR=/build

# Not below /tmp: Sendmail trusts no socket in a folder that others can change.
work=$(mktemp -d /var/lib/smime-milter.XXXXXX)
chmod 755 "$work"
. ./contrib/lib/daemon.sh
. "./contrib/lib/$mta.sh"
trap leave_place EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
