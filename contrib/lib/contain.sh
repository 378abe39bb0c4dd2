# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# contain - run a command that leaves no process behind
#
# Sourced.  The command gets mounts and processes of its own: when it ends, so
# does everything that it started, and when this shell ends, so does the
# command, whatever signal it was.

# contain [UNSHARE-OPTION]... COMMAND [ARGUMENT]...
#
# unshare(1) blocks SIGTERM and SIGINT while its child runs, and a shell waits
# for what runs in the foreground; hence the background, and the signal that
# the kernel sends when this shell is gone.
contain()
{
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	setpriv --pdeathsig KILL \
	    unshare -m -p -f --kill-child --mount-proc "$@" &
	wait $!
}

# Does this machine permit that?  Containers often do not.
can_contain()
{
	unshare -m -p -f --kill-child --mount-proc true 2>/dev/null
}
